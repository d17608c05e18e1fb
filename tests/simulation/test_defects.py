"""Each planted defect is caught by some of 200 seeds, almost all by the first 200, so a green run of those says something."""

from __future__ import annotations

import pytest

from redress.simulation.defects import DEFECTS
from redress.simulation.runner import run_seed

pytestmark = pytest.mark.long

SEEDS = 200
BEGIN = {"performed unasked": 1_150}
"""Where the first seeds show nothing. A supplier order under way at the very moment that a restore loses is one in some 700 seeds."""
BROKEN = ("TypeError", "AttributeError", "NameError", "ImportError")


@pytest.mark.parametrize("name", sorted(DEFECTS))
def test_a_planted_defect_is_caught(name: str) -> None:
    begin = BEGIN.get(name, 0)
    for seed in range(begin, begin + SEEDS):
        with DEFECTS[name]():
            verdict = run_seed(seed)
        if verdict.violations:
            assert not any(mark in each for each in verdict.violations for mark in BROKEN), "the defect itself does not run"
            assert not run_seed(seed).violations, "the world is at fault without the defect too"
            return
    pytest.fail(f"{SEEDS} seeds from {begin} did not notice: {name}")
