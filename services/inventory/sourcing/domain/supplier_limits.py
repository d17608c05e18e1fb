"""The limits by which suppliers are chosen, suspended and taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from services.inventory.sourcing.domain.score import SupplierScore

LOW_SCORE, FAULTS_IN_ROW = "low_score", "faults_in_row"


@dataclass(frozen=True, slots=True)
class SupplierLimits:
    """As they were when a supplier was suspended; recorded with that."""

    suspend_below_score: int = 40
    suspend_sample_count: int = 10
    """A score that rests on fewer samples suspends nobody."""
    suspend_fault_count: int = 8
    """So many faults of its own, one after the other, suspend a supplier whatever its score is."""
    suspension_seconds: float = 300.0
    """Until its probation; each suspension that follows a failed probation is twice as long."""
    longest_suspension_seconds: float = 14_400.0
    trial_count: int = 3
    """So many trial orders a supplier on probation must deliver, one at a time."""
    trial_seconds: float = 900.0
    """A trial order without an answer for so long has failed."""
    dear_points: int = 20
    """What an offer at twice the lowest price loses against it, in points of score."""

    def reason_to_suspend(self, score: SupplierScore, faults_in_row: int) -> str | None:
        """Why a supplier gets no more orders; None: it does."""
        if faults_in_row >= self.suspend_fault_count:
            return FAULTS_IN_ROW
        is_known = score.sample_count >= self.suspend_sample_count
        return LOW_SCORE if is_known and score.score < self.suspend_below_score else None

    def suspension(self, count: int) -> timedelta:
        """How long the suspension number `count` lasts, since the supplier was last taken back."""
        doubled = self.suspension_seconds * 2.0 ** min(count - 1, 30)
        return timedelta(seconds=min(doubled, max(self.longest_suspension_seconds, self.suspension_seconds)))

    @property
    def trial(self) -> timedelta:
        return timedelta(seconds=self.trial_seconds)
