"""Settlement for people: the sums of each account, the settlements, and the lines that are not in one."""

from __future__ import annotations

from typing import Any

from chassis.view import Row, View
from services.inventory.settlement.domain.sale_line import LineStatus, SaleLine
from services.inventory.settlement.domain.settlement import Settlement, SettlementStatus
from services.inventory.settlement.indexes import account_key
from services.inventory.settlement.reconciling import NOTHING

_BY_LINES = {LineStatus.PENDING: "pending_minor", LineStatus.FROZEN: "frozen_minor", LineStatus.WITHHELD: "withheld_minor"}
"""A due line is counted by its settlement."""


class SettlementSums(View):
    """One document for each supplier and currency. Sorted by shop and account."""

    NAME = "settlement_sums"
    events = (SaleLine.Priced, SaleLine.Moved, Settlement.LineTaken, Settlement.LineReturned, Settlement.Stepped)

    @staticmethod
    def row_id(event: Any) -> str | None:
        currency = _currency_of(event)
        return account_key(event.shop_id, event.supplier_code, currency) if currency else None

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row:
        currency = _currency_of(event)
        account = {"shop_id": event.shop_id, "supplier_code": event.supplier_code, "currency": currency}
        sums = {**account, **NOTHING} if row is None else dict(row.document)
        for name, amount in _changes(event):
            sums[name] += amount
        return Row(account_key(event.shop_id, event.supplier_code, currency), sums)


def _currency_of(event: Any) -> str:
    """Empty for a line that nobody has priced."""
    return event.price.currency if isinstance(event, SaleLine.Priced) else str(event.currency)


def _changes(event: Any) -> list[tuple[str, int]]:
    match event:
        case SaleLine.Priced():
            price = event.price
            sums = [("sales_minor", price.sale_minor), ("commission_minor", price.commission_minor)]
            return [*sums, (_BY_LINES[event.becomes], price.net_minor)]
        case SaleLine.Moved():
            gone = [(_BY_LINES[event.was], -event.net_minor)] if event.was in _BY_LINES else []
            return [*gone, (_BY_LINES[event.becomes], event.net_minor)] if event.becomes in _BY_LINES else gone
        case Settlement.LineTaken():
            return [(_place_of(event.status), event.line.net_minor)]
        case Settlement.LineReturned():
            return [(_place_of(event.was), -event.net_minor), *_moved(event.was, event.becomes, event.left_minor)]
        case _:
            return _moved(event.was, event.becomes, event.net_minor)


def _moved(was: SettlementStatus, becomes: SettlementStatus, amount_minor: int) -> list[tuple[str, int]]:
    return [(_place_of(was), -amount_minor), (_place_of(becomes), amount_minor)]


def _place_of(status: SettlementStatus) -> str:
    match status:
        case SettlementStatus.OPEN | SettlementStatus.CLOSED:
            return "due_minor"
        case SettlementStatus.PAID:
            return "paid_minor"
        case _:
            return "in_payout_minor"


class Settlements(View):
    """One document a settlement. Sorted by shop, supplier, currency and number."""

    NAME = "settlements"
    events = (Settlement.Opened, Settlement.LineTaken, Settlement.LineReturned, Settlement.Stepped)

    @staticmethod
    def row_id(event: Any) -> str:
        return str(event.originator_id)

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row:
        document = {} if row is None else dict(row.document)
        match event:
            case Settlement.Opened():
                document = {
                    "settlement_id": str(event.originator_id),
                    "shop_id": event.shop_id,
                    "supplier_code": event.supplier_code,
                    "currency": event.currency,
                    "ordinal": event.ordinal,
                    "opened_at": event.timestamp.isoformat(timespec="microseconds"),
                    "status": str(SettlementStatus.OPEN),
                    "line_count": 0,
                    "sale_minor": 0,
                    "commission_minor": 0,
                    "net_minor": 0,
                    "reference": None,
                }
            case Settlement.LineTaken():
                document["line_count"] += 1
                document["sale_minor"] += event.line.sale_minor
                document["commission_minor"] += event.line.commission_minor
                document["net_minor"] += event.line.net_minor
            case Settlement.LineReturned():
                document["line_count"] -= 1
                document["sale_minor"] -= event.sale_minor
                document["commission_minor"] -= event.sale_minor - event.net_minor
                document["net_minor"] -= event.net_minor
                document["status"] = str(event.becomes)
            case _:
                document["status"] = str(event.becomes)
                document["reference"] = event.reference
        document["changed_at"] = event.timestamp.isoformat(timespec="microseconds")
        return Row(settlements_key(document), document)


class SaleLines(View):
    """One document a line. Sorted by shop, supplier, status and the time of the sale."""

    NAME = "sale_lines"
    events = (SaleLine.Opened, SaleLine.Priced, SaleLine.Moved)

    @staticmethod
    def row_id(event: Any) -> str:
        return str(event.originator_id)

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row:
        document = {} if row is None else dict(row.document)
        match event:
            case SaleLine.Opened():
                document = {
                    "line_id": str(event.originator_id),
                    "shop_id": event.shop_id,
                    "supplier_code": event.supplier_code,
                    "card_id": str(event.card_id),
                    "order_number": event.order_number,
                    "line": event.line,
                    "unit": event.unit,
                    "product_code": event.product_code,
                    "grade": event.grade,
                    "sold_at": event.sold_at.isoformat(timespec="microseconds"),
                    "due_at": event.due_at.isoformat(timespec="microseconds"),
                    "warranty_ends_at": event.warranty_ends_at.isoformat(timespec="microseconds") if event.warranty_ends_at else None,
                    "status": str(LineStatus.UNPRICED),
                    "holds": [],
                    "settlement_id": None,
                }
            case SaleLine.Priced():
                price = event.price
                document |= {"status": str(event.becomes), "currency": price.currency, "sale_minor": price.sale_minor}
                document |= {"commission_minor": price.commission_minor, "net_minor": price.sale_minor - price.commission_minor}
            case _:
                settlement_id = str(event.settlement_id) if event.settlement_id is not None else None
                document |= {"status": str(event.becomes), "holds": list(event.holds), "settlement_id": settlement_id}
        return Row(sale_lines_key(document), document)


def settlements_key(document: dict[str, Any]) -> str:
    """The sort key of a document in `Settlements`."""
    return f"{document['shop_id']}|{document['supplier_code']}|{document['currency']}|{document['ordinal']:08}"


def sale_lines_key(document: dict[str, Any]) -> str:
    """The sort key of a document in `SaleLines`."""
    return f"{document['shop_id']}|{document['supplier_code']}|{document['status']}|{document['sold_at']}|{document['line_id']}"
