"""What must be asked of a provider before a buyer can pay, and while nobody knows whether one has."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from chassis.activity import Intent
from contracts.values import Money


class CreatePayment(Intent, frozen=True, kw_only=True):
    """Create a payment under our order number. Created again, a provider answers with the same payment, so a repeat is harmless."""

    KIND = "create_payment"
    checkout_id: UUID
    order_number: str
    provider: str
    amount: Money
    expires_at: datetime


class PaymentCreated(msgspec.Struct, frozen=True, kw_only=True):
    """What the buyer can pay by."""

    kind: str
    content: str
    expires_at: datetime | None


class PollPayment(Intent, frozen=True, kw_only=True):
    """Ask whether the payment that was created has been paid."""

    KIND = "poll_payment"
    checkout_id: UUID
    order_id: UUID
    order_number: str
    provider: str
