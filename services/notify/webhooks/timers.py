"""Deadlines of webhooks."""

from __future__ import annotations

from chassis.timer import Timer


class DisableDue(Timer, frozen=True):
    """An endpoint has been failing for days; `stream_id` is the endpoint's."""

    NAME = "webhook_disable_due"
