"""One kind of unit each: what it is judged by, what runs for it, and which mark commits with its effects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from chassis.activity import Activity
from chassis.ahead import Ahead
from chassis.answers import KeyReused, answered, refused
from chassis.group import Group
from chassis.intake import ORIGIN, Verdict, judge
from chassis.outcomes import settled
from chassis.parked_queue import ParkedQueue
from chassis.parking import record_of, unearth
from chassis.recovering import phantoms_row
from chassis.service import Service, Subscription
from chassis.store.exchange import Needs
from chassis.store.rows import LOST, UNREAD, InboxRow, IntentStatus, ParkedReason, ParkedStatus, Position
from chassis.unit import (
    AdoptUnit,
    Answered,
    Away,
    BeginUnit,
    Cause,
    CommandUnit,
    Dropped,
    Handled,
    OutcomeUnit,
    OutOfOrder,
    RecordUnit,
    ReleaseUnit,
    ReplayUnit,
    Result,
    Started,
    StartUnit,
    TimerUnit,
    Unit,
)
from chassis.work import Missing, Work


class Prepared(NamedTuple):
    """A unit ready to run: its work, what to run in it, and the mark to set once its effects are accepted."""

    work: Work
    run: Callable[[Work], Result]
    mark: Callable[[Result], None]


def _no_mark(_: Result) -> None:
    """A unit whose mark is its position, or that needs none."""


class UnitKinds:
    """Prepares the units of one group."""

    def __init__(
        self, service: Service, activities: Mapping[str, Activity[Any]], group: Group, now: datetime, parked: ParkedQueue, ahead: Ahead
    ) -> None:
        self._service = service
        self._activities = activities
        self._group = group
        self._now = now
        self._parked = parked
        self._ahead = ahead

    def prepare(self, unit: Unit, now: datetime) -> Result | Prepared:
        """Its result at once, or what is to be run for it. `now`: the time of the unit, never behind the streams that it touches."""
        match unit:
            case RecordUnit():
                return self._record(unit, now)
            case CommandUnit():
                return self._command(unit, now)
            case TimerUnit():
                return self._timer(unit, now)
            case StartUnit():
                return self._start(unit, now)
            case OutcomeUnit():
                return self._outcome(unit, now)
            case ReplayUnit():
                return self._replay(unit, now)
            case BeginUnit():
                return self._begin(unit)
            case AdoptUnit():
                return self._adopt(unit, now)
            case ReleaseUnit():
                return self._release(now)

    def _record(self, unit: RecordUnit, now: datetime) -> Result | Prepared:
        position = self._group.positions[unit.source, unit.slot]
        verdict = judge(position, unit.epoch, unit.sequence)
        if verdict is Verdict.DUPLICATE:
            return Dropped()
        if verdict is not Verdict.NEXT:
            return OutOfOrder(position)
        parked = self._group.heads.parked_streams
        if parked and (unit.source, unit.stream) in parked and unit.type in self._service.subscriptions:
            return self._parked.park(unit, ParkedReason.FOLLOWER, "an earlier message of its stream is parked", now)
        return self._react(unit, now)

    def _react(self, unit: RecordUnit, now: datetime, among: Mapping[str, Subscription] | None = None) -> Result | Prepared:
        subscription = (self._service.subscriptions if among is None else among).get(unit.type)
        if subscription is None:
            return Handled()
        if subscription.greatest_age is not None and now - unit.time > subscription.greatest_age:
            return Handled()
        message = self._ahead.message_of(unit) or subscription.decode(unit.value)
        work = Work(self._group, now, unit.cause, is_message=True, message_time=unit.time, shop_id=unit.shop_id)

        def run(work: Work) -> Result:
            for reaction in subscription.reactions:
                reaction(message, work)
            return Handled()

        return Prepared(work, run, _no_mark)

    def _command(self, unit: CommandUnit, now: datetime) -> Result | Prepared:
        stored = self._group.marks.inbox.get(unit.inbox_key) if unit.inbox_key is not None else None
        if stored is not None:
            if stored.request_hash != unit.request_hash:
                return refused(KeyReused())
            return Answered(stored.status, stored.answer, is_repeat=True)
        handler = self._service.handlers[type(unit.command)]
        work = Work(self._group, now, unit.cause, shop_id=getattr(unit.command, "shop_id", ""), sealed=unit.sealed)

        def run(work: Work) -> Result:
            return answered(handler(unit.command, work))

        def mark(result: Result) -> None:
            assert isinstance(result, Answered)
            self.store_answer(unit, result, now)

        return Prepared(work, run, mark)

    def store_answer(self, unit: CommandUnit, answer: Answered, now: datetime) -> None:
        """Keep a command's answer with its key, so that asking again gives the same."""
        if unit.inbox_key is not None:
            row = InboxRow(unit.inbox_key, unit.request_hash, answer.status, answer.body, now)
            self._group.batch.inbox.append(row)
            self._group.marks.inbox[unit.inbox_key] = row

    def _timer(self, unit: TimerUnit, now: datetime) -> Result | Prepared:
        row = unit.row
        if not self._group.has_timer(row):
            return Dropped()
        timer_class, reaction = self._service.timers[row.key.name]
        timer = msgspec.json.decode(row.payload, type=timer_class)
        cause = Cause(
            row.correlation_id,
            f"{self._service.name}/timer/{row.key.stream_id}/{row.key.name}/{row.key.version}",
        )
        work = Work(self._group, max(now, row.due_at), cause, shop_id=row.shop_id)

        def run(work: Work) -> Result:
            reaction(timer, work)
            return Handled()

        return Prepared(work, run, lambda _: self._group.batch.timers_done.add(row.key))

    def _start(self, unit: StartUnit, now: datetime) -> Result:
        row = self._group.intent(unit.intent_key)
        if row is None or row.status is not IntentStatus.PENDING or row.due_at > now or unit.deadline <= now:
            return Dropped()  # one that waited past its own deadline would send nothing, and count as tried
        started = row._replace(
            status=IntentStatus.STARTED,
            attempt=row.attempt + 1,
            asked=0,
            owner=unit.owner,
            deadline=unit.deadline,
        )
        self._group.batch.intents_changed[row.key] = started
        return Started(started)

    def _outcome(self, unit: OutcomeUnit, now: datetime) -> Result | Prepared:
        row = self._group.intent(unit.intent_key)
        if row is None:
            return Dropped()
        made = settled(unit, self._group, self._activities, self._now)
        after = made.row
        if after is None:
            return Dropped()
        if not made.tells_saga:
            self._group.batch.intents_changed[row.key] = after
            return Handled()
        intent_class, reaction = self._service.outcomes[row.kind]
        intent = msgspec.json.decode(row.payload, type=intent_class)
        cause = Cause(row.correlation_id, f"{self._service.name}/intent/{row.key}/{row.attempt}")
        work = Work(self._group, now, cause, shop_id=row.shop_id, sealed=unit.sealed)

        def run(work: Work) -> Result:
            reaction(made.outcome, intent, work)
            if after.status not in (IntentStatus.REFUSED, IntentStatus.ABSENT):
                assert all(each.key != row.key for each in work.effects.intents), f"armed again while it is {after.status}"
            return Handled()

        return Prepared(work, run, lambda _: self._group.close_intent(after))

    def _replay(self, unit: ReplayUnit, now: datetime) -> Result | Prepared:
        if unit.parked_id not in self._group.parked_rows:
            raise Missing(Needs(parked={unit.parked_id}))
        row = self._group.parked_rows[unit.parked_id]
        if row is None:
            return Dropped()
        if row.status is not ParkedStatus.WAITING or unit.parked_id in self._group.batch.parked_done:
            return Dropped()
        queue = self._group.heads.parked_streams.get((row.source, row.stream), [])
        if queue and queue[0] != unit.parked_id:
            return Away("an earlier message of its stream is parked: begin with that one")
        if unit.is_discard:
            self._parked.unpark(row.parked_id, ParkedStatus.DISCARDED)
            return Handled()
        if row.what == UNREAD:
            return Away("nobody has its content any more: it can only be discarded")
        if row.what in ("record", LOST):
            ready = self._react(record_of(row), now, self._service.recoveries if row.what == LOST else None)
            if not isinstance(ready, Prepared):
                self._parked.unpark(row.parked_id, ParkedStatus.REPLAYED)
                return ready
            work, run = ready.work, ready.run
        else:
            work, run = unearth(row, self._service, self._group, now)
        return Prepared(work, run, lambda _: self._parked.unpark(row.parked_id, ParkedStatus.REPLAYED))

    def _begin(self, unit: BeginUnit) -> Result:
        key = (unit.source, unit.slot)
        if self._group.positions[key] != ORIGIN:
            return Dropped()  # it has begun before
        self._group.positions[key] = self._group.batch.positions[key] = Position(unit.epoch, unit.sequence)
        return Handled()

    def _adopt(self, unit: AdoptUnit, now: datetime) -> Result:
        key = (unit.source, unit.slot)
        position = self._group.positions[key]
        if unit.is_forced and position.epoch == unit.epoch - 1 and position.sequence > unit.fork_sequence:
            self._group.heads.last_parked_id += 1
            self._group.batch.parked_new.append(phantoms_row(unit, position, self._group.heads.last_parked_id, now))
            self._group.positions[key] = self._group.batch.positions[key] = Position(unit.epoch, unit.fork_sequence)
            return Handled()
        if judge(position, unit.epoch, unit.fork_sequence + 1, unit.fork_sequence) is not Verdict.ADOPT:
            return OutOfOrder(position)
        self._group.positions[key] = self._group.batch.positions[key] = Position(unit.epoch, position.sequence)
        return Handled()

    def _release(self, now: datetime) -> Result:
        recovery = self._group.heads.recovery
        if recovery is None or recovery.is_released:
            return Dropped()
        if self._group.heads.lost:
            return Away("lost records wait to be handled: replay or discard them first")
        self._group.heads.recovery = recovery._replace(released_at=now)
        self._group.batch.recovery_released_at = now
        return Handled()
