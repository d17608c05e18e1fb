"""The rows of a service's store, one type per table (docs/architecture.md). Times are aware UTC datetimes.

All tables of a service live in one database, and everything that one group decides is written in one
transaction.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


class EventRow(NamedTuple):
    """One event with its frozen public record; the last seven columns are None for a private event.

    `log_id` counts all events of the store from 1 without a gap, in commit order. `headers` is a JSON object
    of the record's header names to text values, `value` the record's bytes: relay and feed copy both and
    never run domain code.
    """

    log_id: int
    stream_id: UUID
    version: int
    kind: str
    topic: str
    shop_id: str
    at: datetime
    state: bytes
    subject: str | None
    correlation_id: str
    causation_id: str
    slot: int | None
    sequence: int | None
    epoch: int | None
    type: str | None
    partition_key: str | None
    headers: bytes | None
    value: bytes | None


class StoredEvent(NamedTuple):
    """What folding needs of an event: a third of its columns, and less of its bytes."""

    stream_id: UUID
    version: int
    topic: str
    at: datetime
    state: bytes

    @classmethod
    def of(cls, row: EventRow) -> StoredEvent:
        return cls(row.stream_id, row.version, row.topic, row.at, row.state)


class PublicRow(NamedTuple):
    """What relay and feed need of a published event."""

    log_id: int
    slot: int
    sequence: int
    epoch: int
    partition_key: str
    headers: bytes
    value: bytes


class Position(NamedTuple):
    """How far a slot of a source was handled: the sequence of the last handled record (0: none), in its epoch."""

    epoch: int
    sequence: int


class InboxKey(NamedTuple):
    """Whose request: unique together. `principal` is who asked (an API key, a provider), `route` what for."""

    principal: str
    route: str
    key: str


class InboxRow(NamedTuple):
    """A request that was answered: the hash of what was asked, and the stored answer (refusals included)."""

    key: InboxKey
    request_hash: bytes
    status: int
    answer: bytes
    at: datetime


class TimerKey(NamedTuple):
    """The aggregate, the timer's name, and the aggregate's version when it was set."""

    stream_id: UUID
    name: str
    version: int


class TimerRow(NamedTuple):
    key: TimerKey
    due_at: datetime
    payload: bytes
    correlation_id: str
    causation_id: str
    shop_id: str


class IntentStatus(StrEnum):
    """Where an intent stands.

    pending: to be performed from `due_at` · started: an attempt was committed and may be under way · unknown:
    to be asked about from `due_at` · confirmed, refused, absent: answered (absent also where nobody is asked any
    more) · withdrawn: taken back before any attempt · manual: cannot be asked, a person decides.
    """

    PENDING = "pending"
    STARTED = "started"
    UNKNOWN = "unknown"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    ABSENT = "absent"
    WITHDRAWN = "withdrawn"
    MANUAL = "manual"


class IntentRow(NamedTuple):
    """Something that must happen outside. `attempt` counts performances, `asked` the questions since the last
    one.

    `deadline` is the wall-clock moment after which the attempt under way may send nothing any more.
    """

    key: str
    kind: str
    target: str
    shop_id: str
    payload: bytes
    status: IntentStatus
    attempt: int
    asked: int
    owner: str | None
    deadline: datetime | None
    due_at: datetime
    correlation_id: str
    causation_id: str
    created_at: datetime


class IndexRow(NamedTuple):
    """One row of an index: unique by (index, row_id), handed out per key in order of (rank, row_id)."""

    index: str  # type: ignore[assignment]  # hides tuple.index, which nobody asks of a row
    row_id: str
    key: str
    rank: int
    stream_id: UUID
    data: str


class ParkedReason(StrEnum):
    """Why something was parked. follower: only because something earlier of its stream is. lost: by a restore."""

    BUG = "bug"
    UNDECODABLE = "undecodable"
    EARLY = "early"
    FOLLOWER = "follower"
    LOST = "lost"


class ParkedStatus(StrEnum):
    WAITING = "waiting"
    REPLAYED = "replayed"
    DISCARDED = "discarded"


LOST, UNREAD, PHANTOMS = "lost", "unread", "phantoms"
"""What a parked row is that only a restore makes."""


class ParkedRow(NamedTuple):
    """What waits for somebody. `what` is record, timer or outcome: one that could not be handled. After a restore also lost: a
    record of our own, read back from the topic; unread: one that others have heard and whose content nobody has any more; and
    phantoms: records of a source that we handled and that a restore of the source took back.

    `source` and `stream` name the source stream whose later messages wait behind it; `awaits` the stream of
    ours that an early message named. `detail` says what went wrong without any value of the message. `body`
    holds the unit's own form.
    """

    parked_id: int
    what: str
    source: str
    stream: str
    slot: int
    epoch: int
    sequence: int
    type: str
    reason: ParkedReason
    awaits: UUID | None
    detail: str
    body: bytes
    at: datetime
    status: ParkedStatus


class VaultRow(NamedTuple):
    """A sealed value. Only the owner's vault can open it; deleting the row forgets the person."""

    reference: str
    kind: str
    shop_id: str
    owner_id: str
    key_version: int
    ciphertext: bytes
    at: datetime


class Recovery(NamedTuple):
    """The last restore: `epoch` was opened at `opened_at`; an operator releases it.

    No attempt that was committed before, whatever this store has forgotten, sends anything after `attempts_end_at`.
    """

    epoch: int
    opened_at: datetime
    attempts_end_at: datetime
    released_at: datetime | None = None

    @property
    def is_released(self) -> bool:
        return self.released_at is not None


class Fork(NamedTuple):
    """The last sequence of the epoch before that the epoch keeps, for a slot."""

    epoch: int
    slot: int
    sequence: int
