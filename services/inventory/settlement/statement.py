"""A settlement as a statement: JSON, or CSV for a spreadsheet (RFC 4180, UTF-8 with a mark so that it is read as such).

A field that a spreadsheet would take for a formula is written behind an apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from msgspec import Struct

from contracts.values import Money, decimal_text
from services.inventory.settlement.domain.settlement import SettledLine, Settlement

COLUMNS = ("sold_at", "order_number", "line", "unit", "product_code", "card_id", "grade", "currency", "sale", "commission", "net")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class Statement(Struct, frozen=True, kw_only=True):
    """`GET /settlements/{settlement_id}`. Amounts in minor units."""

    settlement_id: str
    shop_id: str
    supplier_code: str
    currency: str
    ordinal: int
    status: str
    approved_by: str | None
    reference: str | None
    sale_minor: int
    commission_minor: int
    net_minor: int
    lines: tuple[SettledLine, ...]


def statement_of(settlement: Settlement) -> Statement:
    """The statement with its lines, in the order in which they fell due."""
    lines = tuple(settlement.lines.values())
    return Statement(
        settlement_id=str(settlement.id),
        shop_id=settlement.shop_id,
        supplier_code=settlement.supplier_code,
        currency=settlement.currency,
        ordinal=settlement.ordinal,
        status=str(settlement.status),
        approved_by=settlement.approved_by,
        reference=settlement.reference,
        sale_minor=sum(each.sale_minor for each in lines),
        commission_minor=sum(each.commission_minor for each in lines),
        net_minor=settlement.net_minor,
        lines=lines,
    )


def csv_of(settlement: Settlement) -> str:
    """The lines as CSV, with a line of column names."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(_row(each, settlement.currency) for each in settlement.lines.values())
    return "\ufeff" + text.getvalue()


def _row(line: SettledLine, currency: str) -> Iterable[str]:
    amounts = (_amount(each, currency) for each in (line.sale_minor, line.commission_minor, line.net_minor))
    names = (_plain(line.order_number), str(line.line), str(line.unit), _plain(line.product_code), str(line.card_id), line.grade or "")
    return (line.sold_at.isoformat(timespec="seconds"), *names, currency, *amounts)


def _amount(minor: int, currency: str) -> str:
    return ("-" if minor < 0 else "") + decimal_text(Money(abs(minor), currency))


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
