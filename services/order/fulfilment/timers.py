"""The next deadline of the fulfilment saga: one row an order, as most are delivered before the first of them."""

from __future__ import annotations

from chassis.timer import Timer


class DeliveryDue(Timer, frozen=True):
    """A unit is undelivered at the next of its deadlines; set again while another one lies ahead."""

    NAME = "delivery_due"
