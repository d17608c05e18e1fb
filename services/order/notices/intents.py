"""What must be asked of a provider before its notice counts."""

from __future__ import annotations

from uuid import UUID

import msgspec

from chassis.activity import Intent
from contracts.values import Money


class ConfirmPayment(Intent, frozen=True, kw_only=True):
    """Ask the provider, by our order number, whether the order was paid. One for each notice; its key is the notice's id."""

    KIND = "confirm_payment"
    notice_id: UUID
    order_number: str
    provider: str


class PaymentProven(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The provider's own word: paid, by this trade, so much.

    `is_amount_told`: whether it named the amount; else `amount` is what the payment was created for.
    """

    trade_number: str
    amount: Money
    is_amount_told: bool = True
