"""What an operator is alerted to: failed procurement, fail-overs, supplier orders that only a person can end, suspended suppliers, leaks,
balances and deposits that are low or out.

One document for each kind of alert about a supplier or product, however often it happens, so a bad night fills no list. It stands open
until a person has seen it, and again as soon as it happens once more. Where a suspended supplier gets orders again before anybody has
looked, its alert says so (`over_at` of its detail) and stays.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chassis.view import Row, View
from services.inventory.deposits.domain.deposit import Deposit, DepositLevel
from services.inventory.quality.domain.card_check import CardCheck
from services.inventory.sourcing.domain.alert import Alert
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.supplier import Supplier

PROCUREMENT_FAILED, FAILED_OVER, PERSON_AWAITED, SUSPENDED, BALANCE_LOW, BALANCE_OUT = (
    "procurement_failed",
    "failed_over",
    "person_awaited",
    "supplier_suspended",
    "balance_low",
    "balance_out",
)
DEPOSIT_LOW, DEPOSIT_STOPPED = "deposit_low", "deposit_stopped"
LEAK_SUSPECTED = "leak_suspected"
OPEN, SEEN = "open", "seen"


class Alerts(View):
    """Sorted by shop, open or seen, and the time at which it happened last."""

    NAME = "operator_alerts_2"
    events = (
        Need.Exhausted,
        Need.FailedOver,
        Need.AwaitsPerson,
        Supplier.Suspended,
        Supplier.RanLow,
        Supplier.RanOut,
        Supplier.Resumed,
        Deposit.Entered,
        Deposit.LinesSet,
        CardCheck.LeakSuspected,
        Alert.Acknowledged,
    )

    @staticmethod
    def row_id(event: Any) -> str | None:
        if isinstance(event, Alert.Acknowledged):
            return str(event.originator_id)
        if isinstance(event, Deposit.Entered | Deposit.LinesSet) and event.level is DepositLevel.IN_ORDER:
            return None
        return str(Alert.create_id(**_about(event))) if event.shop_id else None  # those of before do not say of which shop they are

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row | None:
        if isinstance(event, Alert.Acknowledged):
            return _seen(event, row)
        if isinstance(event, Supplier.Resumed):
            return _over(event, row)
        about, at = _about(event), event.timestamp.isoformat(timespec="microseconds")
        known = row.document if row is not None and row.document["status"] == OPEN else None
        document = {
            "alert_id": str(Alert.create_id(**about)),
            **about,
            "status": OPEN,
            "count": known["count"] + 1 if known is not None else 1,
            "first_at": known["first_at"] if known is not None else at,
            "last_at": at,
            "detail": _detail(event),
            "seen_by": None,
        }
        return Row(_sort_key(document), document)


def _about(event: Any) -> dict[str, str]:
    match event:
        case Need.Exhausted():
            kind, supplier_code, product_code = PROCUREMENT_FAILED, "", event.product_code
        case Need.FailedOver():
            kind, supplier_code, product_code = FAILED_OVER, event.from_supplier, event.product_code
        case Need.AwaitsPerson():
            kind, supplier_code, product_code = PERSON_AWAITED, event.supplier_code, event.product_code
        case Supplier.Suspended() | Supplier.Resumed():
            kind, supplier_code, product_code = SUSPENDED, event.supplier_code, ""
        case Deposit.Entered() | Deposit.LinesSet():
            kind = DEPOSIT_STOPPED if event.level is DepositLevel.STOPPED else DEPOSIT_LOW
            supplier_code, product_code = event.supplier_code, ""
        case CardCheck.LeakSuspected():
            kind, supplier_code, product_code = LEAK_SUSPECTED, event.supplier_code, event.product_code
        case Supplier.RanLow():
            kind, supplier_code, product_code = BALANCE_LOW, event.supplier_code, ""
        case _:
            kind, supplier_code, product_code = BALANCE_OUT, event.supplier_code, ""
    return {"shop_id": event.shop_id, "kind": kind, "supplier_code": supplier_code, "product_code": product_code}


def _detail(event: Any) -> dict[str, Any]:
    """What was so the last time."""
    match event:
        case Need.Exhausted():
            return {"need_id": str(event.originator_id), "tried": list(event.tried_suppliers), "passed_over": event.passed_over}
        case Need.FailedOver():
            return {"need_id": str(event.originator_id), "to_supplier": event.to_supplier, "reason": event.reason}
        case Need.AwaitsPerson():
            return {"need_id": str(event.originator_id), "reason": event.reason}
        case Supplier.Suspended():
            return {"reason": event.reason, "probation_at": event.until.isoformat() if event.until is not None else None}
        case Deposit.Entered():
            return {"balance_minor": event.balance_minor, "currency": event.currency}
        case Deposit.LinesSet():
            return {"warning_minor": event.warning_minor, "floor_minor": event.floor_minor, "currency": event.currency}
        case CardCheck.LeakSuspected():
            return {"card_id": str(event.card_id), "order_number": event.order_number}
        case Supplier.RanLow():
            return {"balance_minor": event.balance.amount_minor, "floor_minor": event.floor.amount_minor, "currency": event.floor.currency}
        case _:
            return {"product_code": event.product_code}


def _seen(event: Alert.Acknowledged, row: Row | None) -> Row | None:
    if row is None or datetime.fromisoformat(row.document["last_at"]) > event.seen_at:
        return row
    document = {**row.document, "status": SEEN, "seen_by": event.staff}
    return Row(_sort_key(document), document)


def _over(event: Supplier.Resumed, row: Row | None) -> Row | None:
    if row is None or row.document["status"] != OPEN:
        return row
    detail = {**row.document["detail"], "over_at": event.timestamp.isoformat(timespec="microseconds")}
    return Row(row.sort_key, {**row.document, "detail": detail})


def alerts_prefix(shop_id: str, status: str) -> str:
    """What the sort keys of a shop's open or seen alerts begin with."""
    return f"{shop_id}|{status}|"


def _sort_key(document: dict[str, Any]) -> str:
    return f"{alerts_prefix(document['shop_id'], document['status'])}{document['last_at']}|{document['alert_id']}"
