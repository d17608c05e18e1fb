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
from typing import Any

from chassis.activity import Activity
from chassis.aggregate import at_work
from chassis.ahead import Ahead
from chassis.answers import refused
from chassis.decoding import Undecodable
from chassis.errors import RedressError
from chassis.group import Group
from chassis.kinds import Prepared, UnitKinds
from chassis.parked_queue import ParkedQueue
from chassis.parking import where
from chassis.recovering import asked_first
from chassis.service import Service
from chassis.store.exchange import MarkNeeds, Needs
from chassis.store.port import ConstraintBroken, GenerationLost, GroupAgain, GroupTransaction, StoreAway
from chassis.store.rows import ParkedReason, Position
from chassis.unit import (
    CommandUnit,
    Handled,
    Parked,
    RecordUnit,
    ReplayUnit,
    Result,
    Settlement,
    Unit,
)
from chassis.work import Behind, Held, Missing, StreamNotMet, Work


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
        ahead: Ahead,
    ) -> None:
        self._service = service
        self._group = group
        self._transaction = transaction
        self._now = group.now = now
        self._on_bug = on_bug
        self._condemned = condemned
        self._is_alone = is_alone
        self._settlements: list[Settlement] = []
        self._waiting = waiting = deque[Unit]()
        self._handed_on: list[ReplayUnit] = []
        self._hand_on = _handing_on(waiting, self._handed_on, is_alone)
        self._parked = ParkedQueue(service.name, activities, group, now, self._hand_on)
        self._kinds = UnitKinds(service, activities, group, now, self._parked, ahead)

    def decide(self, units: list[Unit]) -> list[Settlement]:
        """One settlement for each unit; what they decided is in the group's batch."""
        self._waiting.extend(units)
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
            self._waiting.extend(later)
        return self._settlements

    def _fetch(self, needs: Needs) -> None:
        if needs.intents:
            rows = self._transaction.marks(MarkNeeds(intents=needs.intents)).intents
            self._group.take_in_intents(needs.intents, rows)
        asked = self._group.claim_counts(needs)
        self._group.take_in(asked, self._transaction.fetch(asked))

    def _decide_one(self, unit: Unit) -> Needs | None:
        """Decide a unit now (None), or say what it misses; an empty Needs waits for an earlier unit."""
        now = self._now
        while True:
            prepared: Prepared | None = None
            try:
                ready = self._ready(unit, now)
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
                return self._settle(unit, self._parked.park(unit, ParkedReason.EARLY, early.kind, now, early.stream_id))
            except Undecodable as error:
                return self._settle(unit, self._parked.park(unit, ParkedReason.UNDECODABLE, str(error), now))
            except (GroupAgain, GenerationLost, StoreAway, ConstraintBroken):
                raise  # from the store: the whole group is over
            except Exception as error:  # noqa: BLE001 - the top of a unit: whatever it is must not stop the others
                self._give_up(prepared, is_whole=True)
                return self._settle(unit, self._fail(unit, error, now))
            prepared.mark(result)
            return self._settle(unit, result)

    def _ready(self, unit: Unit, now: datetime) -> Result | Prepared:
        if self._condemned is not None and self._condemned[0] is unit:
            return self._parked.park(unit, ParkedReason.BUG, self._condemned[1], now)
        return self._kinds.prepare(unit, now)

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
            if error.is_kept:
                self._kinds.store_answer(unit, answer, now)
            return answer
        self._on_bug(unit, error)
        return self._parked.park(unit, ParkedReason.BUG, where(error), now)

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
                    self._hand_on(parked_id)
        self._group.created.clear()


def _handing_on(waiting: deque[Unit], handed_on: list[ReplayUnit], is_alone: bool) -> Callable[[int], None]:
    """Puts a parked row in front of what waits.

    A plain function, not a method: one that knew its `Deciding` would close a circle, and all that a group read and wrote would lie
    about until the collector finds it, ten thousands of objects at once, while every buyer waits.
    """

    def hand_on(parked_id: int) -> None:
        if is_alone:
            return
        unit = ReplayUnit(parked_id)
        handed_on.append(unit)
        waiting.appendleft(unit)

    return hand_on
