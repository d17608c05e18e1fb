"""What is to be posted to one endpoint about one subject, in order: an order, or a product in one month.

Only the first one waiting is under way; the next follows once it was taken, or was given up. So a receiver hears of an order in the
order in which things happened, and an order that is stuck holds up no other. What was taken or given up can be posted again, behind
whatever waits, under the same message id.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from services.notify.webhooks.domain.limits import DeliveryLimits


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass
class Delivery:
    """One message on its way. `body`: the JSON that is posted. `round_number` counts the times it was queued, from 1; `tries` this time."""

    message_id: str
    type: str
    body: str
    round_number: int = 1
    tries: int = 0
    state: DeliveryState = DeliveryState.WAITING


class DeliveryQueue(Aggregate):
    """See the module."""

    TOPIC = "notify.DeliveryQueue"

    class Opened(Created):
        TOPIC = "notify.DeliveryQueue.Opened"
        PRIVATE = True
        shop_id: str
        endpoint_id: UUID
        topic: str
        limits: DeliveryLimits

    class Queued(Event):
        TOPIC = "notify.DeliveryQueue.Queued"
        PRIVATE = True
        endpoint_id: UUID
        message_id: str
        type: str
        body: str
        about: str

    class QueuedAgain(Event):
        TOPIC = "notify.DeliveryQueue.QueuedAgain"
        PRIVATE = True
        message_id: str

    class NotTaken(Event):
        """A try failed, and another one is due at `next_at`. `http_status` None: there was no answer."""

        TOPIC = "notify.DeliveryQueue.NotTaken"
        PRIVATE = True
        message_id: str
        http_status: int | None
        reason: str
        next_at: datetime

    class Delivered(Event):
        TOPIC = "notify.DeliveryQueue.Delivered"
        PRIVATE = True
        message_id: str
        http_status: int

    class GivenUp(Event):
        TOPIC = "notify.DeliveryQueue.GivenUp"
        endpoint_id: UUID
        message_id: str
        reason: str
        tries: int

    @event(Opened)
    def __init__(self, shop_id: str, endpoint_id: UUID, topic: str, limits: DeliveryLimits) -> None:
        self.shop_id = shop_id
        self.limits = limits
        self.endpoint_id = endpoint_id
        self.topic = topic
        self.deliveries: dict[str, Delivery] = {}
        self.waiting: list[str] = []

    @staticmethod
    def create_id(shop_id: str, endpoint_id: UUID, topic: str) -> UUID:
        return stream_id(shop_id, "webhook-queue", endpoint_id, topic)

    @property
    def slot_key(self) -> str:
        return self.topic

    @property
    def subject(self) -> str | None:
        kind, _, name = self.topic.partition("/")
        return name if kind == "order" else None

    @property
    def first(self) -> Delivery | None:
        """What is to be posted now."""
        return self.deliveries[self.waiting[0]] if self.waiting else None

    def queue(self, *, message_id: str, type_name: str, body: str) -> bool:
        """Take a message; whether it is to be posted at once. One that is here already changes nothing."""
        if message_id in self.deliveries:
            return False
        is_first = not self.waiting
        about = self.topic.partition("/")[2]
        self._queued(endpoint_id=self.endpoint_id, message_id=message_id, type=type_name, body=body, about=about)
        return is_first

    @event(Queued)
    def _queued(self, endpoint_id: UUID, message_id: str, type: str, body: str, about: str) -> None:
        self.deliveries[message_id] = Delivery(message_id, type, body)
        self.waiting.append(message_id)

    def queue_again(self, message_id: str) -> bool:
        """Post again what was taken or given up; whether at once. What is unknown or waits anyway changes nothing."""
        delivery = self.deliveries.get(message_id)
        if delivery is None or delivery.state is DeliveryState.WAITING:
            return False
        is_first = not self.waiting
        self._queued_again(message_id=message_id)
        return is_first

    @event(QueuedAgain)
    def _queued_again(self, message_id: str) -> None:
        delivery = self.deliveries[message_id]
        delivery.state, delivery.tries = DeliveryState.WAITING, 0
        delivery.round_number += 1
        self.waiting.append(message_id)

    def is_under_way(self, message_id: str, round_number: int) -> bool:
        """Whether this is what is being posted."""
        return self.first is not None and (self.first.message_id, self.first.round_number) == (message_id, round_number)

    def note_not_taken(self, *, http_status: int | None, reason: str, next_at: datetime) -> None:
        """The first one was not taken and is posted again later."""
        assert self.first is not None
        self._not_taken(message_id=self.first.message_id, http_status=http_status, reason=reason, next_at=next_at)

    @event(NotTaken)
    def _not_taken(self, message_id: str, http_status: int | None, reason: str, next_at: datetime) -> None:
        self.deliveries[message_id].tries += 1

    def note_delivered(self, *, http_status: int) -> None:
        """The first one was taken; the next is first."""
        assert self.first is not None
        self._delivered(message_id=self.first.message_id, http_status=http_status)

    @event(Delivered)
    def _delivered(self, message_id: str, http_status: int) -> None:
        self._end(message_id, DeliveryState.DELIVERED)

    def give_up(self, *, reason: str) -> None:
        """The first one is not posted any more; the next is first."""
        assert self.first is not None
        tries = self.first.tries + 1
        self._given_up(endpoint_id=self.endpoint_id, message_id=self.first.message_id, reason=reason, tries=tries)

    @event(GivenUp)
    def _given_up(self, endpoint_id: UUID, message_id: str, reason: str, tries: int) -> None:
        self._end(message_id, DeliveryState.FAILED)

    def _end(self, message_id: str, state: DeliveryState) -> None:
        delivery = self.deliveries[message_id]
        delivery.tries += 1
        delivery.state = state
        self.waiting.remove(message_id)
