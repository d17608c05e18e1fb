"""The deadline of an order that nobody pays."""

from __future__ import annotations

from chassis.timer import Timer


class PaymentDue(Timer, frozen=True):
    """Set at the placing, cancelled by the payment."""

    NAME = "payment_due"
