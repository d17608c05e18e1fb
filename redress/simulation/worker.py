"""The activity worker of a process: starts, performs, asks and gives up attempts through the real `chassis.attempts`.

An attempt is a coroutine that is driven along the virtual clock; it dies with its process and sleeps with it. Its calls are logged under
the intent and the attempt they belong to.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from inspect import CORO_CLOSED, CORO_SUSPENDED, getcoroutinestate
from typing import TYPE_CHECKING, Any

from chassis import attempts
from chassis.runtime.steady_clock import SteadyClock
from chassis.store.rows import IntentRow, IntentStatus
from chassis.unit import Away, OutcomeUnit, Result, Started, StartUnit
from protocols.http import TransportFault
from redress.simulation.network import Answering, Caller
from redress.simulation.scene import Crash

if TYPE_CHECKING:
    from redress.simulation.process import Process

PAGE = 100
CLOCK_STEPS_SECONDS = (-600.0, -40.0, -12.0, -12.0, -3.0, 3.0, 12.0, 40.0)


@dataclass(slots=True)
class Timing:
    """When an attempt is over: by its own clock, as it is committed, and by the true time."""

    clock: SteadyClock
    deadline: datetime
    true_deadline: datetime


class Worker:
    def __init__(self, process: Process) -> None:
        self._process = process
        self._in_hand: set[str] = set()
        self._armed_for: float | None = None
        self._brought_before: dict[str, OutcomeUnit] = {}

    def begin(self) -> None:
        self._armed_for = None
        self.arm()

    def arm(self) -> None:
        """Wake up when the next intent wants something."""
        tables = self._process.node.store.tables
        wanted = [self._wanted_at(tables.intents[key]) for key in tables.open_intents if key not in self._in_hand]
        if not wanted:
            return
        clock = self._process.scene.clock
        seconds = max(0.0, (min(wanted) - self._process.now).total_seconds()) + 0.005
        if self._armed_for is None or clock.seconds + seconds < self._armed_for:
            self._armed_for = clock.seconds + seconds
            self._process.later(seconds, self._look, in_term=True)

    def _wanted_at(self, row: IntentRow) -> Any:
        if row.status is IntentStatus.STARTED:
            assert row.deadline is not None
            return row.deadline + self._margin(row)
        return row.due_at

    def _margin(self, row: IntentRow) -> timedelta:
        return timedelta(seconds=self._process.node.activities[row.kind].patience.margin_seconds)

    def _look(self) -> None:
        process, now = self._process, self._process.now
        self._armed_for = None
        for row in process.node.store.due_intents(now, now, PAGE):
            if row.key in self._in_hand:
                continue
            if row.status is IntentStatus.PENDING:
                timing = self._timing(row)
                self._in_hand.add(row.key)
                process.submit(
                    StartUnit(row.key, process.name, timing.deadline),
                    lambda result, row=row, timing=timing: self._started(row, timing, result),  # type: ignore[misc]
                )
            elif row.status is IntentStatus.UNKNOWN:
                self._in_hand.add(row.key)
                self._run(row, attempts.ask, self._timing(row), is_answer=True)
            elif self._wanted_at(row) < now:
                self._in_hand.add(row.key)
                self._bring_home(attempts.lost(row))
        self.arm()

    def _timing(self, row: IntentRow) -> Timing:
        """As the real worker has it: each attempt begins a clock of its own."""
        process, limit = self._process, timedelta(seconds=self._process.node.activities[row.kind].patience.attempt_seconds)
        clock = SteadyClock(lambda: process.now, lambda: process.scene.clock.seconds)
        return Timing(clock, clock() + limit, process.scene.clock.now + limit)

    def _started(self, row: IntentRow, timing: Timing, result: Result) -> None:
        if not isinstance(result, Started):
            self._in_hand.discard(row.key)
            if isinstance(result, Away):
                self._process.later(0.5, self.arm, in_term=True)
            return
        scene = self._process.scene
        if scene.chance.strikes("call freeze", scene.rates.freeze_at_call):
            self._process.freeze(scene.chance.between("call freeze", 1.0, 60.0))
        self._step_clocks()
        self._repeat_old_outcome(row)
        self._process.later(0.003, lambda: self._run(result.row, attempts.perform, timing, is_answer=False))

    def _step_clocks(self) -> None:
        """The clock of the machine is put to another time while the attempt is under way, perhaps while its process stands still."""
        scene, node = self._process.scene, self._process.node
        if scene.chance.strikes("clock step", scene.rates.clock_step_at_call):
            seconds = scene.chance.stream("clock step").choice(CLOCK_STEPS_SECONDS)
            scene.clock.after(scene.chance.between("clock step", 0.0, 40.0) ** 2 / 40.0, lambda: node.jump(seconds))

    def _run(self, row: IntentRow, how: Callable[..., Coroutine[Any, Any, OutcomeUnit]], timing: Timing, *, is_answer: bool) -> None:
        node, scene = self._process.node, self._process.scene
        self._crash_at_call()
        attempt = how(node.activities[row.kind], row, timing.clock, lambda _row, error: scene.bug(node.name, error))
        remaining = (timing.deadline - timing.clock()).total_seconds()
        # In the background: as long as the attempt is under way its intent is open, and the world is not over.
        cut = partial(self._cut, attempt, row, timing, is_answer=is_answer)
        self._process.later(max(0.01, remaining), cut, is_background=True)
        offset = self._process.clock_offset
        if is_answer:
            caller = Caller(node.name, row.key, row.attempt, None, clock_offset=offset)
        else:
            caller = Caller(node.name, row.key, row.attempt, row.deadline, timing.true_deadline, offset)
        self._drive(attempt, caller, None)

    def _cut(self, attempt: Coroutine[Any, Any, OutcomeUnit], row: IntentRow, timing: Timing, *, is_answer: bool) -> None:
        """The time for the attempt is over; nothing happens where it has come home."""
        if getcoroutinestate(attempt) == CORO_SUSPENDED:
            attempt.close()
            self._bring_home(attempts.unanswered(row, asked_at=timing.clock() if is_answer else None))

    def _drive(self, attempt: Coroutine[Any, Any, OutcomeUnit], caller: Caller, come: Any) -> None:
        scene = self._process.scene
        if getcoroutinestate(attempt) == CORO_CLOSED:
            return
        scene.network.caller = caller
        try:
            asked = attempt.throw(come) if isinstance(come, TransportFault) else attempt.send(come)
        except StopIteration as end:
            self._crash_at_call()
            self._bring_home(end.value)
            return
        assert isinstance(asked, Answering), "an activity waits for something else than Tools.http"
        self._process.later(asked.delay_seconds, lambda: self._drive(attempt, caller, asked.result))
        self._crash_at_call()

    def _crash_at_call(self) -> None:
        scene = self._process.scene
        if scene.chance.strikes("call crash", scene.rates.crash_at_call):
            raise Crash

    def _bring_home(self, unit: OutcomeUnit) -> None:
        if not self._process.is_writer:
            self._in_hand.discard(unit.intent_key)
            return  # the successor finds the attempt without outcome and asks
        self._process.submit(unit, lambda result: self._brought(unit, result))
        self._brought_before[unit.intent_key] = unit

    def _repeat_old_outcome(self, row: IntentRow) -> None:
        """What an earlier attempt came to is brought once more, while the next one is under way."""
        before, scene = self._brought_before.get(row.key), self._process.scene
        if before is not None and scene.chance.strikes("outcome twice", scene.rates.outcome_twice):
            seconds = scene.chance.between("outcome twice", 0.001, 0.3)
            self._process.later(seconds, lambda: self._process.submit(before, lambda _: None))

    def _brought(self, unit: OutcomeUnit, result: Result) -> None:
        if isinstance(result, Away):
            self._process.later(0.5, lambda: self._bring_home(unit))
            return
        self._in_hand.discard(unit.intent_key)
        self.arm()
