"""Due timers and due intents: found in the store, given to the writer, performed outside.

Timers: a due row becomes a unit; the row's deletion in that unit's commit is the mark, so finding it twice does no harm. Intents: see
`attempts`. Each target has a limit of calls at once and a breaker: after several failures in a row nothing new is started for a
while, then one attempt is let through. A breaker only delays a start; it decides nothing, and questions pass it, not the limit.

The loop wakes when something is due that the committer wrote or that it found at its last look; a slow poll is the net under both. It polls
faster while something is due that cannot be taken (its target is full or has its breaker open) or an attempt is under way: of that one
nobody tells when its process dies.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from chassis import attempts
from chassis.activity import Activity, Outcome, Refused, Unknown
from chassis.errors import Fault
from chassis.logs import get_log
from chassis.metrics import BreakerState, Metrics
from chassis.runtime.steady_clock import SteadyClock
from chassis.runtime.writer import Writer
from chassis.store.port import ReaderStore, StoreAway
from chassis.store.rows import IntentRow, IntentStatus, TimerKey
from chassis.tracing import Tracing
from chassis.unit import OutcomeUnit, Started, StartUnit, TimerUnit, Unit

POLL_SECONDS = 0.5
REST_SECONDS = 5.0
GRAIN_SECONDS = 0.1
"""What is due soon is looked for this much later at most: many timers are cancelled meanwhile, and one look finds many."""
LONGEST_MARGIN = timedelta(seconds=5)
TIMER_PAGE = 500
INTENT_PAGE = 200
FAILURES_TO_OPEN = 5
OPEN_SECONDS = 5.0

log = get_log("worker")


@dataclass(slots=True)
class Target:
    """One target's breaker, how many calls are under way, and how many may be."""

    limit: int
    under_way: int = 0
    failures: int = 0
    open_until: datetime | None = None

    @property
    def is_full(self) -> bool:
        return self.under_way >= self.limit

    def may_start(self, now: datetime) -> bool:
        if self.is_full:
            return False
        if self.open_until is None or self.failures < FAILURES_TO_OPEN:
            return True
        # Half open: one attempt at a time finds out.
        return now >= self.open_until and self.under_way == 0

    def learn(self, is_success: bool, now: datetime) -> BreakerState:
        self.failures = 0 if is_success else self.failures + 1
        if self.failures < FAILURES_TO_OPEN:
            self.open_until = None
            return BreakerState.CLOSED
        self.open_until = now + timedelta(seconds=OPEN_SECONDS)
        return BreakerState.OPEN


