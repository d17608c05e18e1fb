"""The score of a supplier, 0 to 100: whether its calls succeed, whether its cards are valid, how fast they come.

What it did is kept as a *tally*: for each of the three, how much of the evidence was good. Evidence fades twice, so a tally stays
small and its age makes no difference: each new sample leaves `KEPT_SHARE` of what was there (50 samples at most weigh anything), and
with each `HALF_LIFE` without samples half of it goes. Each share is then mixed with `PRIOR_COUNT` imagined samples of a decent
supplier: one lucky or unlucky call moves a new supplier little, one that nobody has called yet scores like a decent one, and one that
was bad long ago is tried again some day.

    score = 100 × (0.5 × success + 0.3 × validity + 0.2 × speed),    speed = 1 at 0 s, ½ at 10 s, falling towards 0

`sample_count` is the weight of the evidence in whole samples, so it tells how far the score rests on what was seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

PRIOR_COUNT = 5
PRIOR_SUCCESS, PRIOR_VALIDITY, PRIOR_SPEED = 0.9, 0.95, 0.8
HALF_SPEED_MILLISECONDS = 10_000
KEPT_SHARE = 0.98
HALF_LIFE = timedelta(days=7)


class Sample(NamedTuple):
    """One answered call. `is_valid` None: no card came, so nothing is known of its validity; likewise the latency.

    `is_fault`: it failed by the supplier's doing, and not for want of stock.
    """

    is_success: bool
    is_valid: bool | None
    latency_milliseconds: int | None
    is_fault: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """How much of the evidence was good, of how much in all."""

    good: float = 0.0
    total: float = 0.0

    def faded(self, kept: float) -> Share:
        return Share(self.good * kept, self.total * kept)

    def and_one(self, good: float) -> Share:
        return Share(self.good + good, self.total + 1.0)

    def mixed(self, prior: float) -> float:
        """The share that is good, between 0 and 1, with the imagined samples."""
        return (self.good + prior * PRIOR_COUNT) / (self.total + PRIOR_COUNT)


@dataclass(frozen=True, slots=True)
class Tally:
    """What a supplier did, faded to `at`, its last sample. `faults_in_row`: its newest samples that were its own faults.

    `standing`: which of the supplier's standings it was in (`domain/supplier.py`); the faults are counted within one.
    """

    success: Share = field(default_factory=Share)
    validity: Share = field(default_factory=Share)
    speed: Share = field(default_factory=Share)
    faults_in_row: int = 0
    at: datetime | None = None
    standing: int = 0

    def and_one(self, sample: Sample, at: datetime) -> Tally:
        """The tally with one sample more."""
        known = self._faded(KEPT_SHARE * self._share_left(at))
        return Tally(
            success=known.success.and_one(float(sample.is_success)),
            validity=known.validity.and_one(float(sample.is_valid)) if sample.is_valid is not None else known.validity,
            speed=known.speed.and_one(_speed(sample.latency_milliseconds)) if sample.latency_milliseconds is not None else known.speed,
            faults_in_row=known.faults_in_row + 1 if sample.is_fault else 0 if sample.is_valid else known.faults_in_row,
            at=at if self.at is None else max(at, self.at),
            standing=self.standing,
        )

    def in_standing(self, standing: int) -> Tally:
        """The tally of a supplier that stands otherwise from now on: what it did still counts, but its row of faults is over."""
        return replace(self, standing=standing, faults_in_row=0)

    def score(self, now: datetime) -> SupplierScore:
        """The score as of now."""
        known = self._faded(self._share_left(now))
        success, validity = known.success.mixed(PRIOR_SUCCESS), known.validity.mixed(PRIOR_VALIDITY)
        points = 0.5 * success + 0.3 * validity + 0.2 * known.speed.mixed(PRIOR_SPEED)
        return SupplierScore(round(100 * points), round(known.success.total))

    def _faded(self, kept: float) -> Tally:
        return replace(self, success=self.success.faded(kept), validity=self.validity.faded(kept), speed=self.speed.faded(kept))

    def _share_left(self, at: datetime) -> float:
        """How much of it is left by then; a clock that was put back adds nothing."""
        if self.at is None or at <= self.at:
            return 1.0
        return float(0.5 ** ((at - self.at) / HALF_LIFE))


@dataclass(frozen=True, slots=True)
class SupplierScore:
    """A score and the number of samples it rests on."""

    score: int
    sample_count: int


NO_TALLY = Tally()


def tally_of(samples: list[tuple[Sample, datetime]]) -> Tally:
    """The tally of a supplier that did just this."""
    tally = NO_TALLY
    for sample, at in samples:
        tally = tally.and_one(sample, at)
    return tally


def _speed(latency_milliseconds: int) -> float:
    return HALF_SPEED_MILLISECONDS / (HALF_SPEED_MILLISECONDS + latency_milliseconds)
