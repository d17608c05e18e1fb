"""The claim document (索赔单) as a page to print: plain HTML without scripts, every value escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from contracts.values import Money, decimal_text
from services.inventory.claims.evidence import ClaimDocument, Entry

_STYLE = """
body { font: 14px/1.5 system-ui, "Noto Sans SC", "PingFang SC", sans-serif; margin: 2rem auto; padding: 0 1rem; max-width: 50rem;
  color: #111; background: #fff; color-scheme: light }
h1 { font-size: 1.4rem } h2 { font-size: 1.05rem; margin-top: 1.5rem }
table { border-collapse: collapse; width: 100% }
td, th { border: 1px solid #bbb; padding: .3rem .5rem; text-align: left; vertical-align: top }
td:last-child { overflow-wrap: anywhere } th { width: 12rem; background: #f4f4f4 } .log td:first-child { white-space: nowrap }
@media (max-width: 40rem) { body { margin-top: 1rem } th { width: 7.5rem }
  .log tr { display: block; border: 1px solid #bbb; padding: .25rem .5rem } .log td { display: block; border: 0; padding: 0 }
  .log td:first-child { color: #555; font-size: .85em } }
@media print { body { margin: 0; max-width: none } tr { break-inside: avoid } }
"""


def page_of(document: ClaimDocument) -> str:
    """The document as a whole HTML page."""
    facts = [
        ("Claim 索赔单", document.claim_id),
        ("Supplier 供应商", document.supplier_code),
        ("Order 订单", f"{document.order_number} / {document.line} / {document.unit}"),
        ("Product 商品", document.product_code),
        ("Card 卡密", document.card_preview or "none came"),
        ("Supplier order 上游单号", document.supplier_order_number or "not known"),
        ("Reason 原因", document.reason),
        ("Amount 金额", amount_text(document.amount)),
        ("Raised 提出时间", _time(document.raised_at)),
        ("Answer until 答复期限", _time(document.answer_due_at) if document.answer_due_at is not None else "none is awaited"),
        ("State 状态", document.status if document.outcome is None else f"{document.status}: {document.outcome}"),
    ]
    sections = [
        ("Supplier's answers 上游应答", document.supplier_answers),
        ("Card 卡密记录", document.card_history),
        ("Checks 核验", document.checks),
        ("Claim 处理记录", document.claim_history),
    ]
    notes = "".join(f"<tr><td>{_time(each.at)}</td><td>{escape(each.by)}</td><td>{escape(each.text)}</td></tr>" for each in document.notes)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>Claim {escape(document.claim_id)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>Claim 索赔单</h1><table>"
        + "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts)
        + "</table>"
        + "".join(_section(title, entries) for title, entries in sections)
        + (f'<h2>Notes 说明</h2><table class="log">{notes}</table>' if notes else "")
        + "</body></html>"
    )


def amount_text(amount: Money | None) -> str:
    """An amount as people write it."""
    return f"{decimal_text(amount)} {amount.currency}" if amount is not None else "not known"


def _section(title: str, entries: Iterable[Entry]) -> str:
    rows = "".join(
        f"<tr><td>{_time(each.at)}</td><td>{escape(each.what.replace('_', ' '))}</td>"
        f"<td>{escape('; '.join(_detail(*detail) for detail in each.details.items()))}</td></tr>"
        for each in entries
    )
    return f'<h2>{escape(title)}</h2><table class="log">{rows}</table>' if rows else ""


def _detail(name: str, value: object) -> str:
    return f"{name.replace('_', ' ')}: {'none' if value is None else value}"


def _time(at: object) -> str:
    return escape(f"{at:%Y-%m-%d %H:%M:%S} UTC")
