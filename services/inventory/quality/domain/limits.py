"""The limits of checking cards and of inspecting batches, as they were when each began."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

MAX_SAMPLE_CARDS = 15
"""Each costs its chunk, up to three cards that are looked at, and its check; a unit of work may touch 100 aggregates."""


@dataclass(frozen=True, slots=True)
class CheckLimits:
    """Recorded in the first event of each card's checks."""

    fault_pause_seconds: float = 600.0
    """After a temporary fault the supplier is asked again so much later."""
    fault_count: int = 6
    """So many temporary faults in a row are asked about once more; the next one stands."""
    silence_pause_seconds: float = 60.0
    silence_count: int = 5
    """The same where the supplier gives no answer at all."""

    @property
    def fault_pause(self) -> timedelta:
        return timedelta(seconds=self.fault_pause_seconds)

    @property
    def silence_pause(self) -> timedelta:
        return timedelta(seconds=self.silence_pause_seconds)


@dataclass(frozen=True, slots=True)
class InspectionLimits:
    """Recorded in the first event of each inspection. A sample of `sample_cards` is drawn when it begins and then so often.

    More than `bad_basis_points` of the cards that were told about being bad stops the batch.
    """

    sample_cards: int = 10
    sample_pause_seconds: float = 21_600.0
    sample_rounds: int = 28
    bad_basis_points: int = 1_000

    @property
    def pause(self) -> timedelta:
        return timedelta(seconds=self.sample_pause_seconds)
