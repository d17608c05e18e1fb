"""The short form of the restore drill: an inventory and an order service put back to a backup under load."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.campaign import play
from tests.faults.catalogue import DRILLS

pytestmark = [pytest.mark.servers, pytest.mark.timeout(400)]

SEED = 11


async def test_after_a_restore_our_word_stands_and_nobody_is_told_of_another_card(tmp_path: Path) -> None:
    drills = {drill.name: drill for drill in DRILLS}
    names = ("inventory restored", "order restored", "inventory restored, its topic wiped")
    summary = await play(tmp_path, [[drills[name]] for name in names], SEED, print)
    assert summary.findings == {"lost": [], "double": [], "unfinished": [], "broken": []}
    assert summary.counts["restores"] == 3
    assert summary.counts["supplier orders of lost spans, asked about"] > 0
    assert summary.counts["payments of lost spans, asked about"] > 0
