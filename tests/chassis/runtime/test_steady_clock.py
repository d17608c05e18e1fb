"""The clock of deadlines goes on when the wall clock is put back, and follows it forward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chassis.runtime.steady_clock import SteadyClock

AT = datetime(2026, 1, 1, tzinfo=UTC)


class Clocks:
    """A wall clock that can be put, and a stopwatch that cannot."""

    def __init__(self) -> None:
        self.wall = AT
        self.elapsed = 100.0

    def go_on(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.elapsed += seconds


def test_a_wall_clock_put_back_does_not_stretch_a_deadline() -> None:
    clocks = Clocks()
    clock = SteadyClock(lambda: clocks.wall, lambda: clocks.elapsed)
    clocks.wall -= timedelta(hours=1)
    clocks.go_on(15)
    assert clock() == AT + timedelta(seconds=15)


def test_a_wall_clock_put_forward_is_followed() -> None:
    clocks = Clocks()
    clock = SteadyClock(lambda: clocks.wall, lambda: clocks.elapsed)
    clocks.wall += timedelta(hours=1)
    clocks.go_on(15)
    assert clock() == AT + timedelta(hours=1, seconds=15)


def test_a_clock_that_begins_with_the_deadline_keeps_it_after_the_wall_clock_was_put_forward_and_right_again() -> None:
    clocks = Clocks()
    clocks.wall += timedelta(hours=1)
    clock = SteadyClock(lambda: clocks.wall, lambda: clocks.elapsed)
    deadline = clock() + timedelta(seconds=8)
    clocks.wall -= timedelta(hours=1)
    clocks.go_on(10)
    assert clock() >= deadline
