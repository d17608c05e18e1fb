"""The store port: what the committer, the relay, the feed and the desks ask of a service's database.

Two sides. The *writer* side belongs to the one active writer: it is elected, and each group is one
transaction that first takes the shard's lock in a statement of its own, then compares the generation, then
reads what the group needs, and writes and commits once. The *reader* side may be used by anyone, on any
process, at any time.

Both backends (`memory`, `postgres`) pass the same behaviour suite in `tests/chassis/store`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from chassis.store.rows import (
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
    TimerKey,
    TimerRow,
    VaultRow,
)


class GenerationLost(Exception):
    """Another writer was elected: drop all state and stand for election again."""


class GroupAgain(Exception):
    """Deadlock, lock time-out, lost connection or a lost COMMIT answer: run the whole group again, from its
    marks.
    """


class ConstraintBroken(Exception):
    """A unique key, a check or an impossible value refused the group: split it by slot.

    `detail` names the constraint and no value.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class StoreAway(Exception):
    """The database cannot take writes now (no connection, read-only, out of space): nothing was written; try
    later.
    """


class EpochNotOpen(Exception):
    """The database is not the one this epoch was written on (another system identifier or timeline): run the
    restore.
    """


@dataclass(slots=True)
class MarkNeeds:
    """Which marks a group needs read: what its units might already have done."""

    positions: set[tuple[str, int]] = field(default_factory=set)
    inbox: set[InboxKey] = field(default_factory=set)
    timers: set[TimerKey] = field(default_factory=set)
    intents: set[str] = field(default_factory=set)
    has_heads: bool = False
    """True when the heads (log, slots, parked streams) must be read too: at the first group of a generation.
    """


@dataclass(slots=True)
class Heads:
    """Where the numbers stand: last log id, epoch, last sequence of each of the 256 slots."""

    log_id: int
    epoch: int
    sequences: list[int]
    parked_streams: dict[tuple[str, str], list[int]]
    """(source, stream) with waiting parked rows → their ids, in order. Timers and outcomes are parked under
    no stream ("").
    """
    early: dict[UUID, list[int]]
    """Streams of ours awaited by early messages → waiting parked ids, in order."""
    last_parked_id: int


@dataclass(slots=True)
class Marks:
    positions: dict[tuple[str, int], Position] = field(default_factory=dict)
    inbox: dict[InboxKey, InboxRow] = field(default_factory=dict)
    timers: set[TimerKey] = field(default_factory=set)
    intents: dict[str, IntentRow] = field(default_factory=dict)
    heads: Heads | None = None


@dataclass(slots=True)
class Needs:
    """What pure code asked for and did not find in memory."""

    streams: set[UUID] = field(default_factory=set)
    parked: set[int] = field(default_factory=set)
    looks: set[tuple[str, str]] = field(default_factory=set)
    """(index, key): all rows of the key, at most `LOOK_LIMIT`."""
    claims: dict[tuple[str, str], int] = field(default_factory=dict)
    """(index, key) → how many rows, counted from the first; their streams are fetched along."""
    intents: set[str] = field(default_factory=set)
    """Read as marks (`MarkNeeds`), not by `fetch`."""

    def __bool__(self) -> bool:
        return bool(self.streams or self.looks or self.claims or self.parked or self.intents)

    def add(self, other: Needs) -> None:
        self.streams |= other.streams
        self.looks |= other.looks
        self.parked |= other.parked
        self.intents |= other.intents
        for key, count in other.claims.items():
            self.claims[key] = self.claims.get(key, 0) + count


LOOK_LIMIT = 1_000
FEED_LIMIT = 1_000
"""The most records of a page of the feed, whatever their size."""

INBOX_KEPT = timedelta(days=7)
INTENTS_KEPT = timedelta(days=90)
"""How long a done intent is kept after the last moment it names."""


@dataclass(slots=True)
class Fetched:
    streams: dict[UUID, list[EventRow]] = field(default_factory=dict)
    """Every stream asked for or claimed, in version order; empty list: there is none."""
    parked: dict[int, ParkedRow] = field(default_factory=dict)
    looks: dict[tuple[str, str], list[IndexRow]] = field(default_factory=dict)
    claims: dict[tuple[str, str], list[IndexRow]] = field(default_factory=dict)
    """The first rows of the key, in order; fewer than asked for means that there are no more."""


@dataclass(slots=True)
class Batch:
    """All that one group writes. Lists are in order; dicts hold the last word of the group.

    Where parts meet, they apply in the order of the fields: timers are done, cancelled, then set; intents are
    changed, then new, withdrawn, hastened; index rows are dropped, then put.
    """

    events: list[EventRow] = field(default_factory=list)
    slot_heads: dict[int, int] = field(default_factory=dict)
    positions: dict[tuple[str, int], Position] = field(default_factory=dict)
    inbox: list[InboxRow] = field(default_factory=list)
    timers_done: set[TimerKey] = field(default_factory=set)
    """Fired: each must still be there, else ConstraintBroken."""
    timers_cancelled: set[tuple[UUID, str]] = field(default_factory=set)
    """All timers of this aggregate and name that were set before this group."""
    timers_set: dict[TimerKey, TimerRow] = field(default_factory=dict)
    intents_changed: dict[str, IntentRow] = field(default_factory=dict)
    """Each must be there, else ConstraintBroken."""
    intents_new: dict[str, IntentRow] = field(default_factory=dict)
    """Inserted, or armed again where the row is refused or absent (attempt kept, asked 0); any other row:
    ConstraintBroken.
    """
    intents_withdrawn: set[str] = field(default_factory=set)
    """Only where still pending; otherwise nothing happens."""
    intents_hastened: dict[str, datetime] = field(default_factory=dict)
    """Where pending or unknown and due later than this: due then."""
    index_dropped: set[tuple[str, str]] = field(default_factory=set)
    """(index, row_id): each must be there, else ConstraintBroken. Dropped before `index_put` is inserted."""
    index_put: dict[tuple[str, str], IndexRow] = field(default_factory=dict)
    """Inserted; a row that is there already: ConstraintBroken."""
    parked_new: list[ParkedRow] = field(default_factory=list)
    parked_done: dict[int, ParkedStatus] = field(default_factory=dict)
    """Each must be waiting, else ConstraintBroken."""
    vault: list[VaultRow] = field(default_factory=list)

    def is_empty(self) -> bool:
        """Nothing to write."""
        return not any(getattr(self, each.name) for each in fields(self))

    def has_work(self) -> bool:
        """Whether it leaves something to fire, perform or ask."""
        return bool(self.timers_set or self.intents_new or self.intents_changed or self.intents_hastened)


