"""The reads inside a group: each function queues its statements on the connection and returns what reads the answers.

Called inside a pipeline, so that all questions of a step travel together; the answer is read after it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any
from uuid import UUID

from psycopg import Connection, Cursor

from chassis.store.columns import INBOX, INDEX_ROW, INTENT, PARKED, inbox_row, intent_row, parked_row
from chassis.store.exchange import LOOK_LIMIT, Fetched, Heads, MarkNeeds, Marks, Needs
from chassis.store.probing import found_by
from chassis.store.rows import LOST, IndexRow, Position, Recovery, StoredEvent, TimerKey
from contracts.envelope import SLOT_COUNT

POSITIONS = found_by(
    "unnest(%b::text[], %b::int2[]) AS given (source, slot)",
    "source, slot, epoch, sequence",
    "position WHERE position.source = given.source AND position.slot = given.slot",
)
INBOX_ROWS = found_by(
    "unnest(%b::text[], %b::text[], %b::text[]) AS given (principal, route, key)",
    INBOX.listed,
    "inbox WHERE inbox.principal = given.principal AND inbox.route = given.route AND inbox.key = given.key",
)
TIMERS = found_by(
    "unnest(%b::uuid[], %b::text[], %b::int4[]) AS given (stream_id, name, version)",
    "stream_id, name, version, due_at, causation_id",
    "timer WHERE timer.stream_id = given.stream_id AND timer.name = given.name AND timer.version = given.version",
)
INTENTS = f"SELECT {INTENT.listed} FROM intent WHERE key = ANY(%b::text[])"
PARKED_ROWS = f"SELECT {PARKED.listed} FROM parked WHERE parked_id = ANY(%b::int8[])"

LAST_IDS = """
    SELECT coalesce((SELECT max(log_id) FROM event), 0), epoch, coalesce((SELECT max(parked_id) FROM parked), 0)
    FROM meta
"""
SLOT_HEADS = "SELECT slot, sequence FROM slot_head"
WAITING = "SELECT parked_id, what, source, stream, awaits FROM parked WHERE status = 'waiting' ORDER BY parked_id"
RECOVERY = "SELECT epoch, opened_at, attempts_end_at, released_at FROM recovery ORDER BY epoch DESC LIMIT 1"

INDEX_ROWS = f"""
    SELECT found.*
    FROM unnest(%b::text[], %b::text[], %b::int8[]) AS given (index, key, count)
    CROSS JOIN LATERAL (
        SELECT {INDEX_ROW.listed} FROM index_row
        WHERE index_row.index = given.index AND index_row.key = given.key
        ORDER BY rank, row_id LIMIT given.count
    ) AS found
    ORDER BY index, key, rank, row_id
"""
CLAIMED = """
    SELECT found.stream_id
    FROM unnest(%b::text[], %b::text[], %b::int8[]) AS given (index, key, count)
    CROSS JOIN LATERAL (
        SELECT stream_id FROM index_row
        WHERE index_row.index = given.index AND index_row.key = given.key
        ORDER BY rank, row_id LIMIT given.count
    ) AS found
