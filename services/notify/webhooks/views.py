"""What a shop looks at: its endpoints, and the log of what was posted to each."""

from __future__ import annotations

from typing import Any

from chassis.view import Row, View
from services.notify.webhooks.domain.endpoint import Endpoint
from services.notify.webhooks.domain.queue import DeliveryQueue


class Webhooks(View):
    """One document for each endpoint that was not removed. Sorted by shop and time of registration."""

    NAME = "webhooks"
    events = (Endpoint.Registered, Endpoint.Changed, Endpoint.Failing, Endpoint.Recovered, Endpoint.Disabled, Endpoint.Enabled,
              Endpoint.FailuresSeen, Endpoint.Removed)  # fmt: skip

    @staticmethod
    def row_id(event: Any) -> str:
        return str(event.originator_id)

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row | None:
        at = event.timestamp.isoformat()
        if isinstance(event, Endpoint.Registered):
            document = {"webhook_id": str(event.originator_id), "shop_id": event.shop_id, "registered_at": at, "state": "active"}
            document |= {"url": event.url, "types": list(event.types), "reason": None, "failing_since": None}
            return Row(f"{event.shop_id}|{at}", document)
        assert row is not None, "an endpoint begins with its registration"
        return None if isinstance(event, Endpoint.Removed) else Row(row.sort_key, {**row.document, **_changed(event, at)})


def _changed(event: Any, at: str) -> dict[str, Any]:
    match event:
        case Endpoint.Changed():
            return {"url": event.url, "types": list(event.types)}
        case Endpoint.Failing():
            return {"state": "failing", "reason": event.reason, "failing_since": at}
        case Endpoint.Disabled():
            return {"state": "disabled", "reason": event.reason, "disabled_at": at}
        case Endpoint.FailuresSeen():
            return {"failures_seen_at": at}
        case _:
            return {"state": "active", "reason": None, "failing_since": None}


class Deliveries(View):
    """One document for each message and endpoint, sorted by endpoint and the time at which it was first queued."""

    NAME = "webhook_deliveries"
    events = (DeliveryQueue.Queued, DeliveryQueue.QueuedAgain, DeliveryQueue.NotTaken, DeliveryQueue.Delivered, DeliveryQueue.GivenUp)

    @staticmethod
    def row_id(event: Any) -> str:
        return delivery_row_id(event.originator_id, event.message_id)

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row | None:
        at = event.timestamp.isoformat(timespec="microseconds")
        if isinstance(event, DeliveryQueue.Queued):
            document = {
                "delivery_id": Deliveries.row_id(event),
                "message_id": event.message_id,
                "type": event.type,
                "about": event.about,
                "state": "waiting",
                "tries": 0,
                "http_status": None,
                "reason": None,
                "queued_at": at,
                "updated_at": at,
                "next_try_at": at,
            }
            return Row(f"{event.endpoint_id}|{at}", document)
        assert row is not None, "a delivery begins with its queueing"
        return Row(row.sort_key, {**row.document, "updated_at": at, **_tried(event, row.document["tries"], at)})


class GivenUp(View):
    """One document for each message that was given up and not posted again since, sorted by endpoint and the time of giving it up."""

    NAME = "webhook_given_up"
    events = (DeliveryQueue.GivenUp, DeliveryQueue.QueuedAgain)

    @staticmethod
    def row_id(event: Any) -> str:
        return delivery_row_id(event.originator_id, event.message_id)

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row | None:
        if isinstance(event, DeliveryQueue.QueuedAgain):
            return None
        at = event.timestamp.isoformat(timespec="microseconds")
        document = {"delivery_id": GivenUp.row_id(event), "message_id": event.message_id, "reason": event.reason, "given_up_at": at}
        return Row(f"{event.endpoint_id}|{at}|{event.originator_version:06d}", document)


def _tried(event: Any, tries: int, at: str) -> dict[str, Any]:
    match event:
        case DeliveryQueue.QueuedAgain():
            return {"state": "waiting", "tries": 0, "next_try_at": at}
        case DeliveryQueue.NotTaken():
            told = {"http_status": event.http_status, "reason": event.reason}
            return {**told, "tries": tries + 1, "next_try_at": event.next_at.isoformat(timespec="microseconds")}
        case DeliveryQueue.Delivered():
            return {"state": "delivered", "tries": tries + 1, "http_status": event.http_status, "reason": None, "next_try_at": None}
        case _:
            return {"state": "failed", "tries": tries + 1, "reason": event.reason, "next_try_at": None}


def delivery_row_id(queue_id: Any, message_id: str) -> str:
    """The row of a delivery, which names it to its shop."""
    return f"{queue_id}_{message_id}"
