"""All drills, and the order in which a seed draws them."""

from __future__ import annotations

import random

from tests.faults import drills_aimed, drills_on_processes, drills_on_servers, drills_restoring
from tests.faults.drill import Drill

DRILLS: tuple[Drill, ...] = (*drills_on_processes.DRILLS, *drills_aimed.DRILLS, *drills_on_servers.DRILLS, *drills_restoring.DRILLS)
TOGETHER = 0.35
"""How often the next two drills come at once."""


def drawn(count: int, seed: int, only: str = "") -> list[Drill]:
    """The drills of a seed, in order; only those whose name contains the given text."""
    every = [drill for drill in DRILLS if only in drill.name]
    return random.Random(seed).choices(every, weights=[drill.weight for drill in every], k=count)


def volleys(drills: list[Drill], seed: int) -> list[list[Drill]]:
    """The same drills, now and then two at once."""
    chance, left, found = random.Random(f"volleys {seed}"), list(drills), []
    while left:
        is_pair = chance.random() < TOGETHER and not any(drill.is_alone for drill in left[:2])
        size = 2 if len(left) > 1 and is_pair else 1
        found.append(left[:size])
        del left[:size]
    return found
