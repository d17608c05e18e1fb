"""Whether the installation of a seed stands in front of a shop, and how that shop behaves when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Mood(StrEnum):
    WELL = "well"
    SLOW = "slow"
    """Its answer comes after anybody's patience, or just before."""
    DOWN = "down"
    FAILING = "failing"
    TALKING = "talking"
    """A page with status 200."""


@dataclass(frozen=True, slots=True)
class FrontPlan:
    """Whether we stand in front of the shop in this world, and its moods: (start, end, mood) in seconds."""

    is_in_front: bool = False
    spells: tuple[tuple[float, float, Mood], ...] = ()


def front_of(seed: int, hostile: float) -> FrontPlan:
    """The plan of a seed; what else is in its world does not depend on it."""
    random = Random(f"front {seed}")
    if random.random() >= 0.25:
        return FrontPlan()
    spells = []
    for _ in range(random.choice((0, 1, 2, 4))):
        start = random.random() * hostile
        end = min(hostile, start + random.choice((5.0, 30.0, 200.0)))
        spells.append((start, end, random.choice([each for each in Mood if each is not Mood.WELL])))
    return FrontPlan(is_in_front=True, spells=tuple(spells))
