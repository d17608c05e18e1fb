"""The small service whose hop is measured: for each message it hears, two events and two published messages.

A paid order opens a delivery and gives it a card (a *fresh* aggregate). A shown order is looked up, shown and closed (a *stored*
aggregate: two events of history, read from the store because the process that wrote it is gone).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

import msgspec

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from chassis.service import Service, publishes, reacts_to
from chassis.work import Work

NAME = "delivery"
SOURCES = {"fresh": "shopfront", "stored": "buyers"}
"""Who says the messages of each half."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Base of the bench's own messages; they are no part of the published language."""

    TYPE: ClassVar[str]


class OrderPaid(Message, frozen=True, kw_only=True):
    """What the shop front says once an order is paid; the message of a fresh hop."""

    TYPE: ClassVar[str] = "redress.shopfront.OrderPaid.v1"
    order_id: UUID
    order_number: str
    product_code: str
    quantity: int
    amount_minor: int
    currency: str


class OrderShown(Message, frozen=True, kw_only=True):
    """What the buyers' service says once a buyer has looked; the message of a stored hop."""

    TYPE: ClassVar[str] = "redress.buyers.OrderShown.v1"
    order_id: UUID
    order_number: str
    product_code: str
    quantity: int
    amount_minor: int
    currency: str


class DeliveryOpened(Message, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "redress.delivery.DeliveryOpened.v1"
    order_id: UUID
    order_number: str
    product_code: str
    quantity: int
    amount_minor: int
    currency: str


class CardGiven(Message, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "redress.delivery.CardGiven.v1"
    order_id: UUID
    order_number: str
    product_code: str
    card_reference: str
    supplier_id: str


class CardShown(Message, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "redress.delivery.CardShown.v1"
    order_id: UUID
    order_number: str
    product_code: str
    card_reference: str
    supplier_id: str


class DeliveryClosed(Message, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "redress.delivery.DeliveryClosed.v1"
    order_id: UUID
    order_number: str
    product_code: str
    quantity: int
    amount_minor: int
    currency: str


class Delivery(Aggregate):
    """One order's delivery."""

    TOPIC = "delivery"

    class Opened(Created):
        TOPIC = "delivery.Opened"
        shop_id: str
        order_number: str
        product_code: str
        quantity: int
        amount_minor: int
        currency: str

    class Given(Event):
        TOPIC = "delivery.Given"
        card_reference: str
        supplier_id: str

    class Shown(Event):
        TOPIC = "delivery.Shown"
        card_reference: str

    class Closed(Event):
        TOPIC = "delivery.Closed"
        reason: str
        amount_minor: int

    @event(Opened)
    def __init__(self, shop_id: str, order_number: str, product_code: str, quantity: int, amount_minor: int, currency: str) -> None:
        self.shop_id = shop_id
        self.order_number = order_number
        self.product_code = product_code
        self.quantity = quantity
        self.amount_minor = amount_minor
        self.currency = currency
        self.card_reference = ""
        self.supplier_id = ""
        self.is_shown = False
        self.is_closed = False

    @staticmethod
    def create_id(shop_id: str, order_number: str) -> UUID:
        return stream_id(shop_id, "delivery", order_number)

    @property
    def slot_key(self) -> str:
        return self.order_number

    @property
    def subject(self) -> str | None:
        return self.order_number

    def give(self, *, card_reference: str, supplier_id: str) -> None:
        assert not self.card_reference, "a delivery gets one card"
        self._given(card_reference=card_reference, supplier_id=supplier_id)

    @event(Given)
    def _given(self, card_reference: str, supplier_id: str) -> None:
        self.card_reference = card_reference
        self.supplier_id = supplier_id

    def show(self) -> None:
        assert self.card_reference, "nothing to show yet"
        self._shown(card_reference=self.card_reference)

    @event(Shown)
    def _shown(self, card_reference: str) -> None:
        self.is_shown = True

    def close(self, *, reason: str) -> None:
        assert not self.is_closed, "closed once"
        self._closed(reason=reason, amount_minor=self.amount_minor)

    @event(Closed)
    def _closed(self, reason: str, amount_minor: int) -> None:
        self.is_closed = True


@publishes(Delivery.Opened)
def delivery_opened(event: Delivery.Opened, delivery: Delivery) -> DeliveryOpened:
    return DeliveryOpened(
        order_id=delivery.id,
        order_number=event.order_number,
        product_code=event.product_code,
        quantity=event.quantity,
        amount_minor=event.amount_minor,
        currency=event.currency,
    )


@publishes(Delivery.Given)
def card_given(event: Delivery.Given, delivery: Delivery) -> CardGiven:
    return CardGiven(
        order_id=delivery.id,
        order_number=delivery.order_number,
        product_code=delivery.product_code,
        card_reference=event.card_reference,
        supplier_id=event.supplier_id,
    )


@publishes(Delivery.Shown)
def card_shown(event: Delivery.Shown, delivery: Delivery) -> CardShown:
    return CardShown(
        order_id=delivery.id,
        order_number=delivery.order_number,
        product_code=delivery.product_code,
        card_reference=event.card_reference,
        supplier_id=delivery.supplier_id,
    )


@publishes(Delivery.Closed)
def delivery_closed(event: Delivery.Closed, delivery: Delivery) -> DeliveryClosed:
    return DeliveryClosed(
        order_id=delivery.id,
        order_number=delivery.order_number,
        product_code=delivery.product_code,
        quantity=delivery.quantity,
        amount_minor=event.amount_minor,
        currency=delivery.currency,
    )


def _own_stream(message: OrderPaid | OrderShown) -> Iterable[UUID]:
    return (Delivery.create_id(SHOP, message.order_number),)


SHOP = "north-shop"
"""All orders are one shop's, so `_own_stream` may say so."""


@reacts_to(OrderPaid, loads=_own_stream)
def on_order_paid(message: OrderPaid, work: Work) -> None:
    """Open the delivery and give it a card."""
    delivery: Any = Delivery(
        shop_id=work.shop_id,
        order_number=message.order_number,
        product_code=message.product_code,
        quantity=message.quantity,
        amount_minor=message.amount_minor,
        currency=message.currency,
    )
    delivery.give(card_reference=f"card-of-{message.order_number}", supplier_id="supplier-1")


@reacts_to(OrderShown, loads=_own_stream)
def on_order_shown(message: OrderShown, work: Work) -> None:
    """Note that the card was seen, and close."""
    delivery = work.get(Delivery, Delivery.create_id(work.shop_id, message.order_number))
    delivery.show()
    delivery.close(reason="seen by the buyer")


service = Service(
    name=NAME,
    aggregates=[Delivery],
    reactions=[on_order_paid, on_order_shown],
    publish=[delivery_opened, card_given, card_shown, delivery_closed],
)
