"""Needs for the status page, and the newest samples of each supplier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from chassis.store.port import ViewStore
from chassis.view import Row, View
from services.inventory.sourcing.choice import score_key
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.sourcing.domain.score import SAMPLE_LIMIT, Sample, SupplierScore, score_of


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


class SupplierScores(View):
    """One document a supplier: the newest samples, oldest first. Sorted by shop and supplier.

    A call that can still bring a card (unknown) says nothing yet; that a supplier is out of stock is a failed call of it.
    """

    NAME = "supplier_scores"
    events = (Need.CallFailed, Need.Delivered)

    @staticmethod
    def row_id(event: Any) -> str:
        return score_key(event.shop_id, event.supplier_code)

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row:
        key = SupplierScores.row_id(event)
        document = {"key": key, "shop_id": event.shop_id, "supplier_code": event.supplier_code, "samples": []}
        samples = list((document if row is None else row.document)["samples"])
        if isinstance(event, Need.Delivered):
            samples.append(Sample(True, True, event.latency_milliseconds))
        elif event.error_class == "invalid_card":
            samples.append(Sample(True, False, None))
        elif event.error_class != "unknown":
            samples.append(Sample(False, None, None))
        return Row(key, {**document, "samples": [list(each) for each in samples[-SAMPLE_LIMIT:]]})


def supplier_scores(store: ViewStore) -> Mapping[str, SupplierScore]:
    """The advice: the score of each supplier by `score_key`."""
    documents = (msgspec.json.decode(data) for _, data in store.view_rows(SupplierScores.NAME, limit=10_000))
    return {each["key"]: score_of(samples_of(each)) for each in documents}


def samples_of(document: dict[str, Any]) -> list[Sample]:
    """The samples of a supplier's document."""
    return [Sample(*each) for each in document["samples"]]
