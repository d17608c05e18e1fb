"""When an open payment is asked about."""

from __future__ import annotations

from chassis.timer import Timer


class PollDue(Timer, frozen=True):
    """The provider is asked how the payment stands; `stream_id` is the checkout's."""

    NAME = "poll_due"
