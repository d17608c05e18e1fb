"""The store port: what the committer, the relay, the feed and the desks ask of a service's database.

Two sides. The *writer* side belongs to the one active writer: it is elected, and each group is one
transaction that first takes the shard's lock in a statement of its own, then compares the generation, then
reads what the group needs, and writes and commits once. The *reader* side may be used by anyone, on any
process, at any time.

Both backends (`memory`, `postgres`) pass the same behaviour suite in `tests/chassis/store`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from chassis.store.exchange import LOOK_LIMIT, Batch, Fetched, MarkNeeds, Marks, Needs
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
    Recovery,
    TimerRow,
    VaultRow,
)


class GenerationLost(Exception):
    """Another writer was elected: drop all state and stand for election again."""


class GroupAgain(Exception):
    """Deadlock, lock time-out, lost connection or a lost COMMIT answer: run the whole group again, from its marks."""


class ConstraintBroken(Exception):
    """A unique key, a check or an impossible value refused the group: split it by slot.

    `detail` names the constraint and no value.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class StoreAway(Exception):
    """The database cannot take writes now (no connection, read-only, out of space): nothing was written; try later."""


class EpochNotOpen(Exception):
    """The database is not the one this epoch was written on (another system identifier or timeline): run the restore."""


FEED_LIMIT = 1_000
"""The most records of a page of the feed, whatever their size."""

INBOX_KEPT = timedelta(days=7)
INTENTS_KEPT = timedelta(days=90)
"""How long a done intent is kept after the last moment it names."""


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
        """Remember how far the relay got, on the session lock's connection; between groups. Raises what `touch` does."""

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
        """Records after a sequence, slot by slot and in order: at least one, at most `FEED_LIMIT` and about `max_bytes`."""

    def slot_heads(self) -> tuple[int, list[int]]:
        """Epoch and last sequence of each slot."""

    def forks(self) -> list[Fork]: ...

    def recovery(self) -> Recovery | None:
        """The last restore, released or not."""

    def lost(self, limit: int) -> list[ParkedRow]:
        """What restores lost, here and at our sources, settled or not; oldest first."""

    def positions(self) -> dict[tuple[str, int], Position]: ...

    def due_timers(self, now: datetime, limit: int) -> list[TimerRow]: ...

    def oldest_timer(self) -> datetime | None: ...

    def due_intents(
        self,
        now: datetime,
        started_before: datetime,
        limit: int,
        *,
        no_start: Collection[str] = (),
        no_ask: Collection[str] = (),
    ) -> list[IntentRow]:
        """Pending and unknown ones that are due, and started ones whose deadline lies before `started_before`; oldest first.

        Without the pending ones of the targets `no_start`, and the unknown ones of `no_ask`.
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
        """Write rows (row id → sort key and JSON, None deletes) and move the view's position from `seen`; False when it had moved."""

    def view_row(self, view: str, row_id: str) -> tuple[str, bytes] | None:
        """Sort key and JSON of one row."""

    def view_rows_of(self, view: str, row_ids: Collection[str]) -> dict[str, tuple[str, bytes]]:
        """Row id → sort key and JSON of those of these rows that there are."""

    def view_rows(self, view: str, prefix: str = "", limit: int = 100, below: str | None = None) -> list[tuple[str, bytes]]:
        """(row id, JSON) of the rows whose sort key starts with `prefix`, highest sort key first; only those `below` a sort key."""

    def drop_view(self, view: str) -> None: ...
