"""An order as people are shown it: no card, no contact, no fingerprint."""

from __future__ import annotations

from datetime import datetime

import msgspec

from contracts.values import Money
from services.order.domain.order import Order


class UnitShown(msgspec.Struct, frozen=True, kw_only=True):
    """One card of the order; `card_preview` is masked. `state`: pending (also before the payment), delivered, revealed, failed."""

    line: int
    unit: int
    product_code: str
    state: str
    card_preview: str | None
    delivered_at: datetime | None
    delivery_milliseconds: int | None
    is_slow: bool
    failure: str | None


class OrderShown(msgspec.Struct, frozen=True, kw_only=True):
    """The order; times in UTC. `outcome` is null while something may still happen by itself."""

    order_id: str
    shop_id: str
    order_number: str
    state: str
    amount: Money
    placed_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    is_late: bool
    is_taken_over: bool
    outcome: str | None
    units: tuple[UnitShown, ...]


def shown(order: Order) -> OrderShown:
    """What may be seen of an order."""
    units = tuple(
        UnitShown(
            line=each.key.line,
            unit=each.key.unit,
            product_code=each.product_code,
            state=each.state.value,
            card_preview=each.card_preview,
            delivered_at=each.delivered_at,
            delivery_milliseconds=each.delivery_milliseconds,
            is_slow=each.is_slow,
            failure=each.failure,
        )
        for each in order.units.values()
    )
    return OrderShown(
        order_id=str(order.id),
        shop_id=order.shop_id,
        order_number=order.order_number,
        state=order.state.value,
        amount=order.amount,
        placed_at=order.placed_at,
        expires_at=order.expires_at,
        paid_at=order.paid_at,
        is_late=order.is_late,
        is_taken_over=order.is_taken_over,
        outcome=order.outcome,
        units=units,
    )
