"""The deadlines of the fulfilment saga. All count from the payment, so one timer of each serves every unit of the order."""

from __future__ import annotations

from chassis.timer import Timer


class RedeliveryDue(Timer, frozen=True):
    """Undelivered units are asked for again."""

    NAME = "redelivery_due"


class SlowDue(Timer, frozen=True):
    """The next product's usual time is over; set again while another one's lies ahead."""

    NAME = "slow_due"


class OverdueDue(Timer, frozen=True):
    """Undelivered units are past their limit."""

    NAME = "overdue_due"


class GiveUpDue(Timer, frozen=True):
    """Undelivered units have failed."""

    NAME = "give_up_due"


ALL = (RedeliveryDue, SlowDue, OverdueDue, GiveUpDue)