class Worker:
    """Fires timers and performs intents of one service while `run` runs."""

    def __init__(
        self, store: ReaderStore, writer: Writer, activities: Mapping[str, Activity[Any]], owner: str, metrics: Metrics, tracing: Tracing
    ) -> None:
        self._store = store
        self._writer = writer
        self._activities = activities
        self._owner = owner
        self._metrics = metrics
        self._tracing = tracing
        self._targets: dict[str, Target] = {}
        self._firing: set[TimerKey] = set()
        self._working: set[str] = set()
        self._unheard: set[str] = set()
        """Intents whose kind this version of the service does not know."""
        self._wake = asyncio.Event()
        self._is_quiet = False
        """Nobody woke it during the last wait: only then is it worth asking how long nothing will be due."""
        self._bell: asyncio.TimerHandle | None = None
        self._calls: set[asyncio.Task[None]] = set()
        self.advanced_at: datetime | None = None

    def wake(self, due_at: datetime) -> None:
        """A commit left something that is due then; called from the event loop. What is due later than a rest is found by itself."""
        seconds = (due_at - datetime.now(UTC)).total_seconds()
        if seconds <= 0:
            self._wake.set()
        elif seconds < REST_SECONDS:
            self._ring_in(max(seconds, GRAIN_SECONDS))

    def _ring_in(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        at = loop.time() + seconds
        if self._bell is not None and self._bell.when() <= at:
            return  # after the earlier ring it looks for what is due next
        self._silence()
        self._bell = loop.call_at(at, self._ring)

    def _ring(self) -> None:
        self._bell = None
        self._wake.set()

    def _silence(self) -> None:
        if self._bell is not None:
            self._bell.cancel()
            self._bell = None

    async def run(self) -> None:
        """Work until cancelled; calls under way are then given up (their outcome will be asked about)."""
        try:
            while True:
                try:
                    busy = await self._fire_timers() + await self._take_intents()
                except StoreAway:
                    busy = 0
                self.advanced_at = datetime.now(UTC)
                if busy == 0:
                    await self._wait()
                else:
                    await asyncio.sleep(0.005)
        finally:
            self._silence()
            for call in self._calls:
                call.cancel()
            await asyncio.gather(*self._calls, return_exceptions=True)

    async def _wait(self) -> None:
        rest = await self._rest() if self._is_quiet else POLL_SECONDS
        try:
            async with asyncio.timeout(rest):
                await self._wake.wait()
        except TimeoutError:
            self._is_quiet = True
            return
        self._is_quiet = False
        self._wake.clear()

    async def _rest(self) -> float:
        try:
            return await asyncio.to_thread(self._rest_seconds)
        except StoreAway:
            return POLL_SECONDS

    def _rest_seconds(self) -> float:
        """How long nothing of what is in the store now will be due."""
        if self._store.intents([IntentStatus.STARTED], 1):
            return POLL_SECONDS
        waiting = [row.due_at for status in (IntentStatus.PENDING, IntentStatus.UNKNOWN) for row in self._store.intents([status], 1)]
        timer = self._store.oldest_timer()
        first = min([*waiting, *([] if timer is None else [timer])], default=None)
        if first is None:
            return REST_SECONDS
        rest = (first - datetime.now(UTC)).total_seconds()
        return min(rest, REST_SECONDS) if rest > 0 else POLL_SECONDS

    async def _fire_timers(self) -> int:
        now = datetime.now(UTC)
        rows = await asyncio.to_thread(self._store.due_timers, now, TIMER_PAGE)
        self._metrics.set_oldest_timer((now - rows[0].due_at).total_seconds() if rows else 0.0)
        new = [row for row in rows if row.key not in self._firing]
        for row in new:
            try:
                self._writer.submit(TimerUnit(row), self._fired)
            except Fault:
                return 0
            self._firing.add(row.key)
        return len(new)

    def _fired(self, unit: Unit, _result: object) -> None:
        assert isinstance(unit, TimerUnit)
        self._firing.discard(unit.row.key)
        self._wake.set()

    async def _take_intents(self) -> int:
        now = datetime.now(UTC)
        # A target that cannot be called now must not fill the page: behind its long queue others would never be seen.
        no_start = [name for name, target in self._targets.items() if not target.may_start(now)]
        no_ask = [name for name, target in self._targets.items() if target.is_full]
        due = partial(self._store.due_intents, no_start=no_start, no_ask=no_ask)
        rows = await asyncio.to_thread(due, now, now - LONGEST_MARGIN, INTENT_PAGE)
        self._metrics.set_oldest_intent((now - rows[0].created_at).total_seconds() if rows else 0.0)
        return sum(self._take(row, now) for row in rows if row.key not in self._working)

    def _take(self, row: IntentRow, now: datetime) -> bool:
        activity = self._activities.get(row.kind)
        if activity is None:
            if row.key not in self._unheard:
                self._unheard.add(row.key)
                log.critical("nobody performs an intent of this kind: it waits", intent_kind=row.kind)
            return False
        target = self._targets.setdefault(row.target, Target(activity.concurrency))
        if row.status is IntentStatus.PENDING and not target.may_start(now):
            return False
        if row.status is IntentStatus.UNKNOWN and target.is_full:
            return False
        self._working.add(row.key)
        target.under_way += 1
        call = asyncio.create_task(self._work_on(row, activity, target))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        return True

    async def _work_on(self, row: IntentRow, activity: Activity[Any], target: Target) -> None:
        try:
            with self._tracing.span("activity", intent=row.kind, target=row.target, attempt=row.attempt, correlation_id=row.correlation_id):
                unit = await self._attempt(row, activity)
            if unit is None:
                return
            state = target.learn(_is_well(unit.outcome), datetime.now(UTC))
            if row.target in self._metrics.targets:
                self._metrics.set_breaker(row.target, state)
            await self._writer.result_of(unit)
        except Fault:
            log.info("the outcome will be asked about: the queue is full", intent_kind=row.kind)
        finally:
            target.under_way -= 1
            self._working.discard(row.key)
            self._wake.set()

    async def _attempt(self, row: IntentRow, activity: Activity[Any]) -> OutcomeUnit | None:
        if row.status is IntentStatus.STARTED:
            return attempts.lost(row)
        limit = activity.patience.attempt_seconds
        # One clock an attempt: its deadline is set and kept by it, whatever the wall clock did before and does meanwhile.
        now = SteadyClock()
        if row.status is IntentStatus.UNKNOWN:
            return await _within(limit, attempts.ask(activity, row, now, _on_bug), row, asked_at=now())
        deadline = now() + timedelta(seconds=limit)
        result = await self._writer.result_of(StartUnit(row.key, self._owner, deadline))
        if not isinstance(result, Started):
            return None
        remaining = (deadline - now()).total_seconds()
        return await _within(max(0.01, remaining), attempts.perform(activity, result.row, now, _on_bug), result.row, asked_at=None)


async def _within(seconds: float, call: Any, row: IntentRow, *, asked_at: datetime | None) -> OutcomeUnit:
    try:
        async with asyncio.timeout(seconds):
            unit: OutcomeUnit = await call
            return unit
    except TimeoutError:
        return attempts.unanswered(row, asked_at=asked_at)


def _is_well(outcome: Outcome) -> bool:
    """Whether this outcome speaks for its target."""
    match outcome:
        case Refused():
            return not outcome.is_temporary
        case Unknown():
            return outcome.has_answered
        case _:
            return True


def _on_bug(row: IntentRow, bug: BaseException) -> None:
    log.error("an activity raised", intent_kind=row.kind, error=bug)
