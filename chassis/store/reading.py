"""The reader's side of the store on PostgreSQL: one short query per method, on a small pool, from any thread."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from chassis.store.asking import RECOVERY
from chassis.store.columns import (
    EVENT,
    INBOX,
    INDEX_ROW,
    INTENT,
    PARKED,
    PUBLIC,
    TIMER,
    VAULT,
    inbox_row,
    intent_row,
    parked_row,
    timer_row,
)
from chassis.store.exchange import LOOK_LIMIT
from chassis.store.pool import Pool
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
from contracts.envelope import SLOT_COUNT

# The outer LIMIT stops reading after a page of rows, slot by slot; only then are their bytes added up.
FEED = f"""
    SELECT {PUBLIC} FROM (
        SELECT page.*, row_number() OVER pages AS number,
            sum(octet_length(headers) + octet_length(value)) OVER pages AS size
        FROM (
            SELECT found.* FROM unnest(%b::int2[], %b::int8[]) AS given (slot, sequence) CROSS JOIN LATERAL (
                SELECT {PUBLIC} FROM event WHERE event.slot = given.slot AND event.sequence > given.sequence
                ORDER BY event.sequence LIMIT {FEED_LIMIT}
            ) AS found LIMIT {FEED_LIMIT}
        ) AS page
        WINDOW pages AS (ORDER BY slot, sequence)
    ) AS sized WHERE size <= %s OR number = 1 ORDER BY slot, sequence
"""
DUE_INTENTS = f"""
    (SELECT {INTENT.listed} FROM intent WHERE status = 'pending' AND due_at <= %s AND target <> ALL(%s::text[])
        ORDER BY due_at, key LIMIT %s)
    UNION ALL
    (SELECT {INTENT.listed} FROM intent WHERE status = 'unknown' AND due_at <= %s AND target <> ALL(%s::text[])
        ORDER BY due_at, key LIMIT %s)
    UNION ALL
    (SELECT {INTENT.listed} FROM intent WHERE status = 'started' AND deadline < %s
        ORDER BY due_at, key LIMIT %s)
    ORDER BY due_at, key LIMIT %s
"""
PRUNE_INTENTS = """
    DELETE FROM intent WHERE status IN ('confirmed', 'refused', 'absent', 'withdrawn')
    AND greatest(created_at, due_at, deadline) < %s
