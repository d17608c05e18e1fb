"""The short form of the drills: one of each sort, in one house. The long form is `make faults`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.campaign import play
from tests.faults.catalogue import DRILLS

pytestmark = [pytest.mark.servers, pytest.mark.timeout(280)]

NAMES = (
    ("kill -9 of a writer",),
    ("connections cut",),
    ("writer frozen in a COPY", "topics deleted"),
    ("kill -9 in a purchase at a bad supplier",),
    ("store read-only for a while",),
    ("PostgreSQL restarted",),
)
SEED = 5


async def test_whatever_is_taken_away_under_load_nothing_is_lost_and_nothing_happens_twice(tmp_path: Path) -> None:
    drills = {drill.name: drill for drill in DRILLS}
    summary = await play(tmp_path, [[drills[name] for name in names] for names in NAMES], SEED, print)
    assert summary.findings == {"lost": [], "double": [], "unfinished": [], "broken": []}
    assert summary.delivered > summary.drill_count
