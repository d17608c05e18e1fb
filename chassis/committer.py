"""The committer: group commit with one writer (docs/architecture.md).

`commit(units)` decides a group and commits it in one transaction. Inside, in this order: the shard's lock, the generation, the marks
(positions, inbox, timers, intents) and the streams that are surely needed, then each unit is decided by pure code in the order it came,
run again until everything it needs is in memory; then one write and one COMMIT. Nothing leaves before that COMMIT: the results are
returned, never called out.

What can go wrong, and what is done:

- *A unit refuses* (command): its effects are dropped, the refusal is its stored answer.
- *A unit raises a bug, or its message does not decode*: a record, timer or outcome is parked, together with its position; a command
  is answered with a 500 that is not stored. Later records of the same source stream are parked behind it.
- *A message names a stream not met yet*: parked as early, and handed on by the commit that creates the stream.
- *A constraint error*: the group is split by order key, never inside one; the offender that fails alone is parked.
- *Deadlock, lost connection, lost COMMIT answer*: the whole group again, after reading each unit's own mark.
- *Anything but a received COMMIT* drops every instance, number and position; a lost generation ends the writer's term.

The core is synchronous and reads no clock: `now` is an argument.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from typing import Any
from uuid import UUID

from chassis.activity import Activity
from chassis.aggregate import Aggregate
from chassis.ahead import Ahead
from chassis.answers import bug_answer
from chassis.deciding import Deciding
from chassis.group import Group
from chassis.intake import ORIGIN
from chassis.service import Service
from chassis.store.exchange import Heads
from chassis.store.port import ConstraintBroken, GenerationLost, GroupAgain, StoreAway, WriterStore
from chassis.store.rows import EventRow, Position
from chassis.unit import (
    AdoptUnit,
    Away,
    BeginUnit,
    CommandUnit,
    OutcomeUnit,
    RecordUnit,
    Settlement,
    TimerUnit,
    Unit,
)

MAX_ATTEMPTS = 5


@dataclass(slots=True)
class Committed:
    """What one call of `commit` did: each unit's result, and the rows that are now in the log (for the relay)."""

    settlements: list[Settlement] = field(default_factory=list)
    events: list[EventRow] = field(default_factory=list)
    work_due_at: datetime | None = None
    """When the first of the timers and intents that were set, made, changed or hastened is due: then the worker should look."""
    is_generation_lost: bool = False
    is_store_away: bool = False
    """The store took nothing, though this is still its writer: wait a little before the next group."""
    decide_seconds: float = 0.0
    """How long deciding took, without the write and the COMMIT: a figure for the metrics."""


