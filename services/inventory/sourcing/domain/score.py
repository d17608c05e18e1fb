"""The score of a supplier, 0 to 100: whether its calls succeed, whether its cards are valid, how fast they come.

Each of the three is an average over the newest samples, mixed with `PRIOR_COUNT` imagined samples of a decent supplier. So one lucky
or unlucky call moves a new supplier little, and one nobody has called yet scores like a decent one.

    score = 100 × (0.5 × success + 0.3 × validity + 0.2 × speed),    speed = 1 at 0 s, ½ at 10 s, falling towards 0
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

PRIOR_COUNT = 5
PRIOR_SUCCESS, PRIOR_VALIDITY, PRIOR_SPEED = 0.9, 0.95, 0.8
HALF_SPEED_MILLISECONDS = 10_000
SAMPLE_LIMIT = 100
"""So many samples of a supplier are kept: the score follows what it does now."""


class Sample(NamedTuple):
    """One answered call. `is_valid` None: no card came, so nothing is known of its validity; likewise the latency."""

    is_success: bool
    is_valid: bool | None
    latency_milliseconds: int | None


@dataclass(frozen=True, slots=True)
class SupplierScore:
    """A score and the number of samples it rests on."""

    score: int
    sample_count: int


UNTRIED = SupplierScore(round(100 * (0.5 * PRIOR_SUCCESS + 0.3 * PRIOR_VALIDITY + 0.2 * PRIOR_SPEED)), 0)


def score_of(samples: Iterable[Sample]) -> SupplierScore:
    """The score of a supplier from its newest samples."""
    known = list(samples)
    success = _mean([float(each.is_success) for each in known], PRIOR_SUCCESS)
    validity = _mean([float(each.is_valid) for each in known if each.is_valid is not None], PRIOR_VALIDITY)
    speed = _mean([_speed(each.latency_milliseconds) for each in known if each.latency_milliseconds is not None], PRIOR_SPEED)
    return SupplierScore(round(100 * (0.5 * success + 0.3 * validity + 0.2 * speed)), len(known))


def _speed(latency_milliseconds: int) -> float:
    return HALF_SPEED_MILLISECONDS / (HALF_SPEED_MILLISECONDS + latency_milliseconds)


def _mean(values: list[float], prior: float) -> float:
    return (sum(values) + prior * PRIOR_COUNT) / (len(values) + PRIOR_COUNT)
