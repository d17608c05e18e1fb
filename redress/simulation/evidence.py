"""What the checker looks at: the stores, the public logs, the books of the parties outside, and what was said to people.

Nothing here or in the laws knows a rule of the services' code: messages are read as their contracts define them, rows as the store port
does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from chassis.store.memory import MemoryStore
from chassis.store.rows import EventRow
from redress.simulation.network import CallMade
from redress.simulation.people import NoticeTaken
from redress.simulation.plan import OrderPlan
from redress.simulation.requests import AnswerGiven
from sandbox.behaviour.payments import PaymentProvider
from sandbox.behaviour.suppliers import CardSupplier

EVERYTHING = 1_000_000


@dataclass(frozen=True, slots=True)
class Said:
    """A public message: its short type name, its values, and the row it stands in."""

    name: str
    values: dict[str, Any]
    row: EventRow

    @property
    def unit(self) -> tuple[str, int, int]:
        """Which card of which order a unit's message is about."""
        return self.values["order_number"], self.values["line"], self.values["unit"]


@dataclass(slots=True)
class Evidence:
    """A world that has ended."""

    stores: dict[str, MemoryStore]
    providers: dict[str, PaymentProvider]
    suppliers: dict[str, CardSupplier]
    placed: dict[str, OrderPlan]
    taken: list[NoticeTaken]
    answers: list[AnswerGiven]
    calls: list[CallMade]
    bugs: list[str]
    is_quiet: bool
    ended_at: datetime
    subscribed: dict[str, set[str]]
    """Service → types of messages it declares to react to."""
    acknowledged: dict[str, set[tuple[int, int, int]]]
    """Service → (epoch, slot, sequence) of the records that its topic took."""
    mistaken: list[str]
    """Outcomes that were taken for those of another attempt."""
    needless: list[str]
    """Backlogs that were taken for gaps."""

    _rows: dict[str, list[EventRow]] = field(default_factory=dict)
    _said: dict[str, list[Said]] = field(default_factory=dict)

    def rows(self, service: str) -> list[EventRow]:
        """The whole log of a service. Many laws read it, so it is kept."""
        if service not in self._rows:
            self._rows[service] = self.stores[service].events_after(0, EVERYTHING)
        return self._rows[service]

    def said(self, service: str, *names: str) -> Iterator[Said]:
        """The public messages of a service, in log order; only those of the given names, where some are given."""
        if service not in self._said:
            self._said[service] = [
                Said(row.type.split(".")[2], msgspec.json.decode(row.value), row)
                for row in self.rows(service)
                if row.type is not None and row.value is not None
            ]
        return (each for each in self._said[service] if not names or each.name in names)
