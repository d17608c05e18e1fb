"""Needs for the status page."""

from __future__ import annotations

from typing import Any

from chassis.view import Row, View
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.need_status import NeedStatus


class Needs(View):
    """One document a need. Sorted by shop, status and the time of its last change, so the manual queue is a prefix.

    What waits for a person has the status `manual`, also where a silent supplier is still awaited (`reason` says so).
    """

    NAME = "needs"
    events = (
        Need.Opened,
        Need.Reserved,
        Need.Unreserved,
        Need.Lapsed,
        Need.Paid,
        Need.Allocated,
        Need.Ordered,
        Need.Exhausted,
        Need.Failed,
        Need.AwaitsPerson,
        Need.RunAgain,
        Need.Closing,
        Need.Closed,
        Need.CardRegained,
    )

    @staticmethod
    def row_id(event: Any) -> str:
        return str(event.originator_id)

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row:
        document = _opened(event) if row is None else {**row.document, **_changed(event)}
        at = event.timestamp.isoformat(timespec="microseconds")
        return Row(needs_prefix(document["shop_id"], document["status"]) + at, {**document, "changed_at": at})


def needs_prefix(shop_id: str, status: str | None = None) -> str:
    """What the sort keys of a shop's needs begin with, of all or of one status."""
    return f"{shop_id}|" if status is None else f"{shop_id}|{status}|"


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
    }


def _changed(event: Any) -> dict[str, Any]:
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
            return {"status": str(NeedStatus.SOURCING), "supplier_code": event.supplier_code, "reason": None}
        case Need.Allocated():
            status = str(NeedStatus.ALLOCATED)
            return {"status": status, "card_id": str(event.card_id), "supplier_code": event.supplier_code, "reason": None}
        case Need.Exhausted():
            return {"status": str(NeedStatus.MANUAL), "reason": "exhausted"}
        case Need.Failed() | Need.AwaitsPerson():
            return {"status": str(NeedStatus.MANUAL), "reason": event.reason}
        case Need.RunAgain():
            return {"status": str(NeedStatus.SOURCING), "reason": None}
        case Need.Closing():
            return {"status": str(NeedStatus.CLOSING)}
        case _:
            return {"status": str(NeedStatus.CLOSED), "card_id": str(event.card_id) if event.card_id else None}
