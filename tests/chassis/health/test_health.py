"""A part that moves or is idle is well; one that stands still with work waiting is not."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chassis.health import Health, Progress, health_of

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


def part(
    *, still_seconds: float | None = 1, waiting_seconds: float | None = 500, refusing: str | None = None, age_seconds: int = 600
) -> Progress:
    return Progress(
        "relay",
        started_at=NOW - timedelta(seconds=age_seconds),
        limit_seconds=30,
        advanced_at=None if still_seconds is None else NOW - timedelta(seconds=still_seconds),
        work_waiting_since=None if waiting_seconds is None else NOW - timedelta(seconds=waiting_seconds),
        refusing=refusing,
    )


def test_a_part_that_advances_is_live_and_ready() -> None:
    assert health_of([part(still_seconds=30)], NOW) == Health(True, True, ())


def test_a_part_that_stands_still_with_work_waiting_is_not_live() -> None:
    assert health_of([part(), part(still_seconds=31)], NOW) == Health(
        False, False, ("relay: has work waiting and has not advanced for 31 s (limit 30 s)",)
    )


def test_an_idle_part_may_stand_still_for_ever() -> None:
    assert health_of([part(still_seconds=100_000, waiting_seconds=None)], NOW).is_ready


def test_a_part_that_slept_for_want_of_work_gets_its_limit_once_some_arrives() -> None:
    assert health_of([part(still_seconds=100_000, waiting_seconds=30)], NOW).is_live
    assert not health_of([part(still_seconds=100_000, waiting_seconds=31)], NOW).is_live


def test_a_part_that_has_not_advanced_yet_is_live_but_not_ready() -> None:
    assert health_of([part(still_seconds=None, age_seconds=5)], NOW) == Health(True, False, ("relay: has not advanced yet",))


def test_a_part_that_never_gets_going_is_not_live_even_without_work() -> None:
    health = health_of([part(still_seconds=None, waiting_seconds=None)], NOW)
    assert not health.is_live
    assert health.reasons[0] == "relay: has not advanced since it started for 600 s (limit 30 s)"


def test_a_part_that_refuses_work_is_live_but_not_ready() -> None:
    assert health_of([part(refusing="stand-by")], NOW) == Health(True, False, ("relay: stand-by",))


def test_a_process_without_parts_is_live_but_not_ready() -> None:
    assert health_of([], NOW) == Health(True, False, ("nothing has started yet",))


@given(st.lists(st.tuples(st.none() | st.integers(0, 90), st.none() | st.integers(0, 90), st.none() | st.just("full"))))
def test_whatever_is_not_ready_gives_a_reason_and_ready_is_always_live(
    states: list[tuple[int | None, int | None, str | None]],
) -> None:
    health = health_of([part(still_seconds=s, waiting_seconds=w, refusing=r) for s, w, r in states], NOW)
    assert health.is_ready == (not health.reasons)
    assert health.is_live or not health.is_ready
