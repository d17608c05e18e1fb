"""Work: what a handler or reaction may do, and nothing else.

`work` gives aggregates, index rows, the time and advice, and takes timers, intents and sealed values. A reaction just `get`s: what is
not in memory raises a miss, the attempt's effects are dropped, all misses of the group are fetched in one query, and the pure
reaction runs again from the start. So a reaction calls nothing outside and keeps nothing between runs.

The time is stamped once per unit and is never behind the stream: meeting an aggregate whose last event is later restarts the unit
with that time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import msgspec

from chassis.activity import Intent
from chassis.aggregate import Aggregate
from chassis.errors import ContractError, NotFound
from chassis.index import Drop, Put
from chassis.store.exchange import Needs
from chassis.store.rows import IndexRow, IntentRow, IntentStatus, Recovery, TimerKey, TimerRow, VaultRow
from chassis.timer import Timer
from chassis.unit import Cause
from contracts.envelope import MAX_VALUE_BYTES

if TYPE_CHECKING:
    from chassis.group import Group

A = TypeVar("A", bound=Aggregate)

MAX_AGGREGATES = 100

_encode = msgspec.json.Encoder().encode


class Missing(BaseException):
    """Something must be fetched before this unit can be decided (not an Exception: domain code must not catch it)."""

    def __init__(self, needs: Needs) -> None:
        self.needs = needs


class Behind(BaseException):
    """The unit's time lies before the last event of a stream it touches."""

    def __init__(self, at: datetime) -> None:
        self.at = at


class Held(BaseException):
    """A stream that an earlier unit of the group still waits for."""


class StreamNotMet(Exception):
    """A message names a stream that this service has not met: parked as early."""

    def __init__(self, kind: str, stream_id: UUID) -> None:
        super().__init__(kind)
        self.kind = kind
        self.stream_id = stream_id


class UnfitMessage(ContractError):
    code = "message-unfit"
    title = "A public message does not fit its contract"


class TooWide(ContractError):
    code = "unit-too-wide"
    title = "One unit would touch more aggregates than a unit may"


def _fit(message: Any) -> bytes:
    """The message's JSON, read back once: a field of a wrong type fails here, in its own unit, and not at its readers."""
    value = _encode(message)
    if len(value) > MAX_VALUE_BYTES:
        raise UnfitMessage(message_type=message.TYPE, byte_count=len(value))
    try:
        message_class: Any = type(message)
        _decoder(message_class).decode(value)
    except msgspec.ValidationError as error:
        raise UnfitMessage(message_type=message.TYPE, reason=str(error)) from None
    return value


@cache
def _decoder(message_class: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(message_class)


@dataclass(slots=True)
class Recorded:
    """One new event on its way into the store, with its public message where it has one."""

    event: Any
    aggregate: Aggregate
    kind: str
    topic: str
    state: bytes
    subject: str | None
    type: str | None = None
    slot_key: str | None = None
    value: bytes | None = None


@dataclass(slots=True)
class Effects:
    """What one attempt at a unit decided; merged into the group only when the attempt ends well."""

    recorded: list[Recorded] = field(default_factory=list)
    index: list[tuple[str, Put | Drop, UUID]] = field(default_factory=list)
    timers: list[TimerRow | tuple[UUID, str]] = field(default_factory=list)
    intents: list[IntentRow] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)
    hastened: list[str] = field(default_factory=list)
    sealed: list[VaultRow] = field(default_factory=list)
    touched: dict[UUID, Aggregate] = field(default_factory=dict)
    created: list[UUID] = field(default_factory=list)
    claimed: set[tuple[str, str]] = field(default_factory=set)