"""


class PostgresReader:
    """The reader port over a pool that the caller owns."""

    def __init__(self, pool: Pool, shard: int = 0) -> None:
        self._pool = pool
        self._shard = shard

    def writer_address(self) -> str | None:
        row = self._pool.row("SELECT address FROM generation WHERE shard = %s", self._shard)
        return str(row[0]) if row else None

    def relayed(self) -> int:
        row = self._pool.row("SELECT log_id FROM relay WHERE shard = %s", self._shard)
        return int(row[0]) if row else 0

    def public_after(self, log_id: int, limit: int) -> list[PublicRow]:
        query = f"SELECT {PUBLIC} FROM event WHERE slot IS NOT NULL AND log_id > %s ORDER BY log_id LIMIT %s"
        return [PublicRow._make(row) for row in self._pool.rows(query, log_id, limit)]

    def last_log_id(self) -> int:
        row = self._pool.row("SELECT max(log_id) FROM event")
        return int(row[0] or 0) if row else 0

    def events_after(self, log_id: int, limit: int) -> list[EventRow]:
        return self._events("log_id > %s ORDER BY log_id LIMIT %s", log_id, limit)

    def feed(self, wants: Mapping[int, int], max_bytes: int) -> list[PublicRow]:
        if not wants:
            return []
        slots, sequences = map(list, zip(*sorted(wants.items()), strict=True))
        return [PublicRow._make(row) for row in self._pool.rows(FEED, slots, sequences, max_bytes)]

    def slot_heads(self) -> tuple[int, list[int]]:
        rows = self._pool.rows("SELECT epoch, slot, sequence FROM slot_head CROSS JOIN meta")
        heads = [0] * SLOT_COUNT
        for _, slot, sequence in rows:
            heads[slot] = sequence
        return rows[0][0], heads

    def forks(self) -> list[Fork]:
        return [Fork._make(row) for row in self._pool.rows("SELECT epoch, slot, sequence FROM fork ORDER BY 1, 2")]

    def recovery(self) -> Recovery | None:
        row = self._pool.row(RECOVERY)
        return Recovery._make(row) if row else None

    def lost(self, limit: int) -> list[ParkedRow]:
        query = f"SELECT {PARKED.listed} FROM parked WHERE what IN ('{LOST}', '{UNREAD}', '{PHANTOMS}')"
        return [parked_row(row) for row in self._pool.rows(f"{query} ORDER BY parked_id LIMIT %s", limit)]

    def positions(self) -> dict[tuple[str, int], Position]:
        rows = self._pool.rows("SELECT source, slot, epoch, sequence FROM position")
        return {(source, slot): Position(epoch, sequence) for source, slot, epoch, sequence in rows}

    def due_timers(self, now: datetime, limit: int) -> list[TimerRow]:
        query = f"SELECT {TIMER.listed} FROM timer WHERE due_at <= %s"
        order = "ORDER BY due_at, stream_id, name, version LIMIT %s"
        return [timer_row(row) for row in self._pool.rows(f"{query} {order}", now, limit)]

    def oldest_timer(self) -> datetime | None:
        row = self._pool.row("SELECT min(due_at) FROM timer")
        return row[0] if row else None

    def due_intents(
        self,
        now: datetime,
        started_before: datetime,
        limit: int,
        *,
        no_start: Collection[str] = (),
        no_ask: Collection[str] = (),
    ) -> list[IntentRow]:
        pending, unknown = (now, list(no_start), limit), (now, list(no_ask), limit)
        rows = self._pool.rows(DUE_INTENTS, *pending, *unknown, started_before, limit, limit)
        return [intent_row(row) for row in rows]

    def intents(self, statuses: Iterable[IntentStatus], limit: int) -> list[IntentRow]:
        query = f"SELECT {INTENT.listed} FROM intent WHERE status = ANY(%s::text[]) ORDER BY due_at, key LIMIT %s"
        rows = self._pool.rows(query, [status.value for status in statuses], limit)
        return [intent_row(row) for row in rows]

    def stream(self, stream_id: UUID, up_to_version: int | None = None) -> list[EventRow]:
        if up_to_version is None:
            return self._events("stream_id = %s ORDER BY version", stream_id)
        return self._events("stream_id = %s AND version <= %s ORDER BY version", stream_id, up_to_version)

    def subject_events(self, shop_id: str, subject: str) -> list[EventRow]:
        return self._events("shop_id = %s AND subject = %s ORDER BY log_id", shop_id, subject)

    def index_rows(self, index: str, key: str | None = None, limit: int = LOOK_LIMIT) -> list[IndexRow]:
        query = f"SELECT {INDEX_ROW.listed} FROM index_row WHERE index = %s"
        order = "ORDER BY key, rank, row_id LIMIT %s"
        if key is None:
            rows = self._pool.rows(f"{query} {order}", index, limit)
        else:
            rows = self._pool.rows(f"{query} AND key = %s {order}", index, key, limit)
        return [IndexRow._make(row) for row in rows]

    def inbox(self, key: InboxKey) -> InboxRow | None:
        query = f"SELECT {INBOX.listed} FROM inbox WHERE principal = %s AND route = %s AND key = %s"
        row = self._pool.row(query, *key)
        return inbox_row(row) if row else None

    def parked(self, status: ParkedStatus | None, limit: int) -> list[ParkedRow]:
        query = f"SELECT {PARKED.listed} FROM parked"
        if status is None:
            rows = self._pool.rows(f"{query} ORDER BY parked_id LIMIT %s", limit)
        else:
            rows = self._pool.rows(f"{query} WHERE status = %s ORDER BY parked_id LIMIT %s", status.value, limit)
        return [parked_row(row) for row in rows]

    def parked_row(self, parked_id: int) -> ParkedRow | None:
        row = self._pool.row(f"SELECT {PARKED.listed} FROM parked WHERE parked_id = %s", parked_id)
        return parked_row(row) if row else None

    def vault(self, references: Sequence[str]) -> list[VaultRow]:
        query = f"SELECT {VAULT.listed} FROM vault WHERE reference = ANY(%s::text[]) ORDER BY reference"
        return [VaultRow._make(row) for row in self._pool.rows(query, list(references))]

    def data_key(self, shop_id: str, version: int | None) -> tuple[int, bytes] | None:
        query = "SELECT version, wrapped FROM data_key WHERE shop_id = %s"
        if version is None:
            row = self._pool.row(f"{query} ORDER BY version DESC LIMIT 1", shop_id)
        else:
            row = self._pool.row(f"{query} AND version = %s", shop_id, version)
        return (row[0], row[1]) if row else None

    def put_data_key(self, shop_id: str, version: int, wrapped: bytes) -> None:
        with self._pool.connection() as connection:
            connection.execute("INSERT INTO data_key VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", [shop_id, version, wrapped])

    def prune(self, now: datetime) -> int:
        with self._pool.connection() as connection:
            inbox = connection.execute("DELETE FROM inbox WHERE at < %s", [now - INBOX_KEPT])
            intents = connection.execute(PRUNE_INTENTS, [now - INTENTS_KEPT])
            return inbox.rowcount + intents.rowcount

    def _events(self, condition: str, *parameters: object) -> list[EventRow]:
        rows = self._pool.rows(f"SELECT {EVENT.listed} FROM event WHERE {condition}", *parameters)
        return [EventRow._make(row) for row in rows]
