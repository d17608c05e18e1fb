"""The tables of a service's store, held in memory: they check, then apply, a whole batch at once.

The checks come before the first change, so a refused batch leaves nothing behind. Constraint names and orders
are those of the PostgreSQL schema; text sorts by code point there too (collation C).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from chassis.recovering import Opening
from chassis.store.exchange import LOOK_LIMIT, Batch, Fetched, Heads, MarkNeeds, Marks, Needs
from chassis.store.port import ConstraintBroken
from chassis.store.rows import (
    LOST,
    EventRow,
    Fork,
    InboxKey,
    InboxRow,
    IndexRow,
    IntentRow,
    IntentStatus,
    ParkedReason,
    ParkedRow,
    ParkedStatus,
    Position,
    Recovery,
    StoredEvent,
    TimerKey,
    TimerRow,
    VaultRow,
)
from contracts.envelope import SLOT_COUNT

OPEN_STATUSES = frozenset({IntentStatus.PENDING, IntentStatus.STARTED, IntentStatus.UNKNOWN})
HASTENED_STATUSES = frozenset({IntentStatus.PENDING, IntentStatus.UNKNOWN})
ARMED_AGAIN_STATUSES = frozenset({IntentStatus.REFUSED, IntentStatus.ABSENT})

by_log_id: Callable[[EventRow], int] = attrgetter("log_id")


@dataclass(slots=True)
class View:
    """Rows of a view (row id → sort key and JSON) and the log id it has followed to."""

    position: int = 0
    rows: dict[str, tuple[str, bytes]] = field(default_factory=dict)


@dataclass(slots=True)
class Tables:
    """All rows of one store, with the orders that its readers need."""

    epoch: int = 1
    relayed: int = 0
    events: list[EventRow] = field(default_factory=list)
    public: list[EventRow] = field(default_factory=list)
    streams: dict[UUID, list[EventRow]] = field(default_factory=dict)
    subjects: dict[tuple[str, str], list[EventRow]] = field(default_factory=dict)
    slots: dict[int, list[EventRow]] = field(default_factory=dict)
    slot_heads: list[int] = field(default_factory=lambda: [0] * SLOT_COUNT)
    forks: list[Fork] = field(default_factory=list)
    recovery: Recovery | None = None
    positions: dict[tuple[str, int], Position] = field(default_factory=dict)
    inbox: dict[InboxKey, InboxRow] = field(default_factory=dict)
    timers: dict[TimerKey, TimerRow] = field(default_factory=dict)
    timer_names: dict[tuple[UUID, str], set[TimerKey]] = field(default_factory=dict)
    timers_due: list[tuple[datetime, TimerKey]] = field(default_factory=list)
    intents: dict[str, IntentRow] = field(default_factory=dict)
    open_intents: set[str] = field(default_factory=set)
    index: dict[tuple[str, str], IndexRow] = field(default_factory=dict)
    index_order: dict[tuple[str, str], list[tuple[int, str]]] = field(default_factory=dict)
    parked: dict[int, ParkedRow] = field(default_factory=dict)
    vault: dict[str, VaultRow] = field(default_factory=dict)
    data_keys: dict[str, dict[int, bytes]] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)

    def copy(self) -> Tables:
        """Independent tables with the same rows (rows themselves never change)."""
        twin = replace(self)
        for each in fields(self):
            setattr(twin, each.name, _copied(getattr(self, each.name)))
        return twin

    def marks(self, needs: MarkNeeds) -> Marks:
        return Marks(
            positions={key: self.positions[key] for key in needs.positions if key in self.positions},
            inbox={key: self.inbox[key] for key in needs.inbox if key in self.inbox},
            timers={key: (row.due_at, row.causation_id) for key in needs.timers if (row := self.timers.get(key)) is not None},
            intents={key: self.intents[key] for key in needs.intents if key in self.intents},
            streams={stream: self._stored(stream) for stream in needs.streams},
            heads=self.heads() if needs.has_heads else None,
        )

    def heads(self) -> Heads:
        waiting = [row for _, row in sorted(self.parked.items()) if row.status is ParkedStatus.WAITING]
        streams: dict[tuple[str, str], list[int]] = {}
        early: dict[UUID, list[int]] = {}
        for row in waiting:
            if row.stream:
                streams.setdefault((row.source, row.stream), []).append(row.parked_id)
            if row.awaits is not None:
                early.setdefault(row.awaits, []).append(row.parked_id)
        return Heads(
            log_id=self.last_log_id(),
            epoch=self.epoch,
            sequences=list(self.slot_heads),
            parked_streams=streams,
            early=early,
            last_parked_id=max(self.parked, default=0),
            lost=[row.parked_id for row in waiting if row.what == LOST],
            recovery=self.recovery,
        )

    def fetch(self, needs: Needs) -> Fetched:
        looks = {look: self.index_rows(*look, limit=LOOK_LIMIT) for look in needs.looks}
        claims = {claim: self.index_rows(*claim, limit=count) for claim, count in needs.claims.items()}
        streams = needs.streams | {row.stream_id for rows in claims.values() for row in rows}
        return Fetched(
            streams={stream: self._stored(stream) for stream in streams},
            parked={key: self.parked[key] for key in needs.parked if key in self.parked},
            looks=looks,
            claims=claims,
        )

    def _stored(self, stream_id: UUID) -> list[StoredEvent]:
        return [StoredEvent.of(row) for row in self.streams.get(stream_id, ())]

    def last_log_id(self) -> int:
        return self.events[-1].log_id if self.events else 0

    def index_rows(self, index: str, key: str, limit: int) -> list[IndexRow]:
        return [self.index[index, row_id] for _, row_id in self.index_order.get((index, key), ())[:limit]]

    def index_keys(self, index: str) -> list[str]:
        return sorted(key for name, key in self.index_order if name == index)

    def check(self, batch: Batch) -> None:
        """Raise ConstraintBroken, with the constraint's name, when the batch cannot be applied."""
        for name in _broken(self, batch):
            raise ConstraintBroken(name)

    def apply(self, batch: Batch) -> None:
        """Apply a checked batch, in the order that `Batch` tells."""
        for event in batch.events:
            self._append(event)
        for slot, sequence in batch.slot_heads.items():
            self.slot_heads[slot] = sequence
        self.positions.update(batch.positions)
        self.inbox.update((row.key, row) for row in batch.inbox)
        self._apply_timers(batch)
        self._apply_intents(batch)
        for key in batch.index_dropped:
            self._drop_index_row(key)
        for key, row in batch.index_put.items():
            self.index[key] = row
            insort(self.index_order.setdefault((row.index, row.key), []), (row.rank, row.row_id))
        self.parked.update((row.parked_id, row) for row in batch.parked_new)
        for parked_id, awaits in batch.parked_awaits.items():
            self.parked[parked_id] = self.parked[parked_id]._replace(reason=ParkedReason.EARLY, awaits=awaits)
        for parked_id, status in batch.parked_done.items():
            self.parked[parked_id] = self.parked[parked_id]._replace(status=status)
        self.vault.update((row.reference, row) for row in batch.vault)
        if batch.recovery_released_at is not None:
            assert self.recovery is not None
            self.recovery = self.recovery._replace(released_at=batch.recovery_released_at)

    def open_epoch(self, opening: Opening, service: str) -> int:
        """Start the next epoch, as `chassis.store.epochs` does."""
        for epoch in opening.epochs_after(self.epoch):
            self.forks += [Fork(epoch, slot, last) for slot, last in enumerate(self.slot_heads)]
            self.epoch = epoch
        newest = max((each.at for each in self.events), default=None)
        self.recovery = Recovery(self.epoch, opening.opened_at(newest), opening.attempts_end_at)
        for key in self.open_intents:
            row = self.intents[key]
            due_at = min(row.due_at, opening.at)
            self.intents[key] = row._replace(status=IntentStatus.UNKNOWN, deadline=opening.attempts_end_at, due_at=due_at)
        self.parked.update((row.parked_id, row) for row in opening.rows(service, max(self.parked, default=0)))
        return self.epoch

    def _append(self, event: EventRow) -> None:
        self.events.append(event)
        self.streams.setdefault(event.stream_id, []).append(event)
        if event.subject is not None:
            self.subjects.setdefault((event.shop_id, event.subject), []).append(event)
        if event.slot is not None:
            self.public.append(event)
            self.slots.setdefault(event.slot, []).append(event)

    def _apply_timers(self, batch: Batch) -> None:
        cancelled = {key for name in batch.timers_cancelled for key in self.timer_names.get(name, ())}
        for key in batch.timers_done | cancelled:
            row = self.timers.pop(key)
            self.timer_names[key.stream_id, key.name].discard(key)
            del self.timers_due[bisect_left(self.timers_due, (row.due_at, key))]
        for key, row in batch.timers_set.items():
            self.timers[key] = row
            self.timer_names.setdefault((key.stream_id, key.name), set()).add(key)
            insort(self.timers_due, (row.due_at, key))

    def _apply_intents(self, batch: Batch) -> None:
        for row in batch.intents_changed.values():
            self._put_intent(row)
        for key, row in batch.intents_new.items():
            earlier = self.intents.get(key)
            self._put_intent(row if earlier is None else row._replace(attempt=earlier.attempt, asked=0))
        for key in batch.intents_withdrawn:
            pending = self.intents.get(key)
            if pending is not None and pending.status is IntentStatus.PENDING:
                self._put_intent(pending._replace(status=IntentStatus.WITHDRAWN))
        for key, due_at in batch.intents_hastened.items():
            waiting = self.intents.get(key)
            if waiting is not None and waiting.status in HASTENED_STATUSES and waiting.due_at > due_at:
                self._put_intent(waiting._replace(due_at=due_at))

    def _put_intent(self, row: IntentRow) -> None:
        self.intents[row.key] = row
        if row.status in OPEN_STATUSES:
            self.open_intents.add(row.key)
        else:
            self.open_intents.discard(row.key)

    def _drop_index_row(self, key: tuple[str, str]) -> None:
        row = self.index.pop(key)
        order = self.index_order[row.index, row.key]
        del order[bisect_left(order, (row.rank, row.row_id))]
        if not order:
            del self.index_order[row.index, row.key]


