"""What waits for the writer: what somebody waits for goes first, bulk work takes what is left and rests in between."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence

from chassis.unit import Lane, Result, Unit

Notify = Callable[[Unit, Result], None]

BULK_PART = 8
"""One of so many units of a group may be of the bulk lane."""
BUSY_SECONDS = 1.0
"""So long after the last urgent unit the next one is expected."""
REST_SHARE = 2.0
"""While urgent units come, bulk work rests so many times as long as its group took: an import has a third of the writer then."""


class Lanes:
    """Two queues of units with whom to tell. Times are seconds of one clock; whoever calls holds the lock."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._queues: dict[Lane, deque[tuple[Unit, Notify]]] = {Lane.URGENT: deque(), Lane.BULK: deque()}
        self._urgent_at = -math.inf
        self._bulk_from = -math.inf
        self._has_taken_bulk = False

    def __len__(self) -> int:
        return sum(len(queue) for queue in self._queues.values())

    def has_room(self, lane: Lane, share: float = 1.0) -> bool:
        """Whether the lane is filled below a share of its limit."""
        return len(self._queues[lane]) < self._limit * share

    def put(self, units: Sequence[Unit], notify: Notify, lane: Lane) -> int:
        """Queue as many, from the first on, as there is room for; how many."""
        queue = self._queues[lane]
        taken = units[: max(0, self._limit - len(queue))]
        queue.extend((unit, notify) for unit in taken)
        return len(taken)

    def seconds_to_next(self, now: float) -> float:
        """Until there is something to take: 0 where there is now, infinite where nothing waits."""
        if self._queues[Lane.URGENT]:
            return 0.0
        return max(0.0, self._bulk_from - now) if self._queues[Lane.BULK] else math.inf

    def take(self, size: int, now: float) -> list[tuple[Unit, Notify]]:
        """The next group, of at most so many units."""
        urgent, bulk = self._queues[Lane.URGENT], self._queues[Lane.BULK]
        if urgent:
            self._urgent_at = now
        taken = [urgent.popleft() for _ in range(min(size, len(urgent)))]
        self._has_taken_bulk = False
        if bulk and now >= self._bulk_from:
            share = 1 if self._is_busy(now) else max(1, size // BULK_PART)
            room = min(share, size - len(taken), len(bulk))
            self._has_taken_bulk = room > 0
            taken += [bulk.popleft() for _ in range(room)]
        return taken

    def note_group(self, seconds: float, now: float) -> None:
        """The group that was taken last has taken so long, and is over now."""
        if self._has_taken_bulk and self._is_busy(now):
            self._bulk_from = now + REST_SHARE * seconds

    def take_all(self) -> list[tuple[Unit, Notify]]:
        """Whatever waits: nobody will decide on it."""
        taken = [pair for queue in self._queues.values() for pair in queue]
        for queue in self._queues.values():
            queue.clear()
        return taken

    def _is_busy(self, now: float) -> bool:
        return now - self._urgent_at < BUSY_SECONDS
