"""Deciding on one group: passes over its units until every one is decided.

In a pass each waiting unit is tried in the order it came. A unit that misses something waits, and with it the later units of its order
key and those that need a stream it misses; all misses of the pass are fetched in one round, and the next pass begins. Everything a
unit decides enters the group at once when it ends well, together with the unit's own mark (position, stored answer, fired timer,
settled intent, parked row done), so that no effect is ever without its mark.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from chassis.activity import Activity, settle
from chassis.aggregate import at_work
from chassis.answers import KeyReused, answered, bug_answer, refused
from chassis.decoding import Undecodable
from chassis.errors import Fault, RedressError
from chassis.group import Group
from chassis.intake import ORIGIN, Verdict, judge
from chassis.parking import bury, record_of, unearth, where
from chassis.recovering import asked_first, phantoms_row
from chassis.service import Service, Subscription
from chassis.store.exchange import MarkNeeds, Needs
from chassis.store.port import ConstraintBroken, GenerationLost, GroupAgain, GroupTransaction, StoreAway
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
    Parked,
    RecordUnit,
    ReleaseUnit,
    ReplayUnit,
    Result,
    Settlement,
    Started,
    StartUnit,
    TimerUnit,
    Unit,
)
from chassis.work import Behind, Held, Missing, StreamNotMet, Work


class Prepared(NamedTuple):
    """A unit ready to run: its work, what to run in it, and the mark to set once its effects are accepted."""

    work: Work
    run: Callable[[Work], Result]
    mark: Callable[[Result], None]


def _no_mark(_: Result) -> None:
    """A unit whose mark is its position, or that needs none."""


class Deciding:
    """The passes over one group. `condemned` names a unit that failed alone at the commit: it is parked unheard.

    `is_alone`: nothing parked is handed on, so that what a unit would hand on cannot fail it.
    """

    def __init__(
        self,
        service: Service,
        activities: Mapping[str, Activity[Any]],
        group: Group,
        transaction: GroupTransaction,
        now: datetime,
        on_bug: Callable[[Unit, BaseException], None],
        condemned: tuple[Unit, str] | None,
        is_alone: bool,
    ) -> None:
        self._service = service
        self._activities = activities
        self._group = group
        self._transaction = transaction
        self._now = group.now = now
        self._on_bug = on_bug
        self._condemned = condemned
        self._is_alone = is_alone
        self._settlements: list[Settlement] = []
        self._waiting: deque[Unit] = deque()
        self._handed_on: list[ReplayUnit] = []

    def decide(self, units: list[Unit]) -> list[Settlement]:
        """One settlement for each unit; what they decided is in the group's batch."""
        self._waiting.extend(units)
        self._prefetch(units)
        while self._waiting:
            needs, later, blocked = Needs(), deque[Unit](), set[object]()
            self._group.held.clear()
            while self._waiting:
                unit = self._waiting.popleft()
                missing = Needs() if unit.order_key in blocked else self._decide_one(unit)
                if missing is not None:
                    needs.add(missing)
                    later.append(unit)
                    blocked.add(unit.order_key)
                    self._group.held |= missing.streams
            assert needs or not later, "units wait, and for nothing"
            if needs:
                self._fetch(needs)
            self._waiting = later
        return self._settlements

    def _fetch(self, needs: Needs) -> None:
        if needs.intents:
            rows = self._transaction.marks(MarkNeeds(intents=needs.intents)).intents
            self._group.take_in_intents(needs.intents, rows)
        asked = self._group.claim_counts(needs)
        self._group.take_in(asked, self._transaction.fetch(asked))

    def _prefetch(self, units: list[Unit]) -> None:
        """Fetch at once what the group will surely need: a miss found later costs everybody a round."""
        needs = Needs()
        for unit in units:
            if isinstance(unit, TimerUnit):
                needs.streams.add(unit.row.key.stream_id)
            elif isinstance(unit, RecordUnit):
                subscription = self._service.subscriptions.get(unit.type)
                if subscription is not None and subscription.loads is not None:
                    try:
                        needs.streams.update(subscription.loads(subscription.decode(unit.value)))
                    except Exception:  # noqa: BLE001 - whatever it is shows again, and is dealt with, when the unit's turn comes
                        continue
        needs.streams = self._group.unknown(needs.streams)
        if needs:
            self._fetch(needs)

    def _decide_one(self, unit: Unit) -> Needs | None:
        """Decide a unit now (None), or say what it misses; an empty Needs waits for an earlier unit."""
        now = self._now
        while True:
            prepared: Prepared | None = None
            try:
                ready = self._prepare(unit, now)
                if not isinstance(ready, Prepared):
                    return self._settle(unit, ready)
                prepared = ready
                with at_work(prepared.work):
                    result = prepared.run(prepared.work)
                self._ask_first(prepared.work)
                self._group.accept(prepared.work.effects, prepared.work.cause)
            except Missing as missing:
                self._give_up(prepared, is_whole=False)
                return missing.needs
            except Held:
                self._give_up(prepared, is_whole=False)
                return Needs()
            except Behind as behind:
                self._give_up(prepared, is_whole=False)
                now = behind.at
                continue
            except StreamNotMet as early:
                self._give_up(prepared, is_whole=False)
                return self._settle(unit, self._park(unit, ParkedReason.EARLY, early.kind, now, early.stream_id))
            except Undecodable as error:
                return self._settle(unit, self._park(unit, ParkedReason.UNDECODABLE, str(error), now))
            except (GroupAgain, GenerationLost, StoreAway, ConstraintBroken):
                raise  # from the store: the whole group is over
            except Exception as error:  # noqa: BLE001 - the top of a unit: whatever it is must not stop the others
                self._give_up(prepared, is_whole=True)
                return self._settle(unit, self._fail(unit, error, now))
            prepared.mark(result)
            return self._settle(unit, result)

    def _ask_first(self, work: Work) -> None:
        """After a restore, an attempt that this store has forgotten may have been made: its new intents are asked about first."""
        recovery, intents = self._group.heads.recovery, work.effects.intents
        if recovery is None or recovery.is_released or not intents:
            return
        work.effects.intents = [asked_first(row, self._group.earlier_intent(row.key), recovery) for row in intents]

    def _give_up(self, prepared: Prepared | None, *, is_whole: bool) -> None:
        if prepared is not None:
            self._group.give_up(prepared.work.effects, is_whole=is_whole)

    def _fail(self, unit: Unit, error: Exception, now: datetime) -> Result:
        if isinstance(unit, CommandUnit) and isinstance(error, RedressError):
            answer = refused(error)
            if not isinstance(error, Fault):
                self._store_answer(unit, answer, now)
            return answer
        self._on_bug(unit, error)
        return self._park(unit, ParkedReason.BUG, where(error), now)

    def _settle(self, unit: Unit, result: Result) -> Needs | None:
        if isinstance(unit, RecordUnit) and isinstance(result, Handled | Parked):
            key = (unit.source, unit.slot)
            self._group.positions[key] = self._group.batch.positions[key] = Position(unit.epoch, unit.sequence)
        if not (self._handed_on and any(unit is each for each in self._handed_on)):
            self._settlements.append(Settlement(unit, result))
        if self._group.created:
            self._hand_on_early()
        return None

    def _hand_on_early(self) -> None:
        """Early messages whose stream this group has just created go on within it."""
        early = self._group.heads.early
        if early and not self._is_alone:
            for stream_id in self._group.created:
                for parked_id in reversed(early.pop(stream_id, [])):
                    self._replay_next(parked_id)
        self._group.created.clear()

    def _replay_next(self, parked_id: int) -> None:
        unit = ReplayUnit(parked_id)
        self._handed_on.append(unit)
        self._waiting.appendleft(unit)

    # parking

    def _park(self, unit: Unit, reason: ParkedReason, detail: str, now: datetime, awaits: UUID | None = None) -> Result:
        heads, batch = self._group.heads, self._group.batch
        if isinstance(unit, CommandUnit):
            return bug_answer(unit.cause.correlation_id)
        if isinstance(unit, ReplayUnit) and awaits is not None:
            self._await(unit.parked_id, awaits)
        if not isinstance(unit, RecordUnit | TimerUnit | OutcomeUnit):
            return Away(detail)  # a replay that fails again stays parked
        intent = None
        if isinstance(unit, TimerUnit):
            batch.timers_done.add(unit.row.key)
        elif isinstance(unit, OutcomeUnit):
            intent = self._group.intent(unit.intent_key)
            assert intent is not None
            settled = self._settled(unit)
            if settled.row is not None:
                batch.intents_changed[intent.key] = settled.row
            batch.vault += unit.sealed
        heads.last_parked_id += 1
        row = bury(unit, intent, heads.last_parked_id, self._service.name, reason, detail, now, awaits)
        batch.parked_new.append(row)
        self._group.parked_rows[row.parked_id] = row
        if row.stream:
            heads.parked_streams.setdefault((row.source, row.stream), []).append(row.parked_id)
        if awaits is not None:
            heads.early.setdefault(awaits, []).append(row.parked_id)
        return Parked(reason, detail)

    def _await(self, parked_id: int, awaits: UUID) -> None:
        """A parked message met one stream and names another that is not there yet: that one hands it on."""
        heads, row = self._group.heads, self._group.parked_rows[parked_id]
        assert row is not None
        if row.awaits is not None and parked_id in heads.early.get(row.awaits, []):
            heads.early[row.awaits].remove(parked_id)
        heads.early.setdefault(awaits, []).append(parked_id)
        self._group.parked_rows[parked_id] = row._replace(reason=ParkedReason.EARLY, awaits=awaits)
        self._group.batch.parked_awaits[parked_id] = awaits

    def _unpark(self, parked_id: int, status: ParkedStatus) -> None:
        heads, row = self._group.heads, self._group.parked_rows[parked_id]
        assert row is not None
        self._group.batch.parked_done[parked_id] = status
        if parked_id in heads.lost:
            heads.lost.remove(parked_id)
        if row.awaits is not None and parked_id in heads.early.get(row.awaits, []):
            heads.early[row.awaits].remove(parked_id)
        queue = heads.parked_streams.get((row.source, row.stream), [])
        if parked_id in queue:
            queue.remove(parked_id)
            if not queue:
                del heads.parked_streams[row.source, row.stream]
            elif not self._is_alone:
                self._replay_next(queue[0])

    # one kind of unit each: a result at once, or a unit prepared to run

    def _prepare(self, unit: Unit, now: datetime) -> Result | Prepared:
        if self._condemned is not None and self._condemned[0] is unit:
            return self._park(unit, ParkedReason.BUG, self._condemned[1], now)
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
            return self._park(unit, ParkedReason.FOLLOWER, "an earlier message of its stream is parked", now)
        return self._react(unit, now)

    def _react(self, unit: RecordUnit, now: datetime, among: Mapping[str, Subscription] | None = None) -> Result | Prepared:
        subscription = (self._service.subscriptions if among is None else among).get(unit.type)
        if subscription is None:
            return Handled()
        if subscription.greatest_age is not None and now - unit.time > subscription.greatest_age:
            return Handled()
        message = subscription.decode(unit.value)
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
            self._store_answer(unit, result, now)

        return Prepared(work, run, mark)

    def _store_answer(self, unit: CommandUnit, answer: Answered, now: datetime) -> None:
        if unit.inbox_key is not None:
            row = InboxRow(unit.inbox_key, unit.request_hash, answer.status, answer.body, now)
            self._group.batch.inbox.append(row)
            self._group.marks.inbox[unit.inbox_key] = row

    def _timer(self, unit: TimerUnit, now: datetime) -> Result | Prepared:
        row = unit.row
        if not self._group.has_timer(row.key):
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
        if row is None or row.status is not IntentStatus.PENDING or row.due_at > now:
            return Dropped()
        started = row._replace(
            status=IntentStatus.STARTED,
            attempt=row.attempt + 1,
            asked=0,
            owner=unit.owner,
            deadline=unit.deadline,
        )
        self._group.batch.intents_changed[row.key] = started
        return Started(started)

    def _settled(self, unit: OutcomeUnit) -> Any:
        row = self._group.intent(unit.intent_key)
        assert row is not None
        activity = self._activities[row.kind]
        # By the clock, not by the streams' time: the deadline is the worker's, and the next question is due when it says so.
        return settle(row, unit.attempt, unit.outcome, unit.is_answer, self._now, activity.patience, activity.is_askable)

    def _outcome(self, unit: OutcomeUnit, now: datetime) -> Result | Prepared:
        row = self._group.intent(unit.intent_key)
        if row is None:
            return Dropped()
        settled = self._settled(unit)
        if settled.row is None:
            return Dropped()
        if not settled.tells_saga:
            self._group.batch.intents_changed[row.key] = settled.row
            return Handled()
        intent_class, reaction = self._service.outcomes[row.kind]
        intent = msgspec.json.decode(row.payload, type=intent_class)
        cause = Cause(row.correlation_id, f"{self._service.name}/intent/{row.key}/{row.attempt}")
        work = Work(self._group, now, cause, shop_id=row.shop_id, sealed=unit.sealed)

        def run(work: Work) -> Result:
            reaction(settled.outcome, intent, work)
            if settled.row.status not in (IntentStatus.REFUSED, IntentStatus.ABSENT):
                assert all(each.key != row.key for each in work.effects.intents), f"armed again while it is {settled.row.status}"
            return Handled()

        return Prepared(work, run, lambda _: self._group.close_intent(settled.row))

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
            self._unpark(row.parked_id, ParkedStatus.DISCARDED)
            return Handled()
        if row.what == UNREAD:
            return Away("nobody has its content any more: it can only be discarded")
        if row.what in ("record", LOST):
            ready = self._react(record_of(row), now, self._service.recoveries if row.what == LOST else None)
            if not isinstance(ready, Prepared):
                self._unpark(row.parked_id, ParkedStatus.REPLAYED)
                return ready
            work, run = ready.work, ready.run
        else:
            work, run = unearth(row, self._service, self._group, now)
        return Prepared(work, run, lambda _: self._unpark(row.parked_id, ParkedStatus.REPLAYED))

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
