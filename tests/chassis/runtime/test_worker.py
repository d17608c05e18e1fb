"""The worker: one target that is slow, or an intent that nobody performs any more, keeps no other waiting."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import msgspec
import pytest

from chassis.activity import Outcome, Refused, Unknown
from chassis.metrics import Metrics
from chassis.runtime import worker as worker_module
from chassis.runtime.steady_clock import SteadyClock
from chassis.runtime.worker import INTENT_PAGE, POLL_SECONDS, REST_SECONDS, Worker
from chassis.runtime.writer import Writer
from chassis.store.exchange import Batch
from chassis.store.memory import MemoryStore
from chassis.store.rows import IntentRow, IntentStatus, TimerKey, TimerRow
from chassis.tracing import Tracing
from chassis.unit import Dropped, Handled, OutcomeUnit, Result, Started, StartUnit, Unit
from tests.chassis.core.toy import Borrow, BorrowMarble
from tests.chassis.runtime.test_steady_clock import Clocks

PAYLOAD = msgspec.json.encode(BorrowMarble(key="k", target="t", shop_id="shop", jar="red"))
PAST = datetime(2026, 1, 1, tzinfo=UTC)


def pending(number: int, target: str, kind: str = "borrow_marble") -> IntentRow:
    due_at = PAST + timedelta(seconds=number)
    return IntentRow(
        f"{target}/{number}", kind, target, "shop", PAYLOAD, IntentStatus.PENDING, 0, 0, None, None, due_at, "c", "c", due_at
    )  # fmt: skip


class Waiting:
    """A writer that never answers, so that every call stays under way; it notes which intents were to be started."""

    def __init__(self, *intents: IntentRow) -> None:
        self.started: list[str] = []
        self.store = MemoryStore()
        self.session = self.store.writer("one")
        self.write(Batch(intents_new={row.key: row for row in intents}))

    def write(self, batch: Batch) -> None:
        generation = self.session.elect("here")
        assert generation is not None
        self.session.begin(generation).write_and_commit(batch)

    async def result_of(self, unit: Unit) -> Result:
        assert isinstance(unit, StartUnit)
        self.started.append(unit.intent_key)
        await asyncio.Event().wait()
        return Dropped()


class Prompt(Waiting):
    """A writer that starts what is asked of it, and takes every outcome."""

    async def result_of(self, unit: Unit) -> Result:
        if isinstance(unit, OutcomeUnit):
            return Handled()
        assert isinstance(unit, StartUnit)
        self.started.append(unit.intent_key)
        row = next(row for row in self.store.intents([IntentStatus.PENDING], 999) if row.key == unit.intent_key)
        started = row._replace(status=IntentStatus.STARTED, deadline=unit.deadline, attempt=1)
        self.write(Batch(intents_changed={row.key: started}))
        return Started(started)


class Frozen(Prompt):
    """A writer that starts an attempt while the machine's clock is an hour ahead; until it answers, that is put right and time goes by."""

    def __init__(self, clocks: Clocks, *intents: IntentRow) -> None:
        super().__init__(*intents)
        self.clocks = clocks
        self.outcomes: list[Outcome] = []

    async def result_of(self, unit: Unit) -> Result:
        if isinstance(unit, OutcomeUnit):
            self.outcomes.append(unit.outcome)
            return Handled()
        result = await super().result_of(unit)
        self.clocks.wall -= timedelta(hours=1)
        self.clocks.go_on(Borrow.patience.attempt_seconds + 1)
        return result


class Slowly(Borrow):
    """A neighbour who takes every wish down and brings nothing yet."""

    async def perform(self, intent: BorrowMarble) -> Outcome:
        return Unknown("not_yet", has_answered=True)


async def started_by(writer: Waiting, activity: type[Borrow] = Borrow) -> list[str]:
    """Which intents a worker starts with this writer."""
    metrics = Metrics("toy", sources=[], targets=())
    activities: dict[str, Any] = {"borrow_marble": activity(cast(Any, None))}
    worker = Worker(writer.store, cast(Writer, writer), activities, "here", metrics, Tracing("toy"))
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(0.3)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return writer.started


