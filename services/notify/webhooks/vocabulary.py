"""What shops are told: our messages in the words of the public vocabulary (`docs/guide/webhooks.md`).

A word, once published, keeps its meaning; `data` only grows. It holds the message's fields that a shop may see, under the same names: no
card, no contact, not even a contact's fingerprint. `order_number` or `product_code` is always there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from contracts.inventory import CardOpened, NeedAwaitsPerson, ProductListed, ProductResumed, ProductSuspended, StockLow
from contracts.message import Message
from contracts.order import (
    CardDelivered,
    DeliveryFailed,
    DeliveryOverdue,
    DeliverySlow,
    OrderClosed,
    OrderExpired,
    OrderPlaced,
    PaymentConfirmed,
    PaymentDuplicated,
    PaymentRejected,
)

TEST = "webhook.test"
"""Posted when a shop asks for it."""


@dataclass(frozen=True)
class Word:
    """A public type and the fields of our message that go with it."""

    type: str
    fields: tuple[str, ...]


_UNIT = ("order_number", "line", "unit")

VOCABULARY: Mapping[type[Message], Word] = {
    OrderPlaced: Word("order.placed", ("order_number", "order_id", "lines", "amount", "expires_at", "is_taken_over")),
    PaymentConfirmed: Word("order.paid", ("order_number", "order_id", "provider", "provider_trade_number", "amount", "paid_at", "is_late")),
    OrderExpired: Word("order.expired", ("order_number", "order_id")),
    OrderClosed: Word("order.closed", ("order_number", "order_id", "outcome")),
    PaymentRejected: Word("payment.rejected", ("order_number", "provider", "reason", "provider_trade_number")),
    PaymentDuplicated: Word("payment.duplicated", ("order_number", "order_id", "provider", "provider_trade_number", "amount")),
    CardDelivered: Word("unit.delivered", (*_UNIT, "product_code", "card_id", "card_preview", "delivery_milliseconds")),
    DeliverySlow: Word("unit.slow", (*_UNIT, "product_code", "expected_milliseconds")),
    DeliveryOverdue: Word("unit.overdue", (*_UNIT, "product_code", "overdue_seconds")),
    DeliveryFailed: Word("unit.failed", (*_UNIT, "product_code", "reason")),
    CardOpened: Word("unit.revealed", (*_UNIT, "card_id", "opened_count")),
    NeedAwaitsPerson: Word("unit.awaits_person", (*_UNIT, "product_code", "reason")),
    ProductListed: Word("product.listed", ("product_code", "name", "kind")),
    ProductSuspended: Word("product.off_sale", ("product_code", "free_count", "supplier_count", "reason")),
    ProductResumed: Word("product.on_sale", ("product_code", "free_count", "supplier_count")),
    StockLow: Word("product.stock_low", ("product_code", "free_count", "supplier_count", "low_count")),
}
TYPES = frozenset({TEST, *(word.type for word in VOCABULARY.values())})


def body_of(type_name: str, at: datetime, data: Mapping[str, Any]) -> str:
    """What is posted: `{"type", "timestamp", "data"}`, the time in UTC, when it happened."""
    return msgspec.json.encode({"type": type_name, "timestamp": at, "data": data}).decode()


def message_id_of(record_id: str) -> str:
    """What a message is called in `webhook-id`: its record's own id, in signs that need no escaping in a path."""
    return record_id.replace("/", "_").replace("@", "_")


def data_of(message: Message) -> dict[str, Any]:
    """A message's fields that a shop may see."""
    return {name: getattr(message, name) for name in VOCABULARY[type(message)].fields}


def topic_of(message: Message, at: datetime) -> str:
    """About what it is, as far as order matters: an order, or a product in a month, since a product's story never ends."""
    order_number = getattr(message, "order_number", None)
    if order_number is not None:
        return f"order/{order_number}"
    return f"product/{getattr(message, 'product_code', '')}/{at:%Y-%m}"
