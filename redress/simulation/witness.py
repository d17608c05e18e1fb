"""A toy service that listens to both others and notes everything it hears of an order, in the order it hears it.

It needs both of its sources: what inventory says of an order whose own stream it has not met yet comes early. Its log tells the checker
whether each message was handled, once, and in the order of its stream; its one timer is set and cancelled in plain sight.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from chassis.service import Service, on_timer, reacts_to
from chassis.timer import Timer
from chassis.work import Work
from contracts import inventory as from_inventory
from contracts import order as from_order

NAME = "witness"
PATIENCE = timedelta(seconds=6)


class Case(Aggregate):
    """All that was heard of one order."""

    TOPIC = "witness.Case"

    class Opened(Created):
        TOPIC = "witness.Case.Opened"
        PRIVATE = True
        shop_id: str
        order_number: str

    class Noted(Event):
        TOPIC = "witness.Case.Noted"
        PRIVATE = True
        message_id: str

    class Waited(Event):
        """The timer fired: the order was paid so long ago, and nothing was delivered."""

        TOPIC = "witness.Case.Waited"
        PRIVATE = True

    @event(Opened)
    def __init__(self, shop_id: str, order_number: str) -> None:
        self.shop_id = shop_id
        self.order_number = order_number
        self.noted_count = 0

    @staticmethod
    def create_id(shop_id: str, order_number: str) -> UUID:
        return stream_id(shop_id, "case", order_number)

    @property
    def slot_key(self) -> str:
        return self.order_number

    @property
    def subject(self) -> str:
        return self.order_number

    def note(self, message_id: str) -> None:
        self._noted(message_id=message_id)

    @event(Noted)
    def _noted(self, message_id: str) -> None:
        self.noted_count += 1

    def wait(self) -> None:
        self._waited()

    @event(Waited)
    def _waited(self) -> None:
        pass


class PatienceOver(Timer, frozen=True):
    NAME = "patience"


def _note(message: Any, work: Work) -> None:
    work.get(Case, Case.create_id(message.shop_id, message.order_number)).note(work.cause.causation_id)


@reacts_to(from_order.OrderPlaced)
def on_placed(message: from_order.OrderPlaced, work: Work) -> None:
    case = work.find(Case, Case.create_id(message.shop_id, message.order_number))
    if case is None:
        case = Case(shop_id=message.shop_id, order_number=message.order_number)
    case.note(work.cause.causation_id)


@reacts_to(from_order.PaymentConfirmed)
def on_paid(message: from_order.PaymentConfirmed, work: Work) -> None:
    _note(message, work)
    case_id = Case.create_id(message.shop_id, message.order_number)
    work.set_timer(PatienceOver(case_id), work.now + PATIENCE)


@reacts_to(from_order.CardDelivered)
def on_delivered(message: from_order.CardDelivered, work: Work) -> None:
    _note(message, work)
    work.cancel_timer(PatienceOver, Case.create_id(message.shop_id, message.order_number))


@on_timer(PatienceOver)
def on_patience_over(timer: PatienceOver, work: Work) -> None:
    work.get(Case, timer.stream_id).wait()


def _noting(message_class: type[Any]) -> Any:
    def on_message(message: Any, work: Work) -> None:
        _note(message, work)

    return reacts_to(message_class)(on_message)


NOTED = (
    from_order.OrderExpired,
    from_order.OrderClosed,
    from_order.DeliveryFailed,
    from_order.DeliveryTimedOut,
    from_order.DeliveryOverdue,
    from_inventory.CardAllocated,
    from_inventory.CardOpened,
    from_inventory.NeedClosed,
    from_inventory.SourcingExhausted,
)

witness = Service(
    name=NAME,
    aggregates=[Case],
    reactions=[on_placed, on_paid, on_delivered, on_patience_over, *map(_noting, NOTED)],
)
