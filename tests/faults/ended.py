"""The stores of a house as the judges read them at the end, and what each restore has lost, read from the database that was given up."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass

from chassis.store.postgres import PostgresStore
from chassis.store.rows import EventRow, Fork, InboxKey, InboxRow, ParkedRow, ParkedStatus, Position, Recovery
from redress.simulation.evidence import EVERYTHING
from redress.simulation.restore_plans import RestoreMade
from tests.faults.house import House
from tests.faults.restored import Restored

PAGE_EVENTS = 5_000


@dataclass(frozen=True, slots=True)
class EndedTables:
    """Heads by slot, and where each epoch forked."""

    slot_heads: list[int]
    forks: list[Fork]


class EndedStore:
    """A store's tables as they are at the end, read once."""

    def __init__(self, store: PostgresStore, asked: Iterable[InboxKey]) -> None:
        self._inbox = {key: row for key in asked if (row := store.inbox(key)) is not None}
        self._rows = _events_after(store, 0)
        self._heads = store.slot_heads()
        self._positions = store.positions()
        self._parked = store.parked(None, EVERYTHING)
        self._recovery = store.recovery()
        self.tables = EndedTables(self._heads[1], store.forks())

    def events_after(self, log_id: int, limit: int) -> list[EventRow]:
        return self._rows[log_id : log_id + limit]

    def slot_heads(self) -> tuple[int, list[int]]:
        return self._heads

    def positions(self) -> dict[tuple[str, int], Position]:
        return self._positions

    def parked(self, status: ParkedStatus | None, _limit: int) -> list[ParkedRow]:
        return [row for row in self._parked if status is None or row.status is status]

    def recovery(self) -> Recovery | None:
        return self._recovery

    def inbox(self, key: InboxKey) -> InboxRow | None:
        return self._inbox.get(key)


def restore_made(house: House, restored: Restored, epoch: int) -> RestoreMade:
    """A restore as the laws want it told.

    What was relayed and lies behind the backup is in the topic, unless that was wiped, so it must have been read back from there.
    """
    with closing(PostgresStore(restored.lost_dsn, restored.service, pool_size=1)) as store:
        rows, relayed = _events_after(store, restored.kept_log_id), store.relayed()
    in_topic = frozenset(
        (row.epoch, row.slot, row.sequence)
        for row in rows
        if row.epoch is not None and row.slot is not None and row.sequence is not None
        if row.log_id <= relayed and not restored.is_topic_wiped
    )
    return RestoreMade(
        restored.service, epoch, restored.backed_up_at, restored.opened_at, restored.kept_log_id, rows, in_topic, restored.forgotten_keys
    )


def _events_after(store: PostgresStore, log_id: int) -> list[EventRow]:
    rows: list[EventRow] = []
    while page := store.events_after(rows[-1].log_id if rows else log_id, PAGE_EVENTS):
        rows += page
    return rows
