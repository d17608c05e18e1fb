"""What the checker looks at: the stores, the public logs, the books of the parties outside, and what was said to people.

Nothing here or in the laws knows a rule of the services' code: messages are read as their contracts define them, rows as the store port
does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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

    def rows(self, service: str) -> list[EventRow]:
        return self.stores[service].events_after(0, EVERYTHING)

    def said(self, service: str, *names: str) -> Iterator[Said]:
        """The public messages of a service, in log order; only those of the given names, where some are given."""
        for row in self.rows(service):
            if row.type is not None and row.value is not None:
                name = row.type.split(".")[2]
                if not names or name in names:
                    yield Said(name, msgspec.json.decode(row.value), row)
