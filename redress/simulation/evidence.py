"""What the checker looks at: the stores, the public logs, the books of the parties outside, and what was said to people.

Nothing here or in the laws knows a rule of the services' code: messages are read as their contracts define them, rows as the store port
does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from chassis.store.memory import MemoryStore
from chassis.store.rows import LOST, EventRow, ParkedStatus
from redress.simulation.beside_shop import Books
from redress.simulation.front import Heard
from redress.simulation.network import CallMade
from redress.simulation.payers import ChoiceSeen
from redress.simulation.people import NoticeTaken
from redress.simulation.plan import OrderPlan
from redress.simulation.receivers import WebhookBooks
from redress.simulation.requests import AnswerGiven
from redress.simulation.restore_plans import RestoreMade
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

    shop_id: str
    """The shop that the parties' books are about."""
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

    is_in_front: bool = False
    heard: list[Heard] = field(default_factory=list)
    """What came to the shop that the installation stands in front of."""
    restores: list[RestoreMade] = field(default_factory=list)
    """In the order in which they were made."""
    choices: list[ChoiceSeen] = field(default_factory=list)
    """What buyers were shown who looked by what they can pay."""
    standing_still: list[str] = field(default_factory=list)
    """What still waits for an operator at the end because of a restore."""
    webhooks: WebhookBooks = field(default_factory=WebhookBooks)
    beside: Books | None = None
    """Of the shop beside us, where the world has one."""

    _rows: dict[str, list[EventRow]] = field(default_factory=dict)
    _own_rows: dict[str, list[EventRow]] = field(default_factory=dict)
    _said: dict[str, list[Said]] = field(default_factory=dict)
    _lost: dict[str, list[tuple[EventRow, bool]]] = field(default_factory=dict)

    def every_row(self, service: str) -> list[EventRow]:
        """The whole log of a service, of every shop. Many laws read it, so it is kept."""
        if service not in self._rows:
            self._rows[service] = self.stores[service].events_after(0, EVERYTHING)
        return self._rows[service]

    def rows(self, service: str) -> list[EventRow]:
        """What the log of a service has of the one shop; a neighbour may have orders of the same numbers."""
        if service not in self._own_rows:
            self._own_rows[service] = [row for row in self.every_row(service) if row.shop_id == self.shop_id]
        return self._own_rows[service]

    def said(self, service: str, *names: str) -> Iterator[Said]:
        """The public messages of a service, in log order; only those of the given names, where some are given."""
        if service not in self._said:
            self._said[service] = _messages(self.rows(service))
        return (each for each in self._said[service] if not names or each.name in names)

    # restores: what a service had committed, and has lost

    def is_restored(self, service: str) -> bool:
        return any(each.service == service for each in self.restores)

    def lost(self, service: str) -> list[tuple[EventRow, bool]]:
        """Each event that the service has lost, and whether it was given the record back (and no operator discarded it)."""
        if service not in self._lost:
            known: dict[tuple[Any, ...], tuple[EventRow, bool]] = {}
            for restore in self.restores:
                if restore.service == service:
                    for row in restore.lost_rows:
                        is_read = row.sequence is not None and (row.epoch, row.slot, row.sequence) in restore.read_back
                        known[row.stream_id, row.version, row.epoch, row.at] = (row, is_read)
            discarded = {
                (row.epoch, row.slot, row.sequence)
                for row in self.stores[service].parked(ParkedStatus.DISCARDED, EVERYTHING)
                if row.what == LOST
            }
            self._lost[service] = [
                (row, is_read and (row.epoch, row.slot, row.sequence) not in discarded) for row, is_read in known.values()
            ]
        return self._lost[service]

    def lost_said(self, service: str, *names: str, is_read: bool | None = None) -> list[Said]:
        """The public messages that a service has lost; with `is_read` only those that it was given back, or only the others."""
        rows = [row for row, was_read in self.lost(service) if is_read is None or was_read is is_read]
        return [each for each in _messages(rows) if not names or each.name in names]

    def ever_said(self, service: str, *names: str) -> list[Said]:
        """In any epoch, also what is lost."""
        return [*self.lost_said(service, *names), *self.said(service, *names)]

    def lost_streams(self, service: str) -> set[UUID]:
        """Streams that had events which are lost."""
        return {row.stream_id for row, _ in self.lost(service)}

    def lost_causes(self, service: str) -> set[str]:
        """What the lost events were caused by."""
        return {row.causation_id for row, _ in self.lost(service)}

    def lost_ids(self, service: str) -> set[str]:
        """Ids of the lost messages."""
        return {msgspec.json.decode(row.headers)["ce_id"] for row, _ in self.lost(service) if row.headers is not None}


def _messages(rows: list[EventRow]) -> list[Said]:
    return [
        Said(row.type.split(".")[2], msgspec.json.decode(row.value), row) for row in rows if row.type is not None and row.value is not None
    ]