class GroupTransaction(Protocol):
    """One transaction of the active writer: the lock is held and the generation compared before anything is
    believed.

    `marks` and `fetch` raise what `begin` does (a backend may open the transaction with the first of them),
    and the transaction is over then.
    """

    def marks(self, needs: MarkNeeds) -> Marks: ...

    def fetch(self, needs: Needs) -> Fetched: ...

    def write_and_commit(self, batch: Batch) -> None:
        """Write all, then COMMIT; returns only after the COMMIT was received.

        Raises ConstraintBroken, GroupAgain, StoreAway or GenerationLost; in each case the transaction is
        over.
        """

    def rollback(self) -> None: ...


class WriterStore(Protocol):
    """The writer's own connection: holds the session lock while elected."""

    def elect(self, address: str) -> int | None:
        """Stand for election; the generation won, or None when another writer holds the shard.

        Winning raises the generation row, names `address` and this backend in it and ends the predecessor's
        backends. Raises StoreAway or EpochNotOpen.
        """

    def touch(self) -> None:
        """Keep the session lock alive; raises GenerationLost or StoreAway."""

    def mark_relayed(self, log_id: int) -> None:
        """Remember how far the relay got, on the session lock's connection; between groups. Raises what
        `touch` does.
        """

    def begin(self, generation: int) -> GroupTransaction:
        """Open a group; raises GenerationLost, GroupAgain or StoreAway. One at a time, on one thread."""

    def resign(self) -> None:
        """Give the session lock back; never raises."""


class ReaderStore(Protocol):
    """Read side and slow paths. Every method is one short query of its own; all raise StoreAway."""

    def writer_address(self) -> str | None:
        """Where the active writer serves, as named in the generation row."""

    def relayed(self) -> int: ...

    def public_after(self, log_id: int, limit: int) -> list[PublicRow]:
        """Published events after a log id, in order."""

    def last_log_id(self) -> int: ...

    def events_after(self, log_id: int, limit: int) -> list[EventRow]: ...

    def feed(self, wants: Mapping[int, int], max_bytes: int) -> list[PublicRow]:
        """Records after a sequence, slot by slot and in order: at least one, at most `FEED_LIMIT` and about
        `max_bytes`.
        """

    def slot_heads(self) -> tuple[int, list[int]]:
        """Epoch and last sequence of each slot."""

    def forks(self) -> list[Fork]: ...

    def positions(self) -> dict[tuple[str, int], Position]: ...

    def due_timers(self, now: datetime, limit: int) -> list[TimerRow]: ...

    def oldest_timer(self) -> datetime | None: ...

    def due_intents(self, now: datetime, started_before: datetime, limit: int) -> list[IntentRow]:
        """Pending and unknown ones that are due, and started ones whose deadline lies before
        `started_before`; oldest first.
        """

    def intents(self, statuses: Iterable[IntentStatus], limit: int) -> list[IntentRow]: ...

    def stream(self, stream_id: UUID, up_to_version: int | None = None) -> list[EventRow]: ...

    def subject_events(self, shop_id: str, subject: str) -> list[EventRow]:
        """The whole history of an order number in this store, in log order."""

    def index_rows(self, index: str, key: str | None = None, limit: int = LOOK_LIMIT) -> list[IndexRow]: ...

    def inbox(self, key: InboxKey) -> InboxRow | None: ...

    def parked(self, status: ParkedStatus | None, limit: int) -> list[ParkedRow]: ...

    def parked_row(self, parked_id: int) -> ParkedRow | None: ...

    def vault(self, references: Sequence[str]) -> list[VaultRow]: ...

    def data_key(self, shop_id: str, version: int | None) -> tuple[int, bytes] | None:
        """A shop's wrapped data key (the newest for None), or None."""

    def put_data_key(self, shop_id: str, version: int, wrapped: bytes) -> None:
        """First come, first served: does nothing when the version is there already."""

    def prune(self, now: datetime) -> int:
        """Delete inbox rows older than 7 days and done intents older than 90; how many went."""


class ViewStore(Protocol):
    """Tables of views: follow the log, disposable."""

    def view_position(self, view: str) -> int: ...

    def fold_view(self, view: str, seen: int, position: int, puts: Mapping[str, tuple[str, bytes] | None]) -> bool:
        """Write rows (row id → sort key and JSON, None deletes) and move the view's position from `seen`;
        False when it had moved.
        """

    def view_row(self, view: str, row_id: str) -> tuple[str, bytes] | None:
        """Sort key and JSON of one row."""

    def view_rows(self, view: str, prefix: str = "", limit: int = 100) -> list[tuple[str, bytes]]:
        """(row id, JSON) of the rows whose sort key starts with `prefix`, highest sort key first."""

    def drop_view(self, view: str) -> None: ...
