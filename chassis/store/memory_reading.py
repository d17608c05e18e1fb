"""The read side of the store in memory: every method of the reader and the view port, over `Tables`."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from uuid import UUID

from chassis.store.exchange import LOOK_LIMIT
from chassis.store.memory_tables import Tables, View, after
from chassis.store.port import FEED_LIMIT, INBOX_KEPT, INTENTS_KEPT
from chassis.store.rows import (
    LOST,
    PHANTOMS,
    UNREAD,
    EventRow,
    Fork,
    InboxKey,
    InboxRow,
    IndexRow,
    IntentRow,
    IntentStatus,
    ParkedRow,
    ParkedStatus,
    Position,
    PublicRow,
    Recovery,
    TimerRow,
    VaultRow,
)

DONE_STATUSES = frozenset({IntentStatus.CONFIRMED, IntentStatus.REFUSED, IntentStatus.ABSENT, IntentStatus.WITHDRAWN})


class MemoryReading:
    """Reads (and prunes) the tables; the class derived from it says how to open them."""

    def _open(self) -> AbstractContextManager[Tables]:
        """The tables, held still until closed; raises StoreAway."""
        raise NotImplementedError

    def relayed(self) -> int:
        with self._open() as tables:
            return tables.relayed

    def public_after(self, log_id: int, limit: int) -> list[PublicRow]:
        with self._open() as tables:
            return [public_row(event) for event in after(tables.public, log_id, limit)]

    def last_log_id(self) -> int:
        with self._open() as tables:
            return tables.last_log_id()

    def events_after(self, log_id: int, limit: int) -> list[EventRow]:
        with self._open() as tables:
            return after(tables.events, log_id, limit)

    def feed(self, wants: Mapping[int, int], max_bytes: int) -> list[PublicRow]:
        page: list[PublicRow] = []
        size = 0
        with self._open() as tables:
            for slot, sequence in sorted(wants.items()):
                rows = tables.slots.get(slot, [])
                for event in rows[bisect_right(rows, sequence, key=_sequence) :]:
                    row = public_row(event)
                    size += len(row.headers) + len(row.value)
                    if page and (size > max_bytes or len(page) == FEED_LIMIT):
                        return page
                    page.append(row)
        return page

    def slot_heads(self) -> tuple[int, list[int]]:
        with self._open() as tables:
            return tables.epoch, list(tables.slot_heads)

    def forks(self) -> list[Fork]:
        with self._open() as tables:
            return sorted(tables.forks)

    def recovery(self) -> Recovery | None:
        with self._open() as tables:
            return tables.recovery

    def lost(self, limit: int) -> list[ParkedRow]:
        with self._open() as tables:
            return [row for _, row in sorted(tables.parked.items()) if row.what in (LOST, UNREAD, PHANTOMS)][:limit]

    def positions(self) -> dict[tuple[str, int], Position]:
        with self._open() as tables:
            return dict(tables.positions)

    def due_timers(self, now: datetime, limit: int) -> list[TimerRow]:
        with self._open() as tables:
            due = [key for due_at, key in tables.timers_due[:limit] if due_at <= now]
            return [tables.timers[key] for key in due]

    def oldest_timer(self) -> datetime | None:
        with self._open() as tables:
            return tables.timers_due[0][0] if tables.timers_due else None

    def due_intents(
        self,
        now: datetime,
        started_before: datetime,
        limit: int,
        *,
        no_start: Collection[str] = (),
        no_ask: Collection[str] = (),
    ) -> list[IntentRow]:
        with self._open() as tables:
            rows = [tables.intents[key] for key in tables.open_intents]
        passed_over = {IntentStatus.PENDING: no_start, IntentStatus.UNKNOWN: no_ask}
        due = [row for row in rows if _is_due(row, now, started_before) and row.target not in passed_over.get(row.status, ())]
        return sorted(due, key=lambda row: (row.due_at, row.key))[:limit]

    def intents(self, statuses: Iterable[IntentStatus], limit: int) -> list[IntentRow]:
        wanted = set(statuses)
        with self._open() as tables:
            rows = [row for row in tables.intents.values() if row.status in wanted]
        return sorted(rows, key=lambda row: (row.due_at, row.key))[:limit]

    def stream(self, stream_id: UUID, up_to_version: int | None = None) -> list[EventRow]:
        with self._open() as tables:
            rows = tables.streams.get(stream_id, [])
            return [row for row in rows if up_to_version is None or row.version <= up_to_version]

    def subject_events(self, shop_id: str, subject: str) -> list[EventRow]:
        with self._open() as tables:
            return list(tables.subjects.get((shop_id, subject), ()))

    def index_rows(self, index: str, key: str | None = None, limit: int = LOOK_LIMIT) -> list[IndexRow]:
        with self._open() as tables:
            if key is not None:
                return tables.index_rows(index, key, limit)
            keys = tables.index_keys(index)
            return [row for each in keys for row in tables.index_rows(index, each, limit)][:limit]

    def inbox(self, key: InboxKey) -> InboxRow | None:
        with self._open() as tables:
            return tables.inbox.get(key)

    def parked(self, status: ParkedStatus | None, limit: int) -> list[ParkedRow]:
        with self._open() as tables:
            rows = [row for _, row in sorted(tables.parked.items()) if status is None or row.status is status]
            return rows[:limit]

    def parked_row(self, parked_id: int) -> ParkedRow | None:
        with self._open() as tables:
            return tables.parked.get(parked_id)

    def vault(self, references: Sequence[str]) -> list[VaultRow]:
        with self._open() as tables:
            return [tables.vault[each] for each in sorted(set(references)) if each in tables.vault]

    def data_key(self, shop_id: str, version: int | None) -> tuple[int, bytes] | None:
        with self._open() as tables:
            versions = tables.data_keys.get(shop_id, {})
            wanted = max(versions, default=0) if version is None else version
            return (wanted, versions[wanted]) if wanted in versions else None

    def put_data_key(self, shop_id: str, version: int, wrapped: bytes) -> None:
        with self._open() as tables:
            tables.data_keys.setdefault(shop_id, {}).setdefault(version, wrapped)

    def prune(self, now: datetime) -> int:
        with self._open() as tables:
            inbox = [key for key, row in tables.inbox.items() if row.at < now - INBOX_KEPT]
            intents = [key for key, row in tables.intents.items() if row.status in DONE_STATUSES and _last_moment(row) < now - INTENTS_KEPT]
            for key in inbox:
                del tables.inbox[key]
            for intent_key in intents:
                del tables.intents[intent_key]
            return len(inbox) + len(intents)

    def view_position(self, view: str) -> int:
        with self._open() as tables:
            return tables.views.get(view, View()).position

    def fold_view(self, view: str, seen: int, position: int, puts: Mapping[str, tuple[str, bytes] | None]) -> bool:
        with self._open() as tables:
            table = tables.views.setdefault(view, View())
            if table.position != seen:
                return False
            table.position = position
            for row_id, put in puts.items():
                if put is None:
                    table.rows.pop(row_id, None)
                else:
                    table.rows[row_id] = put
            return True

    def view_row(self, view: str, row_id: str) -> tuple[str, bytes] | None:
        with self._open() as tables:
            return tables.views.get(view, View()).rows.get(row_id)

    def view_rows_of(self, view: str, row_ids: Collection[str]) -> dict[str, tuple[str, bytes]]:
        with self._open() as tables:
            rows = tables.views.get(view, View()).rows
            return {row_id: rows[row_id] for row_id in row_ids if row_id in rows}

    def view_rows(self, view: str, prefix: str = "", limit: int = 100, below: str | None = None) -> list[tuple[str, bytes]]:
        with self._open() as tables:
            rows = tables.views.get(view, View()).rows
            wanted = [
                (sort, row_id, data) for row_id, (sort, data) in rows.items() if sort.startswith(prefix) and (below is None or sort < below)
            ]
        return [(row_id, data) for _, row_id, data in sorted(wanted, reverse=True)[:limit]]

    def drop_view(self, view: str) -> None:
        with self._open() as tables:
            tables.views.pop(view, None)


def public_row(event: EventRow) -> PublicRow:
    """The public columns of a published event."""
    assert event.slot is not None
    assert event.sequence is not None
    assert event.epoch is not None
    assert event.partition_key is not None
    assert event.headers is not None
    assert event.value is not None
    return PublicRow(event.log_id, event.slot, event.sequence, event.epoch, event.partition_key, event.headers, event.value)


def _sequence(event: EventRow) -> int:
    return event.sequence or 0


def _is_due(row: IntentRow, now: datetime, started_before: datetime) -> bool:
    if row.status is IntentStatus.STARTED:
        return row.deadline is not None and row.deadline < started_before
    return row.due_at <= now


def _last_moment(row: IntentRow) -> datetime:
    return max(row.created_at, row.due_at, row.deadline or row.due_at)
