"""A dujiao-next order as the supplier tells it, in a reply and in a callback.

Statuses: `pending_payment, paid, fulfilling, partially_delivered, delivered, completed, partially_refunded,
refunded, canceled`. Delivered cards stand in `fulfillment.payload`, one a line (the guide shows one card; one
line for each of several is what we assume), and count only while the order is delivered or completed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from protocols.errors import MalformedReply
from protocols.payment import is_number
from protocols.supplier import SupplierOrderStatus

MAX_PAYLOAD_CHARACTERS = 1_000_000


@dataclass(frozen=True)
class SupplierItem:
    """One line of an order: compare with what was ordered, suppliers err."""

    sku_id: int
    quantity: int


@dataclass(frozen=True)
class SupplierOrder:
    """One order at the supplier."""

    order_id: int
    status: SupplierOrderStatus
    order_number: str | None = None
    downstream_order_no: str | None = None
    items: tuple[SupplierItem, ...] = ()
    """Empty where the message does not list them (the create reply and callbacks do not)."""
    amount: str | None = None
    currency: str | None = None
    cards: tuple[str, ...] = field(default=(), repr=False)
    """The card secrets, once delivered: never log or store them open."""

    @property
    def sku_ids(self) -> tuple[int, ...]:
        """What the order holds, where the message lists it."""
        return tuple(item.sku_id for item in self.items)


_STATUSES = {
    "pending_payment": SupplierOrderStatus.OPEN,
    "paid": SupplierOrderStatus.OPEN,
    "fulfilling": SupplierOrderStatus.OPEN,
    "partially_delivered": SupplierOrderStatus.OPEN,
    "delivered": SupplierOrderStatus.DELIVERED,
    "completed": SupplierOrderStatus.DELIVERED,
    "partially_refunded": SupplierOrderStatus.DELIVERED,
    "refunded": SupplierOrderStatus.CANCELLED,
    "canceled": SupplierOrderStatus.CANCELLED,
}


def read_order(content: Mapping[str, Any]) -> SupplierOrder:
    """The order in a decoded JSON object; raises MalformedReply."""
    status = _STATUSES.get(str(content.get("status")))
    if status is None:
        raise MalformedReply("status")
    return SupplierOrder(
        order_id=_whole(content, "order_id"),
        status=status,
        order_number=_optional_number(content, "order_no"),
        downstream_order_no=_optional_number(content, "downstream_order_no"),
        items=_items(content),
        amount=_optional_number(content, "amount"),
        currency=_optional_number(content, "currency"),
        cards=_cards(content) if status is SupplierOrderStatus.DELIVERED else (),
    )


def _items(content: Mapping[str, Any]) -> tuple[SupplierItem, ...]:
    items = content.get("items")
    if items is None:
        return ()
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise MalformedReply("items")
    return tuple(SupplierItem(_whole(item, "sku_id"), _whole(item, "quantity")) for item in items)


def _cards(content: Mapping[str, Any]) -> tuple[str, ...]:
    fulfillment = content.get("fulfillment")
    if fulfillment is None:
        return ()
    payload = fulfillment.get("payload") if isinstance(fulfillment, dict) else None
    if not isinstance(payload, str) or len(payload) > MAX_PAYLOAD_CHARACTERS:
        raise MalformedReply("fulfillment")
    return tuple(line.strip() for line in payload.splitlines() if line.strip())


def _whole(content: Mapping[str, Any], name: str) -> int:
    value = content.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise MalformedReply(name)
    return value


def _optional_number(content: Mapping[str, Any], name: str) -> str | None:
    value = content.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not is_number(value):
        raise MalformedReply(name)
    return value
