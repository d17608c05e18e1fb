"""Which endpoints a shop has, what a message is compared with before anything else is done about it; and what waits for each of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chassis.index import Drop, Index, Put
from services.notify.webhooks.domain.endpoint import Endpoint
from services.notify.webhooks.domain.queue import DeliveryQueue


class ActiveEndpoints(Index):
    """One row for each endpoint that is posted to; key: the shop; data: the types it wants with commas between, none: every type."""

    NAME = "active_endpoints"
    events = (Endpoint.Registered, Endpoint.Changed, Endpoint.Disabled, Endpoint.Enabled, Endpoint.Removed)

    @staticmethod
    def fold(event: Any, aggregate: Endpoint) -> Iterable[Put | Drop]:
        row_id = str(aggregate.id)
        put = Put(row_id, aggregate.shop_id, data=",".join(aggregate.types))
        match event:
            case Endpoint.Registered() | Endpoint.Enabled():
                return (put,)
            case Endpoint.Changed():
                return (Drop(row_id), put) if aggregate.is_active else ()
            case Endpoint.Disabled(reason=_):
                return (Drop(row_id),)
            case _:
                return () if event.was_disabled else (Drop(row_id),)


class WaitingQueues(Index):
    """One row for each queue in which something waits; key: the endpoint."""

    NAME = "waiting_queues"
    events = (DeliveryQueue.Queued, DeliveryQueue.QueuedAgain, DeliveryQueue.Delivered, DeliveryQueue.GivenUp)

    @staticmethod
    def fold(event: Any, aggregate: DeliveryQueue) -> Iterable[Put | Drop]:
        row_id = str(aggregate.id)
        if isinstance(event, DeliveryQueue.Queued | DeliveryQueue.QueuedAgain):
            return (Put(row_id, str(aggregate.endpoint_id)),) if len(aggregate.waiting) == 1 else ()
        return () if aggregate.waiting else (Drop(row_id),)


def is_wanted(data: str, type_name: str) -> bool:
    """Whether an endpoint with this row posts messages of the type."""
    return not data or type_name in data.split(",")
