"""The virtual clock: one queue of what happens next, in order of time and, at one moment, in order of asking.

Time is a count of seconds since `START`. Nothing waits: the clock jumps to the next thing. *Background* things (polls that go on for
ever) do not keep the world alive: it is quiet when nothing else is queued.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush

START = datetime(2026, 1, 1, tzinfo=UTC)

Action = Callable[[], None]


class Clock:
    """The time of a world, and what is queued in it."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.now = START
        self.foreground_count = 0
        self._queue: list[tuple[float, int, Action, bool]] = []
        self._count = 0

    def read(self) -> datetime:
        """The time, as a callable that code under test takes for the wall clock."""
        return self.now

    def after(self, seconds: float, action: Action, *, is_background: bool = False) -> None:
        """Let `action` happen so many seconds from now."""
        self._count += 1
        self.foreground_count += not is_background
        heappush(self._queue, (self.seconds + max(0.0, seconds), self._count, action, is_background))

    def at(self, moment: datetime, action: Action, *, is_background: bool = False) -> None:
        """Let `action` happen at a moment; at once where that has passed."""
        self.after((moment - START).total_seconds() - self.seconds, action, is_background=is_background)

    def run(self, until_seconds: float, is_over: Callable[[], bool]) -> bool:
        """Let things happen until `is_over` says so; False when the limit came first. Asked only while the foreground is empty."""
        while self._queue:
            if self.foreground_count == 0 and is_over():
                return True
            seconds, _, action, is_background = heappop(self._queue)
            if seconds > until_seconds:
                return False
            self.foreground_count -= not is_background
            if seconds > self.seconds:
                self.seconds = seconds
                self.now = START + timedelta(seconds=seconds)
            action()
        return is_over()
