"""The private events of an order; `Order` declares them under the same names. None holds a card, a contact or a buyer's text."""

from __future__ import annotations

from datetime import datetime

from chassis.aggregate import Created, Event
from contracts.values import Money
from services.order.domain.limits import Limits
from services.order.domain.lines import Line


class Placed(Created):
    TOPIC = "order.Order.Placed"
    shop_id: str
    order_number: str
    lines: tuple[Line, ...]
    amount: Money
    contact_fingerprint: str
    contact_reference: str
    origin_reference: str | None
    expires_at: datetime
    is_taken_over: bool


class Expired(Event):
    TOPIC = "order.Order.Expired"


class Paid(Event):
    """The first event of the fulfilment saga. `expected_milliseconds`: each product's live p95 at this moment."""

    TOPIC = "order.Order.Paid"
    provider: str
    trade_number: str
    amount: Money
    paid_at: datetime
    is_late: bool
    rules_version: int
    limits: Limits
    expected_milliseconds: dict[str, int]


class PaidAgain(Event):
    TOPIC = "order.Order.PaidAgain"
    provider: str
    trade_number: str
    amount: Money


class UnitAskedAgain(Event):
    TOPIC = "order.Order.UnitAskedAgain"
    line: int
    unit: int
    asked_count: int


class UnitSlow(Event):
    TOPIC = "order.Order.UnitSlow"
    line: int
    unit: int
    expected_milliseconds: int


class UnitOverdue(Event):
    TOPIC = "order.Order.UnitOverdue"
    line: int
    unit: int
    overdue_seconds: int


class UnitDelivered(Event):
    TOPIC = "order.Order.UnitDelivered"
    shop_id: str
    product_code: str
    line: int
    unit: int
    card_id: str
    card_preview: str
    supplier_code: str
    delivery_milliseconds: int


class UnitFailed(Event):
    TOPIC = "order.Order.UnitFailed"
    shop_id: str
    order_number: str
    product_code: str
    line: int
    unit: int
    reason: str


class UnitRevealed(Event):
    TOPIC = "order.Order.UnitRevealed"
    PRIVATE = True  # inventory's CardOpened is the public truth
    line: int
    unit: int


class CardNotAwaited(Event):
    """A card came for a unit that could not take it: nothing is delivered, inventory keeps the card."""

    TOPIC = "order.Order.CardNotAwaited"
    PRIVATE = True
    line: int
    unit: int
    card_id: str
    reason: str


class Closed(Event):
    TOPIC = "order.Order.Closed"
    outcome: str
