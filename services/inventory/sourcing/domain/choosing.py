"""Which supplier is asked first: points of score and tilt, less what it is dearer, and something for being unknown.

    points = score + tilt − dearness + curiosity

*Tilt* is the operator's own weight, of the supplier and of its offer. *Dearness* compares offers of one currency: an offer at twice the
lowest price loses `dear_points`, one a tenth above it a tenth of that. *Curiosity* is what a supplier gets that few samples are known of;
it falls with each sample, and is just high enough that a supplier nobody called yet goes before any other that is no cheaper and not
tilted, so everybody is tried. All of it in hundredths of a point, in whole numbers: equal inputs give an equal choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.values import Money
from services.inventory.sourcing.domain.score import PRIOR_COUNT, SupplierScore

HUNDREDTHS = 100
CURIOSITY = 12 * HUNDREDTHS
MOST_DEARNESS = 100 * HUNDREDTHS


@dataclass(frozen=True, slots=True)
class Candidate:
    """One supplier that could be asked."""

    supplier_code: str
    score: SupplierScore
    price: Money
    tilt: int = 0


@dataclass(frozen=True, slots=True)
class Ranked:
    """What a candidate comes to, in hundredths of a point."""

    candidate: Candidate
    points: int


def ranked(candidates: Sequence[Candidate], dear_points: int) -> list[Ranked]:
    """All candidates, the best first; those of equal points in the order in which they were given."""
    cheapest: dict[str, int] = {}
    for each in candidates:
        known = cheapest.get(each.price.currency, each.price.amount_minor)
        cheapest[each.price.currency] = min(known, each.price.amount_minor)
    every = [Ranked(each, _points(each, cheapest[each.price.currency], dear_points)) for each in candidates]
    return sorted(every, key=lambda each: -each.points)


def _points(candidate: Candidate, cheapest_minor: int, dear_points: int) -> int:
    surplus = candidate.price.amount_minor - cheapest_minor
    dearness = min(MOST_DEARNESS, dear_points * HUNDREDTHS * surplus // max(cheapest_minor, 1))
    curiosity = CURIOSITY * PRIOR_COUNT // (PRIOR_COUNT + candidate.score.sample_count)
    return (candidate.score.score + candidate.tilt) * HUNDREDTHS - dearness + curiosity
