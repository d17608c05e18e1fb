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


class PaymentProven(msgspec.Struct, frozen=True, kw_only=True):
    """The provider's own word: paid, by this trade, so much."""

    trade_number: str
    amount: Money
