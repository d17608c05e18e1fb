"""The lanes of the writer: who is taken when, by a clock of the test's own."""

from __future__ import annotations

import math

import pytest

from chassis.runtime.lanes import BULK_PART, BUSY_SECONDS, REST_SHARE, Lanes
from chassis.unit import Cause, CommandUnit, Lane, Result, Unit
from tests.chassis.core.toy import OpenJar


def _untold(unit: Unit, result: Result) -> None: ...


def _put(lanes: Lanes, lane: Lane, count: int) -> int:
    return lanes.put([CommandUnit(OpenJar("red"), Cause("c", "c"), lane=lane) for _ in range(count)], _untold, lane)


def _take(lanes: Lanes, size: int, now: float) -> tuple[int, int]:
    """How many of each lane, the urgent ones first."""
    lanes_taken = [unit.lane for unit, _ in lanes.take(size, now) if isinstance(unit, CommandUnit)]
    assert lanes_taken == sorted(lanes_taken, key=lambda lane: lane is Lane.BULK)
    return lanes_taken.count(Lane.URGENT), lanes_taken.count(Lane.BULK)


@pytest.fixture
def lanes() -> Lanes:
    return Lanes(100)


def test_each_lane_takes_what_it_has_room_for(lanes: Lanes) -> None:
    assert (_put(lanes, Lane.BULK, 120), _put(lanes, Lane.URGENT, 90)) == (100, 90)
    assert not lanes.has_room(Lane.BULK)
    assert lanes.has_room(Lane.URGENT)
    assert not lanes.has_room(Lane.URGENT, 0.9)
    assert len(lanes.take_all()) == 190
    assert len(lanes) == 0


def test_an_import_alone_goes_on_in_small_groups_without_a_rest(lanes: Lanes) -> None:
    _put(lanes, Lane.BULK, 100)
    assert _take(lanes, 16, 10.0) == (0, 2), "so that who comes next waits for little"
    lanes.note_group(0.2, 10.2)
    assert lanes.seconds_to_next(10.2) == 0.0
    assert _take(lanes, 16, 10.2) == (0, 2)


def test_who_came_last_but_is_a_person_goes_first_beside_a_single_unit_of_an_import(lanes: Lanes) -> None:
    _put(lanes, Lane.BULK, 100)
    _put(lanes, Lane.URGENT, 43)
    assert [_take(lanes, 16, 10.0) for _ in range(3)] == [(16, 0), (16, 0), (11, 1)]


def test_while_people_come_an_import_rests_twice_as_long_as_it_worked(lanes: Lanes) -> None:
    _put(lanes, Lane.BULK, 100)
    _put(lanes, Lane.URGENT, 1)
    assert _take(lanes, 500, 10.0) == (1, 1)
    lanes.note_group(0.25, 10.25)
    assert lanes.seconds_to_next(10.25) == pytest.approx(REST_SHARE * 0.25)
    _put(lanes, Lane.URGENT, 1)
    assert lanes.seconds_to_next(10.5) == 0.0
    assert _take(lanes, 500, 10.5) == (1, 0), "a group without it is no work of it, and lengthens no rest"
    lanes.note_group(0.125, 10.625)
    assert lanes.seconds_to_next(10.625) == pytest.approx(0.125)
    assert _take(lanes, 500, 10.75) == (0, 1)
    assert _take(lanes, 500, 10.5 + BUSY_SECONDS) == (0, 500 // BULK_PART), "nobody has come for a while"
    assert lanes.seconds_to_next(20.0) == 0.0
    _take(lanes, 500, 20.0)
    assert lanes.seconds_to_next(20.0) == math.inf