def after(events: list[EventRow], log_id: int, limit: int) -> list[EventRow]:
    """Up to `limit` events with a higher log id."""
    start = bisect_right(events, log_id, key=by_log_id)
    return events[start : start + limit]


def _copied(value: object) -> object:
    if isinstance(value, View):
        return View(value.position, dict(value.rows))
    if isinstance(value, dict):
        return {key: _copied(each) if isinstance(each, (list, set, dict, View)) else each for key, each in value.items()}
    return copy(value)


def _broken(tables: Tables, batch: Batch) -> Iterator[str]:
    """Names of the constraints that the batch would break."""
    yield from _broken_events(tables, batch.events)
    if _repeats([row.key for row in batch.inbox], tables.inbox):
        yield "inbox_pkey"
    gone = batch.timers_done | {key for name in batch.timers_cancelled for key in tables.timer_names.get(name, ())}
    if any(key not in tables.timers for key in batch.timers_done):
        yield "timer_done"
    if any(key in tables.timers and key not in gone for key in batch.timers_set):
        yield "timer_pkey"
    if any(key not in tables.intents for key in batch.intents_changed):
        yield "intent_changed"
    for key in batch.intents_new:
        earlier = batch.intents_changed.get(key) or tables.intents.get(key)
        if earlier is not None and earlier.status not in ARMED_AGAIN_STATUSES:
            yield "intent_pkey"
    if any(key not in tables.index for key in batch.index_dropped):
        yield "index_dropped"
    if any(key in tables.index and key not in batch.index_dropped for key in batch.index_put):
        yield "index_row_pkey"
    if _repeats([row.parked_id for row in batch.parked_new], tables.parked):
        yield "parked_pkey"
    parked = {row.parked_id: row for row in batch.parked_new}
    for parked_id in batch.parked_done:
        waiting = parked.get(parked_id) or tables.parked.get(parked_id)
        if waiting is None or waiting.status is not ParkedStatus.WAITING:
            yield "parked_done"
    if _repeats([row.reference for row in batch.vault], tables.vault):
        yield "vault_pkey"


def _broken_events(tables: Tables, events: list[EventRow]) -> Iterator[str]:
    last = tables.last_log_id()
    versions: dict[UUID, int] = {}
    sequences: dict[int, int] = {}
    for event in events:
        if event.log_id <= last:
            yield "event_pkey"
        last = event.log_id
        if event.version <= versions.get(event.stream_id, _last_version(tables, event.stream_id)):
            yield "event_stream_version"
        versions[event.stream_id] = event.version
        if event.slot is not None and event.sequence is not None:
            if event.sequence <= sequences.get(event.slot, _last_sequence(tables, event.slot)):
                yield "event_slot_sequence"
            sequences[event.slot] = event.sequence


def _last_version(tables: Tables, stream_id: UUID) -> int:
    stream = tables.streams.get(stream_id)
    return stream[-1].version if stream else 0


def _last_sequence(tables: Tables, slot: int) -> int:
    rows = tables.slots.get(slot)
    return (rows[-1].sequence or 0) if rows else 0


def _repeats(keys: Iterable[object], table: Iterable[object]) -> bool:
    keys = list(keys)
    return len(set(keys)) < len(keys) or any(key in table for key in keys)
