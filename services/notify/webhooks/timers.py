"""Deadlines of webhooks, and work that goes on in steps."""

from __future__ import annotations

from chassis.timer import Timer


class DisableDue(Timer, frozen=True):
    """An endpoint has been failing for days; `stream_id` is the endpoint's."""

    NAME = "webhook_disable_due"


class StopDue(Timer, frozen=True):
    """What waits for an endpoint that is not posted to any more is taken back; `stream_id` is the endpoint's."""

    NAME = "webhook_stop_due"
