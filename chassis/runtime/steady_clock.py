"""A clock for deadlines: the wall clock, but never slower than time itself.

An attempt sends nothing past its deadline, and others believe so once the deadline has passed on their clocks. A wall clock that is put
back while a process is frozen would stretch that deadline. So the moment is the later of the wall clock and of what the wall clock
said at the beginning plus the time that has gone by since.

Each attempt has a clock of its own, which begins with its deadline. One for the life of the process would not do: a wall clock that is
put forward, then right again, would stretch the deadlines set in between; and where the process began while the wall clock was ahead,
its deadlines would lie far in the future for ever.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def _wall() -> datetime:
    return datetime.now(UTC)


class SteadyClock:
    """Call it for the moment (aware UTC). `wall` and `elapsed` are the two clocks it reads; tests give others."""

    def __init__(self, wall: Callable[[], datetime] = _wall, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._elapsed = elapsed
        self._from_wall, self._from_elapsed = wall(), elapsed()

    def __call__(self) -> datetime:
        gone_by = timedelta(seconds=self._elapsed() - self._from_elapsed)
        return max(self._wall(), self._from_wall + gone_by)
