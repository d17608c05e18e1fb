"""A person's word on a payment in doubt."""

from __future__ import annotations

import msgspec


class DecidePayment(msgspec.Struct, frozen=True, kw_only=True):
    """`is_paid`: whether the money is there. `provider`, `trade_number`: of the payment, where we had not named one ourselves."""

    shop_id: str
    order_number: str
    is_paid: bool
    provider: str | None
    trade_number: str | None
    decided_by: str


class PaymentDecided(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: how the order stands now."""

    order_number: str
    state: str
