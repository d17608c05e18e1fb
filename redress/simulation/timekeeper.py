"""The timers of a process: whatever is due becomes a unit, again and again until its commit has removed it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis.store.rows import TimerKey, TimerRow
from chassis.unit import Away, Result, TimerUnit

if TYPE_CHECKING:
    from redress.simulation.process import Process

PAGE = 100


class Timekeeper:
    def __init__(self, process: Process) -> None:
        self._process = process
        self._queued: set[TimerKey] = set()
        self._armed_for: float | None = None

    def begin(self) -> None:
        self._queued.clear()
        self._armed_for = None
        self.arm()

    def arm(self) -> None:
        """Wake up when the next timer is due."""
        oldest = self._process.node.store.oldest_timer()
        if oldest is None:
            return
        clock = self._process.scene.clock
        seconds = max(0.0, (oldest - self._process.now).total_seconds()) + 0.01
        if self._armed_for is None or clock.seconds + seconds < self._armed_for:
            self._armed_for = clock.seconds + seconds
            self._process.later(seconds, self._fire, is_background=self._process.node.has_only_unending_timers(), in_term=True)

    def _fire(self) -> None:
        process = self._process
        self._armed_for = None
        for row in process.node.store.due_timers(process.now, PAGE):
            if row.key not in self._queued:
                self._queued.add(row.key)
                if process.scene.chance.strikes("timer twice", process.scene.rates.timer_twice):
                    # What read the table just before the commit that removed the row brings it once more.
                    process.later(0.05, lambda row=row: process.submit(TimerUnit(row), lambda _: None), in_term=True)  # type: ignore[misc]
                process.submit(TimerUnit(row), lambda result, row=row: self._fired(row, result))  # type: ignore[misc]
        if not self._queued:
            self.arm()

    def _fired(self, row: TimerRow, result: Result) -> None:
        self._queued.discard(row.key)
        if isinstance(result, Away):
            self._process.later(0.5, self.arm, in_term=True)
