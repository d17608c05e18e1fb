"""Needs for the status page."""

from __future__ import annotations

from typing import Any

from chassis.view import Row, View
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.need_status import NeedStatus


class Needs(View):
    """One document a need. Sorted by shop, status and the time of its last change, so the manual queue is a prefix.

    What waits for a person has the status `manual`, also where a silent supplier is still awaited (`reason` says so), at the order's end
    too. `tried`: whom it
    was ordered at, `failure`: what the last of them said. `passed_over`: who took no orders, and why. `is_re_issued`: it got its card
    after a person had it tried again.
    """

    NAME = "needs_by_status"
    events = (
        Need.Opened,
        Need.Reserved,
        Need.Unreserved,
        Need.Lapsed,
        Need.Paid,
        Need.Allocated,
        Need.Ordered,
        Need.CallFailed,
        Need.Exhausted,
        Need.Failed,
        Need.AwaitsPerson,
        Need.RunAgain,
        Need.ToppedUp,
        Need.Queued,
        Need.Claimed,
        Need.Unclaimed,
        Need.HandedOver,
        Need.Ending,
        Need.Closing,
        Need.Closed,
        Need.CardRegained,
    )

    @staticmethod
    def row_id(event: Any) -> str:
        return str(event.originator_id)

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row:
        document = _opened(event) if row is None else {**row.document, **_changed(event, row.document)}
        document = {**document, "changed_at": event.timestamp.isoformat(timespec="microseconds")}
        return Row(sort_key(document), document)


def needs_prefix(shop_id: str, status: str | None = None) -> str:
    """What the sort keys of a shop's needs begin with, of all or of one status."""
    return f"{shop_id}|" if status is None else f"{shop_id}|{status}|"


def sort_key(need: dict[str, Any]) -> str:
    """The sort key of a need's document; no two have the same."""
    return f"{needs_prefix(need['shop_id'], need['status'])}{need['changed_at']}|{need['need_id']}"


def _opened(event: Need.Opened) -> dict[str, Any]:
    return {
        "need_id": str(event.originator_id),
        "shop_id": event.shop_id,
        "order_number": event.order_number,
        "line": event.line,
        "unit": event.unit,
        "product_code": event.product_code,
        "status": str(NeedStatus.OPEN),
        "card_id": None,
        "supplier_code": None,
        "reason": None,
        "tried": [],
        "failure": None,
        "passed_over": {},
        "rerun_count": 0,
        "is_re_issued": False,
        "claimed_by": None,
    }


def _changed(event: Any, known: dict[str, Any]) -> dict[str, Any]:
    match event:
        case Need.Reserved():
            return {"card_id": str(event.card_id)}
        case Need.Unreserved():
            return {"card_id": None}
        case Need.CardRegained():
            return {"status": str(NeedStatus.ALLOCATED), "reason": None}
        case Need.Lapsed():
            return {"status": str(NeedStatus.LAPSED), "card_id": None}
        case Need.Paid():
            return {"status": str(NeedStatus.SOURCING)}
        case Need.Ordered():
            tried = [*known["tried"], *([event.supplier_code] if event.supplier_code not in known["tried"] else [])]
            return {"status": str(NeedStatus.SOURCING), "supplier_code": event.supplier_code, "reason": None, "tried": tried}
        case Need.CallFailed():
            return {"failure": event.error_class}
        case Need.Allocated():
            given = {"card_id": str(event.card_id), "supplier_code": event.supplier_code, "is_re_issued": known["rerun_count"] > 0}
            return {**given, "status": str(NeedStatus.ALLOCATED), "reason": None}
        case Need.Exhausted():
            return {"status": str(NeedStatus.MANUAL), "reason": "exhausted", "passed_over": event.passed_over}
        case Need.Failed() | Need.AwaitsPerson():
            return {"status": str(NeedStatus.MANUAL), "reason": event.reason}
        case Need.RunAgain():
            return {"status": str(NeedStatus.SOURCING), "reason": None, "rerun_count": known["rerun_count"] + 1}
        case Need.ToppedUp():
            made = {"supplier_code": event.supplier_code, "is_re_issued": known["rerun_count"] > 0}
            return {**made, "status": str(NeedStatus.ALLOCATED), "reason": None}
        case Need.Queued():
            return {"status": str(NeedStatus.MANUAL), "reason": "delivered_by_hand"}
        case Need.Claimed():
            return {"claimed_by": event.staff}
        case Need.Unclaimed() | Need.HandedOver():
            return {"claimed_by": None}
        case Need.Ending() | Need.Closing() if known["status"] == NeedStatus.MANUAL:
            return {}  # it waits for a supplier that does not answer: the person is still asked
        case Need.Ending():
            return {"status": str(NeedStatus.ENDING)}
        case Need.Closing():
            return {"status": str(NeedStatus.CLOSING)}
        case _:
            return {"status": str(NeedStatus.CLOSED), "card_id": str(event.card_id) if event.card_id else None}
