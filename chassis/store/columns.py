"""How rows become columns and back: one `Table` per table that a group inserts into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from chassis.store.rows import (
    EventRow,
    InboxKey,
    InboxRow,
    IndexRow,
    IntentRow,
    IntentStatus,
    ParkedReason,
    ParkedRow,
    ParkedStatus,
    PublicRow,
    TimerKey,
    TimerRow,
    VaultRow,
)

Columns = Sequence[Any]
"""One row as psycopg takes and gives it."""


@dataclass(frozen=True)
class Table:
    """A table's name, its columns and their types, both in order."""

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]

    @cached_property
    def listed(self) -> str:
        return ", ".join(self.columns)

    @cached_property
    def unnested(self) -> str:
        """A row source `given` with the table's columns, of one array parameter per column."""
        arrays = ", ".join(f"%b::{each}[]" for each in self.types)
        return f"unnest({arrays}) AS given ({self.listed})"

    @cached_property
    def insert(self) -> str:
        return f"INSERT INTO {self.name} ({self.listed}) SELECT * FROM {self.unnested}"

    @cached_property
    def copy(self) -> str:
        return f"COPY {self.name} ({self.listed}) FROM STDIN (FORMAT binary)"


def table(name: str, fields: Sequence[str], types: str) -> Table:
    made = Table(name, tuple(fields), tuple(types.split()))
    assert len(made.columns) == len(made.types), name
    return made


EVENT = table(
    "event",
    EventRow._fields,
    "int8 uuid int4 text text text timestamptz bytea text text text int2 int8 int4 text text bytea bytea",
)
INBOX = table("inbox", InboxKey._fields + InboxRow._fields[1:], "text text text bytea int4 bytea timestamptz")
TIMER = table("timer", TimerKey._fields + TimerRow._fields[1:], "uuid text int4 timestamptz bytea text text text")
INTENT = table(
    "intent",
    IntentRow._fields,
    "text text text text bytea text int4 int4 text timestamptz timestamptz text text timestamptz",
)
INDEX_ROW = table("index_row", IndexRow._fields, "text text text int8 uuid text")
PARKED = table(
    "parked",
    ParkedRow._fields,
    "int8 text text text int2 int4 int8 text text uuid text bytea timestamptz text",
)
VAULT = table("vault", VaultRow._fields, "text text text text int4 bytea timestamptz")
POSITION = table("position", ("source", "slot", "epoch", "sequence"), "text int2 int4 int8")
PUBLIC = ", ".join(PublicRow._fields)


def inbox_columns(row: InboxRow) -> Columns:
    return (*row.key, *row[1:])


def inbox_row(columns: Columns) -> InboxRow:
    return InboxRow(InboxKey(*columns[:3]), *columns[3:])


def timer_columns(row: TimerRow) -> Columns:
    return (*row.key, *row[1:])


def timer_row(columns: Columns) -> TimerRow:
    return TimerRow(TimerKey(*columns[:3]), *columns[3:])


def intent_columns(row: IntentRow) -> Columns:
    return (*row[:5], row.status.value, *row[6:])


def intent_row(columns: Columns) -> IntentRow:
    return IntentRow._make((*columns[:5], IntentStatus(columns[5]), *columns[6:]))


def parked_columns(row: ParkedRow) -> Columns:
    return (*row[:8], row.reason.value, *row[9:13], row.status.value)


def parked_row(columns: Columns) -> ParkedRow:
    return ParkedRow._make((*columns[:8], ParkedReason(columns[8]), *columns[9:13], ParkedStatus(columns[13])))
