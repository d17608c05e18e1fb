"""An order as people are shown it: no card, no contact, no fingerprint."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from contracts.values import AfterSalesPolicy, Money
from services.order.domain.after_sales import refundable_until, warranty_until
from services.order.domain.entitlement import Entitlement
from services.order.domain.order import Order


class UnitShown(msgspec.Struct, frozen=True, kw_only=True):
    """One card of the order; `card_preview` is masked. `state`: pending (also before the payment), delivered, revealed, failed.

    `refundable_until`, `warranty_until`: what follows from the policy of its line; null before the delivery and where nothing ends.
    `account`: what the buyer filled in: of a top-up masked, of what a person delivers only which fields.
    """

    line: int
    unit: int
    product_code: str
    state: str
    card_preview: str | None
    delivered_at: datetime | None
    delivery_milliseconds: int | None
    is_slow: bool
    failure: str | None
    account: dict[str, str] | None
    refundable_until: datetime | None
    warranty_until: datetime | None


class LineShown(msgspec.Struct, frozen=True, kw_only=True):
    """One line, with what the shop promised for it when the order was paid; null before that, and where it promised nothing."""

    line: int
    product_code: str
    quantity: int
    unit_price: Money
    policy_version: int | None
    policy: AfterSalesPolicy | None


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
    is_cancelled: bool
    outcome: str | None
    lines: tuple[LineShown, ...]
    units: tuple[UnitShown, ...]


def shown(order: Order) -> OrderShown:
    """What may be seen of an order."""
    lines = tuple(
        LineShown(
            line=each.line,
            product_code=each.product_code,
            quantity=each.quantity,
            unit_price=each.unit_price,
            policy_version=frozen.version if (frozen := order.policies.get(each.product_code)) else None,
            policy=frozen.policy if frozen else None,
        )
        for each in order.lines
    )
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
            account=dict(given.previews) if (given := order.accounts.get(each.key.line)) is not None else None,
            refundable_until=_dated(refundable_until, order, each),
            warranty_until=_dated(warranty_until, order, each),
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
        is_cancelled=order.is_cancelled,
        outcome=order.outcome,
        lines=lines,
        units=units,
    )


def _dated(date: Callable[[AfterSalesPolicy, datetime], datetime | None], order: Order, unit: Entitlement) -> datetime | None:
    """A date that follows from the policy of the unit's product; None where there is none, and before the delivery."""
    frozen = order.policies.get(unit.product_code)
    return date(frozen.policy, unit.delivered_at) if frozen is not None and unit.delivered_at is not None else None
