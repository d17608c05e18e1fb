"""How often a message is tried, and how long an endpoint may fail. Each queue keeps the limits that it began with.

The pauses between two tries grow. Those that stand here by themselves, ten of them, make a little over 27 hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class DeliveryLimits:
    """`pauses_seconds`: after the first try, after the second, …; after the last pause one more try, and the message is given up.

    `failing_after_tries`: so many of one message in a row, and its endpoint is said to be failing; after `disabled_after_seconds` of that
    it is disabled.
    """

    pauses_seconds: tuple[float, ...] = (5.0, 30.0, 120.0, 600.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 28_800.0, 43_200.0)
    failing_after_tries: int = 4
    disabled_after_seconds: float = 5 * 86_400.0

    def pause_after(self, tries: int) -> timedelta | None:
        """How long to wait after so many failed tries, from 1; None: it is given up."""
        return timedelta(seconds=self.pauses_seconds[tries - 1]) if tries <= len(self.pauses_seconds) else None

    def quiet(self, asked_seconds: float) -> timedelta:
        """How long an endpoint that asks for it is left alone: no longer than the longest pause."""
        return timedelta(seconds=min(asked_seconds, max(self.pauses_seconds, default=0.0)))

    @property
    def disabled_after(self) -> timedelta:
        return timedelta(seconds=self.disabled_after_seconds)


DEFAULT_LIMITS = DeliveryLimits()
EARLIER_SECRET_GOOD_FOR = timedelta(hours=24)
"""A replaced secret signs beside the new one for so long."""

MOST_ENDPOINTS = 20
"""Of one shop: each message is compared with all of them."""
