"""What a group writes, as statements in the order that `Batch` tells.

Changes come first and each may say how many rows it must meet; then the inserts. A long insert is a binary COPY (about a
third of the client's work that arrays take), a short one an INSERT from arrays, which can share a round trip.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from chassis.store.columns import (
    EVENT,
    INBOX,
    INDEX_ROW,
    INTENT,
    PARKED,
    POSITION,
    TIMER,
    VAULT,
    Columns,
    Table,
    inbox_columns,
    intent_columns,
    parked_columns,
    timer_columns,
)
from chassis.store.exchange import Batch
from chassis.store.probing import places_by


@dataclass(frozen=True, slots=True)
class Change:
    """A statement and its parameters; `constraint` is broken unless it meets exactly `row_count` rows."""

    query: str
    parameters: list[Any]
    row_count: int | None = None
    constraint: str = ""


@dataclass(frozen=True, slots=True)
class Insert:
    table: Table
    rows: Collection[Columns]


SLOT_HEADS = """
    UPDATE slot_head SET sequence = given.sequence
    FROM unnest(%b::int2[], %b::int8[]) AS given (slot, sequence) WHERE slot_head.slot = given.slot
"""
POSITIONS = f"""
    {POSITION.insert} ON CONFLICT (source, slot) DO UPDATE SET epoch = excluded.epoch, sequence = excluded.sequence
"""
_TIMERS_DONE = places_by(
    "unnest(%b::uuid[], %b::text[], %b::int4[]) AS given (stream_id, name, version)",
    "timer WHERE timer.stream_id = given.stream_id AND timer.name = given.name AND timer.version = given.version",
)
TIMERS_DONE = f"DELETE FROM timer WHERE ctid = ANY(ARRAY({_TIMERS_DONE}))"
_TIMERS_CANCELLED = places_by(
    "unnest(%b::uuid[], %b::text[]) AS given (stream_id, name)",
    "timer WHERE timer.stream_id = given.stream_id AND timer.name = given.name",
)
TIMERS_CANCELLED = f"DELETE FROM timer WHERE ctid = ANY(ARRAY({_TIMERS_CANCELLED}))"
_INTENT_SET = ", ".join(f"{name} = changed.{name}" for name in INTENT.columns[1:])
_INTENT_KEYS = "intent WHERE intent.key = given.key"
_INTENTS_CHANGED = places_by(INTENT.unnested, _INTENT_KEYS, wanted="given.*")
INTENTS_CHANGED = f"UPDATE intent SET {_INTENT_SET} FROM ({_INTENTS_CHANGED}) AS changed WHERE intent.ctid = changed.place"
_INTENT_REARMED = ", ".join(f"{name} = {0 if name == 'asked' else f'excluded.{name}'}" for name in INTENT.columns[1:] if name != "attempt")
INTENTS_NEW = f"""
    {INTENT.insert} ON CONFLICT (key) DO UPDATE SET {_INTENT_REARMED} WHERE intent.status IN ('refused', 'absent')
"""
_INTENTS_WITHDRAWN = places_by("unnest(%b::text[]) AS given (key)", _INTENT_KEYS, only="found.status = 'pending'")
INTENTS_WITHDRAWN = f"UPDATE intent SET status = 'withdrawn' WHERE ctid = ANY(ARRAY({_INTENTS_WITHDRAWN}))"
_INTENTS_HASTENED = places_by(
    "unnest(%b::text[], %b::timestamptz[]) AS given (key, due_at)",
    _INTENT_KEYS,
    wanted="given.due_at",
    only="found.status IN ('pending', 'unknown') AND found.due_at > given.due_at",
)
INTENTS_HASTENED = f"UPDATE intent SET due_at = hastened.due_at FROM ({_INTENTS_HASTENED}) AS hastened WHERE intent.ctid = hastened.place"
_INDEX_DROPPED = places_by(
    "unnest(%b::text[], %b::text[]) AS given (index, row_id)",
    "index_row WHERE index_row.index = given.index AND index_row.row_id = given.row_id",
)
INDEX_DROPPED = f"DELETE FROM index_row WHERE ctid = ANY(ARRAY({_INDEX_DROPPED}))"
_PARKED_KEYS = "parked WHERE parked.parked_id = given.parked_id"
_PARKED_AWAITS = places_by("unnest(%b::int8[], %b::uuid[]) AS given (parked_id, awaits)", _PARKED_KEYS, wanted="given.awaits")
PARKED_AWAITS = f"""
    UPDATE parked SET reason = 'early', awaits = early.awaits FROM ({_PARKED_AWAITS}) AS early WHERE parked.ctid = early.place
