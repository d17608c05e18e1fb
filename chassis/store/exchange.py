"""What the committer and its store exchange within one group: what is asked for, what was found, and what is written.

First the *marks*: what the group's units might already have done. Then, as often as pure code misses something, *needs* and what was
fetched for them. In the end one *batch*, which is everything that the group decided.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from uuid import UUID

from chassis.store.rows import (
    EventRow,
    InboxKey,
    InboxRow,
    IndexRow,
    IntentRow,
    IntentStatus,
    ParkedRow,
    ParkedStatus,
    Position,
    Recovery,
    StoredEvent,
    TimerKey,
    TimerRow,
    VaultRow,
)

WAITING = (IntentStatus.PENDING, IntentStatus.UNKNOWN)
LOOK_LIMIT = 1_000
"""The most rows of one key that are looked at."""


@dataclass(slots=True)
class MarkNeeds:
    """Which marks a group needs read: what its units might already have done."""

    positions: set[tuple[str, int]] = field(default_factory=set)
    inbox: set[InboxKey] = field(default_factory=set)
    timers: set[TimerKey] = field(default_factory=set)
    intents: set[str] = field(default_factory=set)
    streams: set[UUID] = field(default_factory=set)
    """No marks, but what the group will surely need, on the same way."""
    has_heads: bool = False
    """True when the heads (log, slots, parked streams) must be read too: at the first group of a generation."""


@dataclass(slots=True)
class Heads:
    """Where the numbers stand: last log id, epoch, last sequence of each of the 256 slots."""

    log_id: int
    epoch: int
    sequences: list[int]
    parked_streams: dict[tuple[str, str], list[int]]
    """(source, stream) with waiting parked rows → their ids, in order. Timers and outcomes are parked under
    no stream (""), wait for nothing and stand in no queue.
    """
    early: dict[UUID, list[int]]
    """Streams of ours awaited by early messages → waiting parked ids, in order."""
    last_parked_id: int
    lost: list[int] = field(default_factory=list)
    """Waiting parked ids of lost records of our own that were read back, in order."""
    recovery: Recovery | None = None
    """The last restore, released or not."""


@dataclass(slots=True)
class Marks:
    positions: dict[tuple[str, int], Position] = field(default_factory=dict)
    inbox: dict[InboxKey, InboxRow] = field(default_factory=dict)
    timers: dict[TimerKey, tuple[datetime, str]] = field(default_factory=dict)
    """Those that are there, when each is due, and what set it."""
    intents: dict[str, IntentRow] = field(default_factory=dict)
    streams: dict[UUID, list[StoredEvent]] = field(default_factory=dict)
    """Every stream asked for, in version order; empty list: there is none."""
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


@dataclass(slots=True)
class Fetched:
    streams: dict[UUID, list[StoredEvent]] = field(default_factory=dict)
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
    """Inserted, or armed again where the row is refused or absent (attempt kept, asked 0); any other row: ConstraintBroken."""
    intents_withdrawn: set[str] = field(default_factory=set)
    """Only where still pending; otherwise nothing happens."""
    intents_hastened: dict[str, datetime] = field(default_factory=dict)
    """Where pending or unknown and due later than this: due then."""
    index_dropped: set[tuple[str, str]] = field(default_factory=set)
    """(index, row_id): each must be there, else ConstraintBroken. Dropped before `index_put` is inserted."""
    index_put: dict[tuple[str, str], IndexRow] = field(default_factory=dict)
    """Inserted; a row that is there already: ConstraintBroken."""
    parked_new: list[ParkedRow] = field(default_factory=list)
    parked_awaits: dict[int, UUID] = field(default_factory=dict)
    """Parked rows that are early now, for this stream."""
    parked_done: dict[int, ParkedStatus] = field(default_factory=dict)
    """Each must be waiting, else ConstraintBroken."""
    recovery_released_at: datetime | None = None
    vault: list[VaultRow] = field(default_factory=list)

    def is_empty(self) -> bool:
        """Nothing to write."""
        return not any(getattr(self, each.name) for each in fields(self))

    def work_due_at(self) -> datetime | None:
        """When the first of what it leaves to fire, perform or ask is due; None where it leaves nothing."""
        due = [*self.intents_hastened.values(), *(timer.due_at for timer in self.timers_set.values())]
        due += [row.due_at for row in (*self.intents_new.values(), *self.intents_changed.values()) if row.status in WAITING]
        return min(due, default=None)
