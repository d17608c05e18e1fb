"""What must be asked of a provider before a buyer can pay, and while nobody knows whether one has."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from chassis.activity import Intent
from contracts.values import Money

KNOWN_ALREADY = "known_already"
"""The provider has a payment under this number already, paid perhaps, and does not tell how to pay it."""
TOO_LATE = "too_late"
"""The creation is not tried again: the order is let go. Whether an earlier try got through is not known, where none was answered."""
UNFIT_ORDER = "unfit_order"
"""The provider does not take such an order number, amount or currency: nothing against the provider."""


class CreatePayment(Intent, frozen=True, kw_only=True):
    """Create a payment under our order number. Created again, a provider answers with the same payment, so a repeat is harmless."""

    KIND = "create_payment"
    checkout_id: UUID
    order_number: str
    provider: str
    amount: Money
    expires_at: datetime
    wanted_at: datetime | None = None


class PaymentCreated(msgspec.Struct, frozen=True, kw_only=True):
    """What the buyer can pay by."""

    kind: str
    content: str
    expires_at: datetime | None
    trade_number: str | None = None
    payable: str | None = None
    coin: str | None = None
    address: str | None = None


class PollPayment(Intent, frozen=True, kw_only=True):
    """Ask whether the payment has been paid: by our order number, or by the provider's `trade_number` where it knows no other."""

    KIND = "poll_payment"
    checkout_id: UUID
    order_id: UUID
    order_number: str
    provider: str
    trade_number: str | None = None
    amount: Money | None = None


class ClosePayment(Intent, frozen=True, kw_only=True):
    """Have nobody pay this any more: the order is paid by another provider. Closed again, it is as closed as before."""

    KIND = "close_payment"
    checkout_id: UUID
    order_id: UUID
    order_number: str
    provider: str
    expires_at: datetime
