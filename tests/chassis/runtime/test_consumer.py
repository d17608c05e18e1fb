"""The consumer's own tasks, with a source that answers slowly and a writer that is full: no slot may stop for that."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import pytest
from aiokafka.consumer.fetcher import Fetcher

from chassis.metrics import Metrics
from chassis.runtime import consumer as consumer_module
from chassis.runtime.consumer import Consumer
from chassis.runtime.feed_client import FeedClient, PageOfRows
from chassis.runtime.fetching import UNTAKEN_SECONDS
from chassis.runtime.writer import Writer
from chassis.store.memory import MemoryStore
from chassis.tracing import Tracing
from chassis.unit import Cause, Handled, RecordUnit, Unit

AT = datetime(2026, 1, 1, tzinfo=UTC)
SLOT = 7


def record(sequence: int) -> RecordUnit:
    return RecordUnit("well", SLOT, 1, sequence, "t", "s", AT, Cause("c", "c"), b"{}", "shop")


class FullWriter:
    """Takes `room` units and no more."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.taken: list[Unit] = []

    def submit_some(self, units: Sequence[Unit], notify: Any) -> int:
        new = units[: max(0, self.room - len(self.taken))]
        self.taken += new
        return len(new)


class SlowSource:
    """Its heads are read at once, and the answer is long on its way."""

    def __init__(self) -> None:
        self.head = 0
        self.may_arrive = asyncio.Event()
        self.was_asked = asyncio.Event()

    async def heads(self) -> tuple[int, list[int]]:
        sequences = [self.head if slot == SLOT else 0 for slot in range(256)]
        self.was_asked.set()
        await self.may_arrive.wait()
        return 1, sequences

    async def read(self, epoch: int, wants: Mapping[int, int]) -> PageOfRows:
        return PageOfRows([], False)


async def until(is_there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5.0
    while not is_there():
        assert time.monotonic() < deadline, "it did not come about in time"
        await asyncio.sleep(0.001)


def consumer_of(source: object, writer: object, *, gather_seconds: float = 0.0) -> Consumer:
    metrics = Metrics("bucket", sources=["well"], targets=())
    return Consumer(
        "bucket", "well", "", MemoryStore(), cast(Writer, writer), cast(FeedClient, source), metrics, Tracing("bucket"),
        gather_seconds=gather_seconds,
    )  # fmt: skip


async def test_what_is_committed_while_the_heads_are_on_their_way_stops_no_slot() -> None:
    source = SlowSource()
    consumer = consumer_of(source, FullWriter(99))
    poll = asyncio.create_task(consumer._poll_heads())
    await source.was_asked.wait()
    for unit in consumer.follower.offer(record(1)):
        consumer.follower.settle(unit, Handled())
    source.may_arrive.set()
    await until(lambda: consumer._has_compared)
    poll.cancel()
    await asyncio.gather(poll, return_exceptions=True)
    assert consumer.follower.stopped() == {}


async def test_a_position_that_was_above_the_head_before_it_was_asked_stops_its_slot() -> None:
    source = SlowSource()
    source.may_arrive.set()
    consumer = consumer_of(source, FullWriter(99))
    for unit in consumer.follower.offer(record(1)):
        consumer.follower.settle(unit, Handled())
    poll = asyncio.create_task(consumer._poll_heads())
    await until(lambda: consumer._has_compared)
    poll.cancel()
    await asyncio.gather(poll, return_exceptions=True)
    assert list(consumer.follower.stopped()) == [SLOT]


async def test_records_that_never_reached_the_writer_come_from_the_feed() -> None:
    writer = FullWriter(1)
    consumer = consumer_of(SlowSource(), writer)
    units = [unit for sequence in (1, 2, 3) for unit in consumer.follower.offer(record(sequence))]
    queueing = asyncio.create_task(consumer._queue(units))
    await until(lambda: bool(writer.taken))
    queueing.cancel()  # as the library does when the subscriber is stopped
    await asyncio.gather(queueing, return_exceptions=True)
    consumer._settle(writer.taken[0], Handled())
    assert consumer.follower.wants() == {SLOT: 1}


@pytest.mark.parametrize("gather_seconds", [0.0, 0.001])
async def test_a_message_waits_for_others_where_no_buyer_waits_for_it(monkeypatch: pytest.MonkeyPatch, gather_seconds: float) -> None:
    monkeypatch.setattr(consumer_module, "record_unit", lambda headers, value: record(1))
    writer = FullWriter(99)
    consumer = consumer_of(SlowSource(), writer, gather_seconds=gather_seconds)
    batch = asyncio.create_task(consumer._on_batch(cast(Any, SimpleNamespace(raw_message=[SimpleNamespace(headers=(), value=b"")]))))
    await asyncio.sleep(0)
    assert bool(writer.taken) is (gather_seconds == 0.0)
    await batch
    assert len(writer.taken) == 1


class HeedfulSubscriber:
    """Started, with the fetcher of its consumer as the library makes it."""

    def __init__(self) -> None:
        self.consumer = SimpleNamespace(_fetcher=SimpleNamespace(_prefetch_backoff=0.1))

    def __call__(self, handler: object) -> None:
        return


class HeedfulBroker:
    """The library's broker, of which only the options of the subscription count."""

    options: ClassVar[dict[str, Any]] = {}

    def __init__(self, *_: object, **__: object) -> None:
        return

    def subscriber(self, **options: Any) -> HeedfulSubscriber:
        type(self).options = options
        return HeedfulSubscriber()

    async def start(self) -> None:
        return


async def test_the_library_never_waits_in_vain_since_it_would_sleep_as_long_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def four_partitions(*_: object) -> int:
        return 4

    monkeypatch.setattr(consumer_module, "KafkaBroker", HeedfulBroker)
    monkeypatch.setattr(consumer_module, "ensure_topic", four_partitions)
    consumer = consumer_of(SlowSource(), FullWriter(0))
    await consumer._subscribe()
    assert HeedfulBroker.options["batch_timeout_ms"] > 24 * 3_600_000
    assert consumer._subscriber.consumer._fetcher._prefetch_backoff == UNTAKEN_SECONDS


def test_the_library_still_has_the_setting_for_records_that_nobody_took_yet() -> None:
    assert "prefetch_backoff" in inspect.signature(Fetcher.__init__).parameters
    assert "self._prefetch_backoff" in inspect.getsource(Fetcher)