"""
_PARKED_DONE = places_by(
    "unnest(%b::int8[], %b::text[]) AS given (parked_id, status)",
    _PARKED_KEYS,
    wanted="given.status",
    only="found.status = 'waiting'",
)
PARKED_DONE = f"UPDATE parked SET status = done.status FROM ({_PARKED_DONE}) AS done WHERE parked.ctid = done.place"


def changes(batch: Batch) -> Iterator[Change]:
    """All that is not a plain insert, in order."""
    if batch.slot_heads:
        yield Change(SLOT_HEADS, _arrays(batch.slot_heads.items()))
    if batch.positions:
        yield Change(POSITIONS, _arrays([(*key, *position) for key, position in batch.positions.items()]))
    yield from _timer_changes(batch)
    yield from _intent_changes(batch)
    if batch.index_dropped:
        yield Change(INDEX_DROPPED, _arrays(batch.index_dropped), len(batch.index_dropped), "index_dropped")


def inserts(batch: Batch) -> list[Insert]:
    """The plain inserts that have rows."""
    every = [
        Insert(EVENT, batch.events),
        Insert(INBOX, [inbox_columns(row) for row in batch.inbox]),
        Insert(TIMER, [timer_columns(row) for row in batch.timers_set.values()]),
        Insert(INDEX_ROW, batch.index_put.values()),
        Insert(PARKED, [parked_columns(row) for row in batch.parked_new]),
        Insert(VAULT, batch.vault),
    ]
    return [insert for insert in every if insert.rows]


def last_changes(batch: Batch) -> Iterator[Change]:
    """What may also meet rows that this very batch inserted."""
    if batch.parked_awaits:
        yield Change(PARKED_AWAITS, _arrays(batch.parked_awaits.items()))
    if batch.parked_done:
        done = [(parked_id, status.value) for parked_id, status in batch.parked_done.items()]
        yield Change(PARKED_DONE, _arrays(done), len(done), "parked_done")
    if batch.recovery_released_at is not None:
        yield Change("UPDATE recovery SET released_at = %s WHERE released_at IS NULL", [batch.recovery_released_at])


def as_change(insert: Insert) -> Change:
    """The insert as one statement over arrays."""
    return Change(insert.table.insert, _arrays(insert.rows))


def _timer_changes(batch: Batch) -> Iterator[Change]:
    if batch.timers_done:
        yield Change(TIMERS_DONE, _arrays(batch.timers_done), len(batch.timers_done), "timer_done")
    if batch.timers_cancelled:
        yield Change(TIMERS_CANCELLED, _arrays(batch.timers_cancelled))


def _intent_changes(batch: Batch) -> Iterator[Change]:
    if batch.intents_changed:
        changed = [intent_columns(row) for row in batch.intents_changed.values()]
        yield Change(INTENTS_CHANGED, _arrays(changed), len(changed), "intent_changed")
    if batch.intents_new:
        new = [intent_columns(row) for row in batch.intents_new.values()]
        yield Change(INTENTS_NEW, _arrays(new), len(new), "intent_pkey")
    if batch.intents_withdrawn:
        yield Change(INTENTS_WITHDRAWN, [list(batch.intents_withdrawn)])
    if batch.intents_hastened:
        yield Change(INTENTS_HASTENED, _arrays(batch.intents_hastened.items()))


def _arrays(rows: Collection[Columns]) -> list[Any]:
    return [list(column) for column in zip(*rows, strict=True)]
