"""What is asked of each provider while a payment is looked for."""

from __future__ import annotations

from uuid import UUID

from chassis.activity import Intent


class FindPayment(Intent, frozen=True, kw_only=True):
    """Ask one provider, by our order number, whether the order was paid. The key follows from order and provider.

    `is_said_paid`: we had said so ourselves, so a denial is an alarm.
    """

    KIND = "find_payment"
    order_id: UUID
    order_number: str
    provider: str
    is_said_paid: bool
