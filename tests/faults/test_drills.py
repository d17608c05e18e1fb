"""The short form of the drills: one of each sort, in one house. The long form is `make faults`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.campaign import play
from tests.faults.drills import DRILLS

pytestmark = [pytest.mark.servers, pytest.mark.timeout(280)]

NAMES = (
    "kill -9 of a writer",
    "connections cut",
    "writer frozen",
    "topics deleted",
    "store read-only for a while",
    "PostgreSQL restarted",
)
SEED = 5


async def test_whatever_is_taken_away_under_load_nothing_is_lost_and_nothing_happens_twice(tmp_path: Path) -> None:
    drills = [next(drill for drill in DRILLS if drill.name == name) for name in NAMES]
    report = await play(tmp_path, drills, SEED, print)
    assert not report.verdict.lost
    assert not report.verdict.double
    assert not report.verdict.other
    assert report.verdict.delivered_units > len(drills)