class Committer:
    """Decides and commits for one shard of one service. Not thread-safe: one writer, one thread."""

    def __init__(
        self,
        service: Service,
        store: WriterStore,
        *,
        activities: Mapping[str, Activity[Any]] | None = None,
        cache_size: int = 20_000,
        on_bug: Callable[[Unit, BaseException], None] | None = None,
    ) -> None:
        self._service = service
        self._store = store
        self._activities: Mapping[str, Any] = activities or service.activity_of
        self._cache_size = cache_size
        self._on_bug = on_bug or (lambda unit, error: None)
        self._generation: int | None = None
        self._heads: Heads | None = None
        self._positions: dict[tuple[str, int], Position] = {}
        self._instances: OrderedDict[UUID, Aggregate] = OrderedDict()
        self.advice: Mapping[str, Any] = {}

    @property
    def is_writer(self) -> bool:
        return self._generation is not None

    def take_over(self, generation: int) -> None:
        """Begin a term as the elected writer."""
        self._drop_all()
        self._generation = generation

    def lost_ids(self, now: datetime) -> list[int]:
        """Parked ids of the lost records that still wait, in order: to be replayed before anything else of this term.

        Raises StoreAway where they cannot be read: not to know of any is not to have none.
        """
        self.commit([], now)
        if self._heads is None:
            raise StoreAway("what is lost cannot be read now")
        return list(self._heads.lost)

    def step_down(self) -> None:
        self._drop_all()
        self._generation = None

    def commit(self, units: list[Unit], now: datetime) -> Committed:
        """Decide and commit `units`; every unit has exactly one settlement afterwards. Raises nothing for what a store may do."""
        done = Committed()
        self._commit(units, now, done)
        return done

    def _commit(self, units: list[Unit], now: datetime, done: Committed) -> None:
        for _ in range(MAX_ATTEMPTS):
            if self._generation is None:
                done.settlements += [Settlement(unit, Away("not the writer")) for unit in units]
                done.is_generation_lost = True
                return
            try:
                self._attempt(units, now, done)
            except GroupAgain:
                continue
            except ConstraintBroken as broken:
                self._split(units, now, done, broken)
            except GenerationLost:
                self.step_down()
                continue
            except StoreAway:
                done.is_store_away = True
                done.settlements += [Settlement(unit, Away("the store is away")) for unit in units]
            return
        done.is_store_away = True
        done.settlements += [Settlement(unit, Away("the store is busy")) for unit in units]

    def _split(self, units: list[Unit], now: datetime, done: Committed, broken: ConstraintBroken) -> None:
        lanes: dict[object, list[Unit]] = {}
        for unit in units:
            lanes.setdefault(unit.order_key, []).append(unit)
        if len(units) == 1 and self._condemned is not None and self._condemned[0] is units[0]:
            # Not even its parking can be committed: nothing is known that would help, so it is not tried for ever.
            done.settlements.append(Settlement(units[0], Away(f"constraint {broken.detail}")))
        elif len(units) == 1 and not self._is_alone:
            # What it handed on may be at fault: that stays parked then, and a person decides.
            self._is_alone = True
            try:
                self._commit(units, now, done)
            finally:
                self._is_alone = False
        elif len(units) == 1:
            self._on_bug(units[0], broken)
            self._condemn(units[0], f"constraint {broken.detail}", now, done)
        elif len(lanes) == 1:
            for unit in units:
                self._commit([unit], now, done)
        else:
            keys = list(lanes)
            for part in (keys[: len(keys) // 2], keys[len(keys) // 2 :]):
                self._commit([unit for key in part for unit in lanes[key]], now, done)

    def _condemn(self, unit: Unit, detail: str, now: datetime, done: Committed) -> None:
        """Commit the parking of a unit that fails alone; what cannot be parked is answered as a bug."""
        if isinstance(unit, RecordUnit | TimerUnit | OutcomeUnit):
            self._condemned = (unit, detail)
            try:
                self._commit([unit], now, done)
            finally:
                self._condemned = None
        elif isinstance(unit, CommandUnit):
            done.settlements.append(Settlement(unit, bug_answer(unit.cause.correlation_id)))
        else:
            done.settlements.append(Settlement(unit, Away(detail)))

    _condemned: tuple[Unit, str] | None = None
    _is_alone: bool = False

    def _attempt(self, units: list[Unit], now: datetime, done: Committed) -> None:
        try:
            group, settlements = self._decide_and_write(units, now, done)
        except BaseException:
            # Only a received COMMIT keeps what was decided, numbered or advanced.
            self._drop_all()
            raise
        self._heads = group.heads
        self._positions.update(group.batch.positions)
        while len(self._instances) > self._cache_size:
            self._instances.popitem(last=False)
        done.events += group.batch.events
        due_at = group.batch.work_due_at()
        if due_at is not None:
            done.work_due_at = due_at if done.work_due_at is None else min(due_at, done.work_due_at)
        done.settlements += settlements

    def _decide_and_write(self, units: list[Unit], now: datetime, done: Committed) -> tuple[Group, list[Settlement]]:
        assert self._generation is not None
        transaction = self._store.begin(self._generation)
        try:
            ahead = Ahead(self._service, units, self._positions, self._instances, has_heads=self._heads is None)
            marks = transaction.marks(ahead.needs)
            self._heads = marks.heads or self._heads
            assert self._heads is not None
            self._positions.update(marks.positions)
            for unit in units:
                if isinstance(unit, RecordUnit | AdoptUnit | BeginUnit):
                    self._positions.setdefault((unit.source, unit.slot), ORIGIN)
            group = Group(self._service, self._heads, marks, self._positions, self._instances, self.advice)
            group.take_in_streams(marks.streams)
            deciding = Deciding(
                self._service, self._activities, group, transaction, now, self._on_bug, self._condemned, self._is_alone, ahead
            )
            began = perf_counter()
            settlements = deciding.decide(units)
            done.decide_seconds += perf_counter() - began
        except BaseException:
            transaction.rollback()
            raise
        if group.batch.is_empty():
            transaction.rollback()
        else:
            transaction.write_and_commit(group.batch)
        return group, settlements

    def _drop_all(self) -> None:
        self._heads = None
        self._positions.clear()
        self._instances.clear()