"""
_STORED = ", ".join(StoredEvent._fields)
STREAMS = f"SELECT {_STORED} FROM event WHERE stream_id = ANY(%b::uuid[]) ORDER BY stream_id, version"
CLAIMED_STREAMS = f"SELECT {_STORED} FROM event WHERE stream_id = ANY(ARRAY({CLAIMED})) ORDER BY stream_id, version"

Answer = Cursor[tuple[Any, ...]]


def ask_marks(connection: Connection, needs: MarkNeeds) -> Callable[[], Marks]:
    positions = _ask(connection, POSITIONS, needs.positions)
    inbox = _ask(connection, INBOX_ROWS, needs.inbox)
    timers = _ask(connection, TIMERS, needs.timers)
    intents = _ask(connection, INTENTS, [(key,) for key in needs.intents])
    streams = _ask(connection, STREAMS, [(stream,) for stream in needs.streams])
    heads = ask_heads(connection) if needs.has_heads else None

    def read() -> Marks:
        marks = Marks(heads=heads() if heads else None)
        marks.streams = _none(needs.streams) | _by_stream(_rows(streams))
        for source, slot, epoch, sequence in _rows(positions):
            marks.positions[source, slot] = Position(epoch, sequence)
        for row in map(inbox_row, _rows(inbox)):
            marks.inbox[row.key] = row
        marks.timers.update((TimerKey(*key), (due_at, cause)) for *key, due_at, cause in _rows(timers))
        for intent in map(intent_row, _rows(intents)):
            marks.intents[intent.key] = intent
        return marks

    return read


def ask_heads(connection: Connection) -> Callable[[], Heads]:
    last_ids = connection.execute(LAST_IDS)
    slot_heads = connection.execute(SLOT_HEADS)
    waiting = connection.execute(WAITING)
    recovery = connection.execute(RECOVERY)

    def read() -> Heads:
        ((log_id, epoch, last_parked_id),) = last_ids.fetchall()
        heads = Heads(log_id, epoch, [0] * SLOT_COUNT, {}, {}, last_parked_id)
        for slot, sequence in slot_heads:
            heads.sequences[slot] = sequence
        heads.recovery = next(map(Recovery._make, recovery), None)
        for parked_id, what, source, stream, awaits in waiting:
            if what == LOST:
                heads.lost.append(parked_id)
            if stream:
                heads.parked_streams.setdefault((source, stream), []).append(parked_id)
            if awaits is not None:
                heads.early.setdefault(awaits, []).append(parked_id)
        return heads

    return read


def ask_needs(connection: Connection, needs: Needs) -> Callable[[], Fetched]:
    parked = _ask(connection, PARKED_ROWS, [(parked_id,) for parked_id in needs.parked])
    looks = _ask(connection, INDEX_ROWS, [(*look, LOOK_LIMIT) for look in needs.looks])
    counted = [(*claim, count) for claim, count in needs.claims.items()]
    claims = _ask(connection, INDEX_ROWS, counted)
    streams = _ask(connection, STREAMS, [(stream,) for stream in needs.streams])
    claimed = _ask(connection, CLAIMED_STREAMS, counted)

    def read() -> Fetched:
        fetched = Fetched(
            parked={row.parked_id: row for row in map(parked_row, _rows(parked))},
            looks=_by_key(needs.looks, _rows(looks)),
            claims=_by_key(needs.claims, _rows(claims)),
        )
        wanted = needs.streams | {row.stream_id for rows in fetched.claims.values() for row in rows}
        fetched.streams = _none(wanted) | _by_stream(_rows(streams)) | _by_stream(_rows(claimed))
        return fetched

    return read


def _ask(connection: Connection, query: str, keys: Collection[tuple[object, ...]]) -> Answer | None:
    """Ask for the rows of these keys, one array parameter per part of the key; None when there is no key."""
    if not keys:
        return None
    return connection.execute(query, [list(part) for part in zip(*keys, strict=True)], binary=True)


def _rows(answer: Answer | None) -> Iterable[tuple[Any, ...]]:
    return answer.fetchall() if answer else ()


def _by_key(asked: Iterable[tuple[str, str]], rows: Iterable[tuple[Any, ...]]) -> dict[tuple[str, str], list[IndexRow]]:
    found: dict[tuple[str, str], list[IndexRow]] = {key: [] for key in asked}
    for row in map(IndexRow._make, rows):
        found[row.index, row.key].append(row)
    return found


def _none(streams: Iterable[UUID]) -> dict[UUID, list[StoredEvent]]:
    return {stream: [] for stream in streams}


def _by_stream(rows: Iterable[tuple[Any, ...]]) -> dict[UUID, list[StoredEvent]]:
    found: dict[UUID, list[StoredEvent]] = {}
    for row in map(StoredEvent._make, rows):
        found.setdefault(row.stream_id, []).append(row)
    return found
