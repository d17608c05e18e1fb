"""Each planted defect is caught by some of the first 200 seeds, so a green run of those says something."""

from __future__ import annotations

import pytest

from redress.simulation.defects import DEFECTS
from redress.simulation.runner import run_seed

pytestmark = pytest.mark.long

SEEDS = 200
BROKEN = ("TypeError", "AttributeError", "NameError", "ImportError")


@pytest.mark.parametrize("name", sorted(DEFECTS))
def test_a_planted_defect_is_caught(name: str) -> None:
    for seed in range(SEEDS):
        with DEFECTS[name]():
            verdict = run_seed(seed)
        if verdict.violations:
            assert not any(mark in each for each in verdict.violations for mark in BROKEN), "the defect itself does not run"
            assert not run_seed(seed).violations, "the world is at fault without the defect too"
            return
    pytest.fail(f"{SEEDS} seeds did not notice: {name}")