async def test_a_target_with_a_long_queue_does_not_hide_the_others() -> None:
    slow = [pending(number, "slow") for number in range(INTENT_PAGE + 50)]
    started = await started_by(Waiting(*slow, pending(9_999, "quick")))
    assert "quick/9999" in started
    assert len([key for key in started if key.startswith("slow/")]) == Borrow.concurrency


@pytest.mark.parametrize("others", [1, 3])
async def test_an_intent_that_nobody_performs_any_more_stops_no_other(others: int) -> None:
    retired = pending(0, "gone", kind="retired")
    started = await started_by(Waiting(retired, *(pending(number, "quick") for number in range(1, 1 + others))))
    assert len(started) == others


async def test_a_target_that_answers_without_a_result_yet_is_not_taken_for_dead() -> None:
    started = await started_by(Prompt(*(pending(number, "slow") for number in range(20))), Slowly)
    assert len(started) == 20


async def test_an_attempt_whose_deadline_was_set_while_the_clock_was_ahead_is_not_sent_past_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = Clocks()
    monkeypatch.setattr(worker_module, "SteadyClock", lambda: SteadyClock(lambda: clocks.wall, lambda: clocks.elapsed))
    clocks.wall += timedelta(hours=1)
    writer = Frozen(clocks, pending(0, "t"))
    await started_by(writer)
    assert writer.outcomes[:1] == [Refused("deadline_passed", is_temporary=True)]


def rest_of(*intents: IntentRow, timers: tuple[TimerRow, ...] = ()) -> float:
    """How long a quiet worker waits with these rows in its store."""
    writer = Waiting(*(row for row in intents if row.status is IntentStatus.PENDING))
    writer.write(Batch(timers_set={row.key: row for row in timers}))
    for row in intents:
        if row.status is not IntentStatus.PENDING:
            writer.write(Batch(intents_new={row.key: row._replace(status=IntentStatus.PENDING)}))
            writer.write(Batch(intents_changed={row.key: row}))
    return resting(writer)._rest_seconds()


def resting(writer: Waiting) -> Worker:
    return Worker(writer.store, cast(Writer, writer), {}, "here", Metrics("toy", sources=[], targets=()), Tracing("toy"))


def timer(due_at: datetime) -> TimerRow:
    return TimerRow(TimerKey(UUID(int=1), "late", 1), due_at, b"{}", "c", "c", "shop")


def test_with_nothing_in_the_store_a_quiet_worker_takes_its_longest_rest() -> None:
    assert rest_of() == REST_SECONDS


def test_a_quiet_worker_wakes_when_the_next_timer_or_intent_is_due() -> None:
    soon, later = datetime.now(UTC) + timedelta(seconds=2), datetime.now(UTC) + timedelta(hours=1)
    assert 0 < rest_of(timers=(timer(soon),)) <= 2
    assert 0 < rest_of(pending(0, "t")._replace(due_at=soon)) <= 2
    assert 0 < rest_of(pending(0, "t")._replace(due_at=soon, status=IntentStatus.UNKNOWN)) <= 2
    assert rest_of(pending(0, "t")._replace(due_at=later), timers=(timer(later),)) == REST_SECONDS


def test_with_something_due_that_cannot_be_taken_or_an_attempt_under_way_a_quiet_worker_looks_often() -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    assert rest_of(pending(0, "t")) == POLL_SECONDS
    assert rest_of(pending(0, "t")._replace(due_at=later, deadline=later, status=IntentStatus.STARTED)) == POLL_SECONDS
    assert rest_of(timers=(timer(PAST),)) == POLL_SECONDS


async def test_what_a_commit_leaves_for_soon_rings_then_and_for_later_is_left_to_the_worker() -> None:
    worker = resting(Waiting())
    now = datetime.now(UTC)
    worker.wake(now + timedelta(hours=1))
    assert worker._bell is None
    worker.wake(now + timedelta(seconds=REST_SECONDS - 1))
    worker.wake(now + timedelta(seconds=0.05))
    async with asyncio.timeout(REST_SECONDS - 1.5):
        await worker._wake.wait()
    assert worker._bell is None, "after the first ring it looks for what is due next"
    worker.wake(now)
    assert worker._wake.is_set()
