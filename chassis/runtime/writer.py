"""The writer thread: stands for election, gathers what waits into groups, and commits them one after the other.

What waits is merged: at once when idle; under load as many units as about 50 ms of deciding take, at most 500. After a group that many
had waited for, those who were answered by it are about to come again: a millisecond is given to them, or they would meet a commit just
begun and wait for all of it. There are two lanes, people and money before bulk (`lanes.py`), each bounded: a full lane refuses at once,
so that a command is answered 503 and a consumer waits.

While nothing waits the loop touches the session lock, so that the election ends within its time-out when the process freezes. A lost
lock means standing for election again, never the end of the process. Results go back to the event loop in one call per group.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from chassis.committer import Committed, Committer
from chassis.errors import Fault
from chassis.logs import get_log
from chassis.metrics import Metrics, UnitKind, UnitResult
from chassis.recalling import recall
from chassis.runtime.lanes import Lanes, Notify
from chassis.store.port import EpochNotOpen, GenerationLost, StoreAway, WriterStore
from chassis.unit import (
    Answered,
    Away,
    CommandUnit,
    Dropped,
    Lane,
    Parked,
    RecordUnit,
    Result,
    TimerUnit,
    Unit,
)

LARGEST_GROUP = 500
DECIDE_SECONDS = 0.05
MANY = 16
GATHER_SECONDS = 0.001
TOUCH_SECONDS = 1.0
ELECTION_SECONDS = 0.5
RELAYED_SECONDS = 0.1
"""How often the relay's position is written under load: what it lags behind is sent once more after a crash."""

log = get_log("writer")


class QueueFull(Fault):
    code = "queue-full"
    title = "Too much is waiting to be decided; try again shortly"


