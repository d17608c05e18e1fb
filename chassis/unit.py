"""Units: what waits for the committer, and what becomes of each.

A unit is one thing to decide on: a record, a command, a due timer, the start or the outcome of an attempt, an operator's word on
something parked, or the adoption of a new epoch. Each carries what identifies it, so that a unit that comes twice, for whatever
reason, finds its own mark in the store and does nothing the second time.

`order_key` names the order a unit must keep: units of one key are decided and committed in the order they came.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any
from uuid import UUID

import msgspec

from chassis.activity import Outcome
from chassis.store.rows import InboxKey, IntentRow, ParkedReason, Position, TimerRow, VaultRow


class Lane(IntEnum):
    """People and money before bulk."""

    URGENT = 0
    BULK = 1


@dataclass(slots=True, frozen=True)
class Cause:
    """What a unit's events, timers and intents say about why they happened."""

    correlation_id: str
    causation_id: str
    traceparent: str | None = None


@dataclass(slots=True)
class RecordUnit:
    """A public record of another service, from Kafka or from its feed. `stream` is the source's aggregate id."""

    source: str
    slot: int
    epoch: int
    sequence: int
    type: str
    stream: str
    time: datetime
    cause: Cause
    value: bytes
    shop_id: str

    @property
    def order_key(self) -> object:
        return (self.source, self.slot)


@dataclass(slots=True)
class CommandUnit:
    """A command with its idempotency key; none given: repeating it is harmless by its own nature, but for what it has sealed."""

    command: Any
    cause: Cause
    inbox_key: InboxKey | None = None
    request_hash: bytes = b""
    sealed: tuple[VaultRow, ...] = ()
    lane: Lane = Lane.URGENT

    def __post_init__(self) -> None:
        if self.inbox_key is None and self.sealed:
            # What is sealed enters the vault once, also where the answer to its COMMIT was lost and the unit is decided again.
            self.inbox_key = InboxKey("", "sealed", self.sealed[0].reference)

    @property
    def order_key(self) -> object:
        return self.inbox_key or id(self)


@dataclass(slots=True)
class TimerUnit:
    """A timer that is due."""

    row: TimerRow

    @property
    def order_key(self) -> object:
        return self.row.key.stream_id


@dataclass(slots=True)
class StartUnit:
    """An attempt is about to be performed by `owner`, who will send nothing after `deadline`."""

    intent_key: str
    owner: str
    deadline: datetime

    @property
    def order_key(self) -> object:
        return self.intent_key


@dataclass(slots=True)
class OutcomeUnit:
    """What an attempt brought home, by performing it or by asking about it.

    `asked_at`: when the question left, where it came by asking; None where it came by performing.
    """

    intent_key: str
    attempt: int
    outcome: Outcome
    asked_at: datetime | None = None
    sealed: tuple[VaultRow, ...] = ()

    @property
    def order_key(self) -> object:
        return self.intent_key


@dataclass(slots=True)
class ReplayUnit:
    """Handle a parked thing again, bypassing positions; the parked row is its mark. Followers go on behind it."""

    parked_id: int
    is_discard: bool = False
    is_recovery: bool = False
    """A lost record of our own, handled by itself after a restore: all of them keep their order."""

    @property
    def order_key(self) -> object:
        return "lost" if self.is_recovery else ("parked", self.parked_id)


@dataclass(slots=True)
class AdoptUnit:
    """A consumer that is not beyond the fork of a source's new epoch goes on in it.

    `is_forced`: an operator lets one that is beyond it go on behind the fork; the phantoms are kept as a parked row.
    """

    source: str
    slot: int
    epoch: int
    fork_sequence: int
    is_forced: bool = False

    @property
    def order_key(self) -> object:
        return (self.source, self.slot)


@dataclass(slots=True)
class BeginUnit:
    """A service that begins at now: where it begins on a slot of a source, before it has handled anything of it."""

    source: str
    slot: int
    epoch: int
    sequence: int

    @property
    def order_key(self) -> object:
        return (self.source, self.slot)


@dataclass(slots=True)
class ReleaseUnit:
    """An operator has looked at what a restore lost: this service goes on as ever."""

    @property
    def order_key(self) -> object:
        return "release"


Unit = BeginUnit | RecordUnit | CommandUnit | TimerUnit | StartUnit | OutcomeUnit | ReplayUnit | AdoptUnit | ReleaseUnit


@dataclass(slots=True, frozen=True)
class Answer:
    """What a command's sender gets: an HTTP status and a JSON body."""

    status: int = 200
    body: Any = None


@dataclass(slots=True, frozen=True)
class Handled:
    """Decided and committed."""


@dataclass(slots=True, frozen=True)
class Dropped:
    """Nothing to do: handled before, fired, cancelled or not awaited."""


@dataclass(slots=True, frozen=True)
class Answered:
    """A command's stored answer, the first or the repeated one."""

    status: int
    body: bytes
    is_repeat: bool = False


@dataclass(slots=True, frozen=True)
class Started:
    """The attempt is committed as started: `row` as it now stands."""

    row: IntentRow


@dataclass(slots=True, frozen=True)
class Parked:
    reason: ParkedReason
    detail: str


@dataclass(slots=True, frozen=True)
class OutOfOrder:
    """A record that is not the next one: the edge's idea of the position was wrong; here is the right one."""

    position: Position


@dataclass(slots=True, frozen=True)
class Away:
    """Nothing was committed: the store or this writer cannot now. The sender may try again."""

    reason: str


Result = Handled | Dropped | Answered | Started | Parked | OutOfOrder | Away


class ParkedRecord(msgspec.Struct, frozen=True):
    """The stored form of a parked record."""

    time: datetime
    correlation_id: str
    causation_id: str
    traceparent: str | None
    value: bytes
    shop_id: str


class ParkedTimer(msgspec.Struct, frozen=True):
    """The stored form of a parked timer."""

    stream_id: UUID
    name: str
    version: int
    payload: bytes
    correlation_id: str
    causation_id: str
    shop_id: str
    due_at: datetime | None = None


class ParkedOutcome(msgspec.Struct, frozen=True):
    """The stored form of a parked outcome: the intent, what became of it, and the attempt as the cause of what follows."""

    kind: str
    payload: bytes
    outcome: Outcome
    correlation_id: str
    causation_id: str


@dataclass(slots=True)
class Settlement:
    """A unit with its result, after the commit."""

    unit: Unit
    result: Result = field(default_factory=Handled)
