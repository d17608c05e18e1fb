"""When a channel counts as failing: recorded in each period of its record, and read from there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class ChannelLimits:
    """Counts of payments that were created, newest ones, and seconds.

    A channel is hidden once `channel_most_failed` of the newest `channel_failed_window` could not be created, or once not one of the
    newest `channel_unpaid_window` was paid. It comes back on probation after `channel_pause_seconds`, twice as long each further time, at
    most `channel_longest_pause_seconds`; there a single payment brings it back, a single failure hides it again, and so do
    `channel_probation_unpaid` payments that nobody made.
    """

    channel_most_failed: int = 5
    channel_failed_window: int = 10
    channel_unpaid_window: int = 50
    channel_probation_unpaid: int = 10
    channel_pause_seconds: float = 600.0
    channel_longest_pause_seconds: float = 21_600.0

    def pause(self, hidden_count: int) -> timedelta:
        """How long a channel is hidden for the so-manieth time in a row."""
        return timedelta(seconds=min(self.channel_pause_seconds * 2.0 ** min(hidden_count - 1, 32), self.channel_longest_pause_seconds))


DEFAULT_CHANNEL_LIMITS = ChannelLimits()
