"""Alerts about suppliers, procurement and cards: what the inventory's views hold, in words."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Any

from contracts.values import Money, decimal_text
from redress.alerts.alert import OpenAlert, mending, plain, time_text
from services.inventory.sourcing import alerts as kinds

Document = Mapping[str, Any]


def supply_alert(document: Document) -> OpenAlert:
    """One of the operators' alerts: it stays until somebody has seen it. A kind that has no words here is told by its name."""
    told = _WORDS.get(document["kind"])
    mends = _MENDS.get(document["kind"])
    named = " ".join(part for part in (document["supplier_code"], document["product_code"]) if part)
    return OpenAlert(
        kind=document["kind"],
        shop_id=document["shop_id"],
        words=told(document) if told is not None else f"{plain(document['kind'])}: {named}",
        commands=(*(mends(document) if mends is not None else ()), mending(document["shop_id"], "seen", document["alert_id"])),
        count=document["count"],
        last_at=document["last_at"],
        is_pressing=document["kind"] not in _MILD and not _is_over(document),
    )


def stopped_batch(document: Document) -> OpenAlert:
    """A batch that is not sold: it stays until somebody has decided about it."""
    told = document["told_count"]
    found = f": {document['bad_count']} of {told} cards asked about are bad" if told else f" ({plain(document['reason'])})"
    batch = document["batch_id"]
    return OpenAlert(
        kind="batch_stopped",
        shop_id=document["shop_id"],
        words=f"The batch {batch} of {document['product_code']} from {document['supplier_code']} is stopped{found}. "
        "None of its cards is sold until you put it on sale again, or take out what is unsold.",
        commands=(
            mending(document["shop_id"], "batch", batch, "--release"),
            mending(document["shop_id"], "batch", batch, "--withdraw"),
        ),
        count=1,
        last_at=document["at"],
    )


def _procurement_failed(document: Document) -> str:
    detail = document["detail"]
    asked = f" Asked: {', '.join(detail['tried'])}." if detail["tried"] else ""
    left = ", ".join(f"{supplier_code} ({plain(reason)})" for supplier_code, reason in detail["passed_over"].items())
    passed = f" Not asked: {left}." if left else ""
    return f"Nobody had a card of {document['product_code']} for a paid order.{asked}{passed} Bring stock, or money there, and try again."


def _failed_over(document: Document) -> str:
    detail = document["detail"]
    return (
        f"{document['supplier_code']} brought no card of {document['product_code']} ({plain(detail['reason'])}): "
        f"{detail['to_supplier']} was asked instead. Nothing needs to be done for the order."
    )


def _person_awaited(document: Document) -> str:
    detail = document["detail"]
    return (
        f"An order of {document['product_code']} at {document['supplier_code']} waits for a person ({plain(detail['reason'])}): "
        f"ask there what became of it, and say so (suppliers guide: needs/{detail['need_id']}/supplier-word)."
    )


def _suspended(document: Document) -> str:
    if _is_over(document):
        return f"{document['supplier_code']} was suspended ({plain(document['detail']['reason'])}), and gets orders again."
    until = document["detail"]["probation_at"]
    back = f"It gets a trial order from {time_text(until)} on." if until is not None else "It stays so until you say otherwise."
    return f"{document['supplier_code']} gets no new orders ({plain(document['detail']['reason'])}). {back}"


def _balance_low(document: Document) -> str:
    detail = document["detail"]
    left, floor = _money(detail["balance_minor"], detail["currency"]), _money(detail["floor_minor"], detail["currency"])
    return f"Your balance at {document['supplier_code']} is {left}, below {floor}. Top it up there."


def _balance_out(document: Document) -> str:
    return (
        f"{document['supplier_code']} refused an order, since your balance there did not suffice, and gets none until it does. "
        "Top it up there, then try again what is stuck."
    )


def _deposit_low(document: Document) -> str:
    return f"The deposit of {document['supplier_code']} is below its warning line{_deposit(document)}. {_ENTER}"


def _deposit_stopped(document: Document) -> str:
    return f"{document['supplier_code']} gets no new orders: its deposit is below its floor{_deposit(document)}. {_ENTER}"


_ENTER = "Enter what it pays in (settlement guide, Deposits)."


def _deposit(document: Document) -> str:
    detail = document["detail"]
    return f": {_money(detail['balance_minor'], detail['currency'])}" if "balance_minor" in detail else ""


def _leak_suspected(document: Document) -> str:
    order = document["detail"]["order_number"]
    whose = f"that of the order {order}" if order else "not sold yet"
    return (
        f"A card of {document['product_code']} from {document['supplier_code']} ({whose}) was used before a buyer could have seen it: "
        "somebody else knows it. The rest of its batch may be known as well."
    )


def _seek_again(document: Document) -> tuple[str, ...]:
    about = ("--product", document["product_code"]) if document["product_code"] else ("--supplier", document["supplier_code"])
    return (shlex.join(("redress", "stuck", "--shop", document["shop_id"], *about, "--run-again")),)


def _stuck_there(document: Document) -> tuple[str, ...]:
    return (shlex.join(("redress", "stuck", "--shop", document["shop_id"], "--reason", "no_balance", "--run-again")),)


def _resume(document: Document) -> tuple[str, ...]:
    return () if _is_over(document) else (mending(document["shop_id"], "supplier", document["supplier_code"]),)


def _is_over(document: Document) -> bool:
    """Whether a suspended supplier gets orders again."""
    return "over_at" in document["detail"]


def _history(document: Document) -> tuple[str, ...]:
    order = document["detail"]["order_number"]
    return (shlex.join(("redress", "events", "--shop", document["shop_id"], "--order", order)),) if order else ()


def _money(amount_minor: int, currency: str) -> str:
    """A deposit can be overdrawn."""
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{decimal_text(Money(abs(amount_minor), currency))} {currency}"


_MILD = frozenset({kinds.FAILED_OVER, kinds.BALANCE_LOW, kinds.DEPOSIT_LOW})
_WORDS: Mapping[str, Callable[[Document], str]] = {
    kinds.PROCUREMENT_FAILED: _procurement_failed,
    kinds.FAILED_OVER: _failed_over,
    kinds.PERSON_AWAITED: _person_awaited,
    kinds.SUSPENDED: _suspended,
    kinds.BALANCE_LOW: _balance_low,
    kinds.BALANCE_OUT: _balance_out,
    kinds.DEPOSIT_LOW: _deposit_low,
    kinds.DEPOSIT_STOPPED: _deposit_stopped,
    kinds.LEAK_SUSPECTED: _leak_suspected,
}
_MENDS: Mapping[str, Callable[[Document], tuple[str, ...]]] = {
    kinds.PROCUREMENT_FAILED: _seek_again,
    kinds.SUSPENDED: _resume,
    kinds.BALANCE_OUT: _stuck_there,
    kinds.LEAK_SUSPECTED: _history,
}