class Work:
    """The one unit being decided. Made by the committer; valid only while the handler runs."""

    __slots__ = ("_group", "_is_kept", "_sealed", "cause", "effects", "is_message", "message_time", "now", "shop_id")

    def __init__(
        self,
        group: Group,
        now: datetime,
        cause: Cause,
        *,
        is_message: bool = False,
        message_time: datetime | None = None,
        shop_id: str = "",
        sealed: Iterable[VaultRow] = (),
        is_kept: bool = False,
    ) -> None:
        self._group = group
        self.now = now
        self.cause = cause
        self.is_message = is_message
        self.message_time = message_time or now
        """The message's own time: for rules about that moment only."""
        self.shop_id = shop_id
        self._sealed = {row.reference: row for row in sealed} if sealed else {}
        self._is_kept = is_kept
        self.effects = Effects()

    @property
    def recovery(self) -> Recovery | None:
        """The last restore of this store, released or not: what is older than it may have gone on in a span that is forgotten."""
        return self._group.heads.recovery

    @property
    def is_recovering(self) -> bool:
        """Whether a restore of this store is not released yet: what the outside has heard of us may be more than we know."""
        return self.recovery is not None and not self.recovery.is_released

    def is_older_than_restore(self, at: datetime) -> bool:
        """Whether something of that time may have gone on in a span that a restore has forgotten."""
        return self.recovery is not None and at <= self.recovery.opened_at

    # aggregates

    def get(self, aggregate_class: type[A], stream_id: UUID) -> A:
        """The aggregate. Where there is none: a message is parked as early, a command is refused as not found."""
        found = self.find(aggregate_class, stream_id)
        if found is None:
            if self.is_message:
                raise StreamNotMet(aggregate_class.TOPIC, stream_id)
            raise NotFound(kind=aggregate_class.TOPIC, stream_id=stream_id)
        return found

    def find(self, aggregate_class: type[A], stream_id: UUID) -> A | None:
        """The aggregate, or None where there is none."""
        touched = self.effects.touched
        found = touched.get(stream_id)
        if found is None:
            found = self._group.instance(stream_id)
            if found is None:
                return None
            if found.modified_on > self.now:
                raise Behind(found.modified_on)
            touched[stream_id] = found
            if len(touched) > MAX_AGGREGATES:
                raise TooWide(limit=MAX_AGGREGATES)
        assert isinstance(found, aggregate_class), f"{stream_id} is a {type(found).__name__}, not a {aggregate_class.__name__}"
        return found

    def recorded(self, new: Any, aggregate: Aggregate) -> None:
        """Called by the aggregate for each new event: freeze its public message and fold the indexes, right now."""
        effects, service = self.effects, self._group.service
        stream_id = aggregate.id
        if new.originator_version == 1:
            # An opening event in a stream that exists would break a unique key at the commit: look first.
            assert stream_id not in effects.touched, f"{type(aggregate).__name__} {stream_id} is opened twice"
            existing = self._group.instance(stream_id)
            assert existing is None, f"{type(aggregate).__name__} {stream_id} exists already"
            effects.created.append(stream_id)
            effects.touched[stream_id] = aggregate
            if len(effects.touched) > MAX_AGGREGATES:
                raise TooWide(limit=MAX_AGGREGATES)
        event_class = type(new)
        topic, state = service.codec.stored(new)
        kept = Recorded(new, aggregate, aggregate.TOPIC, topic, state, aggregate.subject)
        publisher = service.publishers.get(event_class)
        if publisher is not None:
            message = publisher(new, aggregate)
            if message is not None:
                value = _fit(message)
                kept.type, kept.value, kept.slot_key = message.TYPE, value, aggregate.slot_key
        effects.recorded.append(kept)
        for index in service.indexes_of[event_class]:
            for change in index.fold(new, aggregate):
                effects.index.append((index.NAME, change, stream_id))

    # indexes and advice

    def claim(self, index: str, key: str, count: int = 1) -> list[IndexRow]:
        """Up to `count` rows of the key, in order of rank, that no earlier unit of the group took; fewer: there are no more.

        Handing out is not taking: the event that the choice leads to drops the row. Until then the rows are this unit's own.
        """
        rows = self._group.claimable(index, key, count, self.effects)
        self.effects.claimed.update((row.index, row.row_id) for row in rows)
        return rows

    def look(self, index: str, key: str) -> list[IndexRow]:
        """All rows of the key (at most 1,000), in order of rank."""
        return self.look_many(index, [key])[key]

    def look_many(self, index: str, keys: list[str]) -> dict[str, list[IndexRow]]:
        """All rows of each key; one query for all of them."""
        return self._group.looked(index, keys, self.effects)

    def advice(self, name: str) -> Mapping[str, Any]:
        """Read at the edge, may be stale: record in the event what was made of it."""
        advice: Mapping[str, Any] = self._group.advice.get(name, {})
        return advice

    # effects

    def set_timer(self, timer: Timer, due_at: datetime) -> None:
        """Fire at `due_at` or soon after, unless cancelled."""
        version = self._version_of(timer.stream_id)
        key = TimerKey(timer.stream_id, timer.NAME, version)
        self.effects.timers.append(TimerRow(key, due_at, _encode(timer), self.cause.correlation_id, self.cause.causation_id, self.shop_id))

    def cancel_timer(self, timer_class: type[Timer], stream_id: UUID) -> None:
        """Cancel all timers of this name that the aggregate has set; none is fine."""
        self.effects.timers.append((stream_id, timer_class.NAME))

    def intend(self, intent: Intent, not_before: datetime | None = None) -> None:
        """Record that this must happen outside. A key that was refused or absent is armed again; any other repeat is a bug."""
        self.effects.intents.append(
            IntentRow(
                key=intent.key, kind=intent.KIND, target=intent.target, shop_id=intent.shop_id, payload=_encode(intent),
                status=IntentStatus.PENDING, attempt=0, asked=0, owner=None, deadline=None, due_at=not_before or self._group.now,
                correlation_id=self.cause.correlation_id, causation_id=self.cause.causation_id, created_at=self.now,
            )
        )  # fmt: skip

    def withdraw(self, intent_key: str) -> bool:
        """Take an intent back. True: no attempt is under way, and none will be. False: one was started, its outcome comes or came."""
        is_pending = self._group.is_pending(intent_key)
        if is_pending:
            self.effects.withdrawn.append(intent_key)
        return is_pending

    def stop_asking(self, intent_key: str) -> None:
        """Take an intent back, or ask no more what became of it: that was found out another way. A confirmation that comes yet is told."""
        if not self.withdraw(intent_key):
            self.effects.unasked.append(intent_key)

    def hasten(self, intent_key: str) -> None:
        """Perform or ask now instead of later."""
        self.effects.hastened.append(intent_key)

    def keep(self, reference: str) -> None:
        """Put a sealed value that this unit brought along into the vault, in the same transaction."""
        if self._is_kept:
            return  # what a parked outcome brought along went into the vault when it was parked
        self.effects.sealed.append(self._sealed[reference])

    def _version_of(self, stream_id: UUID) -> int:
        found = self.effects.touched.get(stream_id) or self._group.instance(stream_id)
        assert found is not None, f"a timer for {stream_id}, which does not exist"
        return found.version