class Writer(threading.Thread):
    """Runs one committer. `submit` may be called from the event loop only; `notify` is called back there."""

    def __init__(
        self,
        committer: Committer,
        store: WriterStore,
        address: str,
        loop: asyncio.AbstractEventLoop,
        metrics: Metrics,
        *,
        on_commit: Callable[[Committed], None],
        on_term: Callable[[bool], None],
        lane_limit: int = 5_000,
    ) -> None:
        super().__init__(name=f"writer-{address}", daemon=True)
        self._committer = committer
        self._store = store
        self._address = address
        self._loop = loop
        self._metrics = metrics
        self._on_commit = on_commit
        self._on_term = on_term
        self._lanes = Lanes(lane_limit)
        self._wake = threading.Condition()
        self._is_stopping = False
        self._is_recovering = False
        self._relayed: int | None = None
        self._relayed_written = 0.0
        self._seconds_a_unit = 0.0005
        self._last_size = 0
        self.advanced_at: datetime | None = None
        self.epoch_error: str | None = None

    @property
    def is_writing(self) -> bool:
        return self._committer.is_writer and not self._is_recovering

    def has_room(self, lane: Lane = Lane.URGENT, share: float = 1.0) -> bool:
        """Whether the lane is filled below a share of its limit."""
        return self._lanes.has_room(lane, share)

    @property
    def waiting(self) -> int:
        return len(self._lanes)

    def submit(self, unit: Unit, notify: Notify, lane: Lane = Lane.URGENT) -> None:
        """Queue a unit; raises QueueFull. `notify` gets its result after the commit."""
        with self._wake:
            # A unit queued behind the last group of a stopping thread would never be answered.
            if self._is_stopping or not self._lanes.put([unit], notify, lane):
                raise QueueFull()
            self._wake.notify()

    def submit_some(self, units: Sequence[Unit], notify: Notify, lane: Lane = Lane.URGENT) -> int:
        """Queue as many of the units, from the first on, as there is room for; how many."""
        with self._wake:
            count = 0 if self._is_stopping else self._lanes.put(units, notify, lane)
            self._wake.notify()
        return count

    async def result_of(self, unit: Unit, lane: Lane = Lane.URGENT) -> Result:
        """Submit and wait for the result."""
        future: asyncio.Future[Result] = self._loop.create_future()

        def notify(_: Unit, result: Result) -> None:
            if not future.done():
                future.set_result(result)

        self.submit(unit, notify, lane)
        return await future

    def mark_relayed(self, log_id: int) -> None:
        """Remember how far the relay got; written with the next touch, or between groups now and then."""
        self._relayed = log_id

    def stop(self) -> None:
        """End after the group at hand; what still waits is answered as away."""
        with self._wake:
            self._is_stopping = True
            self._wake.notify()

    def run(self) -> None:
        """The committing loop."""
        while not self._is_stopping:
            try:
                self._turn()
            except StoreAway:
                self._lose_term()
                self._pause(ELECTION_SECONDS)
            except Exception as bug:  # noqa: BLE001 - the top of the loop: the term ends, the process goes on
                log.error("the committing loop failed", error=bug)
                self._lose_term()
                self._pause(ELECTION_SECONDS)
        self._answer_waiting("stopping")
        self._write_relayed()
        self._committer.step_down()
        self._store.resign()

    def _turn(self) -> None:
        if not self._committer.is_writer:
            self._stand_for_election()
            return
        units = self._take()
        self._last_size = len(units)
        if not units:
            try:
                self._store.touch()
                self._write_relayed()
            except GenerationLost:
                self._lose_term()
            self.advanced_at = datetime.now(UTC)
            return
        began = time.perf_counter()
        try:
            done = self._committer.commit([unit for unit, _ in units], datetime.now(UTC))
        except BaseException:
            # A bug of the committer itself: these units have left the queue, so nobody else would ever answer them.
            unheard: list[tuple[Notify, Unit, Result]] = [(notify, unit, Away("the committing loop failed")) for unit, notify in units]
            self._loop.call_soon_threadsafe(_notify_all, unheard)
            raise
        seconds = time.perf_counter() - began
        self._lanes.note_group(seconds, time.monotonic())
        self._seconds_a_unit = 0.8 * self._seconds_a_unit + 0.2 * done.decide_seconds / len(units)
        if not done.is_store_away:
            self.advanced_at = datetime.now(UTC)
        self._hand_back(units, done, seconds)
        if began - self._relayed_written > RELAYED_SECONDS:
            self._relayed_written = began
            self._write_relayed()
        if done.is_generation_lost:
            self._lose_term()
        elif done.is_store_away:
            # Whoever was answered "away" comes again at once: records from the feed, timers from the table.
            log.warning("the store takes nothing now")
            self._pause(ELECTION_SECONDS)

    def _stand_for_election(self) -> None:
        try:
            generation = self._store.elect(self._address)
            self.epoch_error = None
        except EpochNotOpen as error:
            self.epoch_error = str(error)
            generation = None
        self.advanced_at = datetime.now(UTC)
        if generation is None:
            self._answer_waiting("another process is the writer")
            self._pause(ELECTION_SECONDS)
            return
        self._relayed = None  # of an earlier term, perhaps of another history of this store
        self._committer.take_over(generation)
        log.info("elected", generation=generation)
        self._recover()
        self._loop.call_soon_threadsafe(self._on_term, True)

    def _recover(self) -> None:
        """After a restore, handle the lost records that were read back before anything else is decided; raises StoreAway."""
        self._is_recovering = True
        try:
            for done in recall(self._committer, lambda: datetime.now(UTC)):
                self._on_commit(done)
        finally:
            self._is_recovering = False
        left = self._committer.lost_ids(datetime.now(UTC))
        if left:
            log.critical("lost records cannot be recovered: an operator has to decide", count=len(left))

    def _take(self) -> list[tuple[Unit, Notify]]:
        with self._wake:
            pause = min(TOUCH_SECONDS, self._lanes.seconds_to_next(time.monotonic()))
            if pause > 0 and not self._is_stopping:
                self._wake.wait_for(self._has_something_to_do, pause)
        if self._last_size >= MANY and 0 < self.waiting < self._last_size:
            time.sleep(GATHER_SECONDS)
        with self._wake:
            size = max(16, min(LARGEST_GROUP, int(DECIDE_SECONDS / max(1e-6, self._seconds_a_unit))))
            return self._lanes.take(size, time.monotonic())

    def _has_something_to_do(self) -> bool:
        return self._is_stopping or self._lanes.seconds_to_next(time.monotonic()) == 0.0

    def _hand_back(self, units: list[tuple[Unit, Notify]], done: Committed, seconds: float) -> None:
        notify_of = {id(unit): notify for unit, notify in units}
        pairs = [(notify_of[id(s.unit)], s.unit, s.result) for s in done.settlements]
        self._metrics.observe_group(unit_count=len(units), decide_seconds=done.decide_seconds, commit_seconds=seconds - done.decide_seconds)
        for (kind, result), count in Counter((_kind(unit), _result(result)) for _, unit, result in pairs).items():
            self._metrics.count_units(kind, result, count)
        self._on_commit(done)
        self._loop.call_soon_threadsafe(_notify_all, pairs)

    def _write_relayed(self) -> None:
        relayed, self._relayed = self._relayed, None
        if relayed is not None and self._committer.is_writer:
            try:
                self._store.mark_relayed(relayed)
            except (GenerationLost, StoreAway):
                self._lose_term()

    def _lose_term(self) -> None:
        if self._committer.is_writer:
            log.warning("no longer the writer")
        self._committer.step_down()
        self._store.resign()
        self._loop.call_soon_threadsafe(self._on_term, False)
        self._answer_waiting("the writer lost its term")

    def _answer_waiting(self, reason: str) -> None:
        with self._wake:
            pairs: list[tuple[Notify, Unit, Result]] = [(notify, unit, Away(reason)) for unit, notify in self._lanes.take_all()]
        if pairs:
            self._loop.call_soon_threadsafe(_notify_all, pairs)

    def _pause(self, seconds: float) -> None:
        with self._wake:
            self._wake.wait_for(lambda: self._is_stopping, seconds)


def _notify_all(pairs: list[tuple[Notify, Unit, Result]]) -> None:
    for notify, unit, result in pairs:
        notify(unit, result)


def _kind(unit: Unit) -> UnitKind:
    if isinstance(unit, RecordUnit):
        return UnitKind.MESSAGE
    if isinstance(unit, TimerUnit):
        return UnitKind.TIMER
    return UnitKind.COMMAND if isinstance(unit, CommandUnit) else UnitKind.OUTCOME


def _result(result: Result) -> UnitResult:
    if isinstance(result, Answered):
        if result.is_repeat:
            return UnitResult.DUPLICATE
        return UnitResult.REFUSED if result.status >= 400 else UnitResult.COMMITTED
    if isinstance(result, Dropped):
        return UnitResult.DROPPED
    if isinstance(result, Parked):
        return UnitResult.PARKED
    return UnitResult.FAILED if isinstance(result, Away) else UnitResult.COMMITTED
