"""The terms of settlement, as the installation sets them; those of a sale stand in its line.

Shares are in basis points (hundredths of a percent), amounts in whole minor units. What a commission does not divide evenly is rounded
half up, in favour of the shop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

TERMS_NAME = "settlement"
BASIS_POINTS = 10_000
DELAY_SECONDS = 7 * 86_400.0
GRADES: Mapping[str, int] = {"A": 300, "B": 500, "C": 800}
DEFAULT_GRADE = "B"


@dataclass(frozen=True, slots=True)
class Terms:
    """`delay_seconds`: T+N, from the sale. `warranty_day_seconds`: a day of a product's warranty, shorter where time is made to run faster.

    `grades`: commission in basis points, by the consignor's credit grade.
    """

    delay_seconds: float = DELAY_SECONDS
    warranty_day_seconds: float = 86_400.0
    grades: Mapping[str, int] = field(default_factory=lambda: dict(GRADES))
    default_grade: str = DEFAULT_GRADE

    @property
    def delay(self) -> timedelta:
        return timedelta(seconds=self.delay_seconds)

    @property
    def warranty_day(self) -> timedelta:
        return timedelta(seconds=self.warranty_day_seconds)

    def grade_of(self, given: str | None) -> str:
        """The grade that counts for a consignor who was given this one; an unknown one counts as the default."""
        return given if given is not None and given in self.grades else self.default_grade


def terms_of(advice: Mapping[str, Any]) -> Terms:
    """The terms as the installation sets them; the documented ones where it says nothing."""
    return Terms(**advice.get(TERMS_NAME, {}))


def commission_of(sale_minor: int, basis_points: int) -> int:
    """Our share of a sale."""
    return (sale_minor * basis_points + BASIS_POINTS // 2) // BASIS_POINTS
