"""The limits of one need's saga, as they were when it began."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

RULES_VERSION = 1


@dataclass(frozen=True, slots=True)
class Limits:
    """Recorded in the first event of each need; rules read them from there ever after."""

    temporary_retry_seconds: float = 2.0
    """The pause before a supplier is called again after a temporary fault."""
    temporary_retry_count: int = 2
    """So often a supplier order is tried again before the need goes on to the next supplier."""
    supplier_silence_seconds: float = 300.0
    """A supplier order without an answer for so long is shown to a person; it is asked about all the while."""

    claim_seconds: float = 1_800.0
    """A person who claimed a need delivers it within so long; meanwhile its order does not end."""

    @property
    def claim(self) -> timedelta:
        return timedelta(seconds=self.claim_seconds)

    @property
    def temporary_retry(self) -> timedelta:
        return timedelta(seconds=self.temporary_retry_seconds)

    @property
    def supplier_silence(self) -> timedelta:
        return timedelta(seconds=self.supplier_silence_seconds)
