"""When a hidden channel is tried again."""

from __future__ import annotations

from chassis.timer import Timer


class PauseOver(Timer, frozen=True):
    """The channel comes back on probation; `stream_id` is that of its watch."""

    NAME = "channel_pause_over"
