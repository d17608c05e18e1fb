"""Consuming one source: Kafka brings its records, the feed fills what Kafka lost, and the heads tell when something is missing.

The FastStream subscriber has all partitions by hand and no consumer group; offsets are nobody's truth. Reading starts at the end of
the topic: what lies between our positions and the heads of the source is filled from its feed, so neither a wiped topic nor a long
stand-still needs a special case. Every few seconds the partitions are looked at: a topic that was deleted, recreated or given more
partitions shows in its partition count or in offsets that fell back, and the subscriber is started anew.

Only the writer consumes. Its queue gives the pace: while it is full the subscriber's handler waits, and Kafka waits with it.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka import TopicPartition as ByHand

from chassis.errors import Fault
from chassis.follower import Follower
from chassis.logs import get_log
from chassis.metrics import Metrics
from chassis.records import feed_unit, record_unit
from chassis.runtime.feed_client import FeedClient, OtherEpoch
from chassis.runtime.fetching import fetch_together
from chassis.runtime.topics import ensure_topic
from chassis.runtime.uncut import uncut
from chassis.runtime.writer import Writer
from chassis.service import Start
from chassis.store.port import ReaderStore
from chassis.store.rows import Position
from chassis.tracing import Tracing
from chassis.unit import AdoptUnit, Away, BeginUnit, Cause, Handled, RecordUnit, Result, Unit
from contracts.envelope import UndecodableEnvelope, topic_of

HEADS_SECONDS = 5.0
LOOK_SECONDS = 1.0
FETCH_WAIT_MILLISECONDS = 2_000
"""How long a broker with nothing new may keep a fetch; it answers at the first record all the same."""
LARGEST_BATCH = 500
BATCH_WAIT_MILLISECONDS = 365 * 24 * 3_600_000
"""How long the library waits for the first record of a batch: for ever, as far as we are concerned. Where it has waited in vain it
sleeps as long again, deaf to what arrives.
"""

log = get_log("consumer")


class Consumer:
    """Consumes one source for one writer while `run` runs."""

    def __init__(
        self,
        service: str,
        source: str,
        bootstrap: str,
        store: ReaderStore,
        writer: Writer,
        feed: FeedClient,
        metrics: Metrics,
        tracing: Tracing,
        start: Start = Start.ORIGIN,
        fetch_wait_milliseconds: int = FETCH_WAIT_MILLISECONDS,
        gather_seconds: float = 0.0,
    ) -> None:
        self.source = source
        self._service = service
        self._bootstrap = bootstrap
        self._store = store
        self._writer = writer
        self._feed = feed
        self._metrics = metrics
        self._tracing = tracing
        self._start = start
        self._fetch_wait_milliseconds = fetch_wait_milliseconds
        self._gather_seconds = gather_seconds
        self.follower = Follower(source)
        self._fill_wanted = asyncio.Event()
        self._broker: KafkaBroker | None = None
        self._subscriber: Any = None
        self._partitions = 0
        self._has_compared = False
        self.advanced_at: datetime | None = None

    async def run(self) -> None:
        """Consume until cancelled."""
        positions = await asyncio.to_thread(self._store.positions)
        if self._start is Start.NOW and not any(source == self.source for source, _ in positions):
            await self._begin_now()
            positions = await asyncio.to_thread(self._store.positions)
        self.follower.begin(positions)
        self._has_compared = False
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_subscribed())
            tasks.create_task(self._poll_heads())
            tasks.create_task(self._keep_filled())

    async def _begin_now(self) -> None:
        """Commit the source's heads as our positions: what was said before we came is not for us."""
        while True:
            try:
                epoch, sequences = await self._feed.heads()
                begun = [BeginUnit(self.source, slot, epoch, sequence) for slot, sequence in enumerate(sequences)]
                results = await asyncio.gather(*(self._writer.result_of(unit) for unit in begun))
            except Fault as error:
                log.info("waiting for the source's heads, to begin there", source=self.source, error=error)
                results = [Away("not asked")]
            if not any(isinstance(result, Away) for result in results):
                return
            await asyncio.sleep(0.5)

    # Kafka

    async def _keep_subscribed(self) -> None:
        try:
            while True:
                try:
                    if self._broker is None:
                        await self._subscribe()
                    if await self._falls_within(HEADS_SECONDS):
                        log.error("a record on the topic cannot even be read; subscribing anew behind it", source=self.source)
                        await self._unsubscribe()
                    elif not await self._is_sound():
                        log.warning("the topic changed under us; subscribing anew", source=self.source)
                        await self._unsubscribe()
                except (KafkaError, TimeoutError, OSError) as error:
                    log.warning("Kafka is away; the feed goes on", source=self.source, error=error)
                    await self._unsubscribe()
                    await asyncio.sleep(1.0)
        finally:
            await self._unsubscribe()

    async def _subscribe(self) -> None:
        topic = topic_of(self.source)
        self._partitions = await uncut(ensure_topic(self._bootstrap, topic, 4))
        broker = KafkaBroker(self._bootstrap, client_id=self._service, logger=None, graceful_timeout=2.0)
        subscriber = broker.subscriber(
            partitions=[ByHand(topic, partition) for partition in range(self._partitions)],
            batch=True,
            batch_timeout_ms=BATCH_WAIT_MILLISECONDS,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="latest",
            fetch_max_wait_ms=self._fetch_wait_milliseconds,
            max_records=LARGEST_BATCH,
            parser=_as_it_is,
            decoder=_undecoded,
        )
        subscriber(self._on_batch)
        self._broker, self._subscriber = broker, subscriber
        await uncut(broker.start())
        fetch_together(subscriber.consumer)

    async def _unsubscribe(self) -> None:
        broker, self._broker, self._subscriber = self._broker, None, None
        if broker is not None:
            try:
                async with asyncio.timeout(5.0):
                    await broker.stop()
            except (KafkaError, TimeoutError, OSError) as error:
                log.warning("the subscriber did not stop cleanly", source=self.source, error=error)

    async def _falls_within(self, seconds: float) -> bool:
        """Whether the library's reading loop raises by then: it starts it again at once, at the same record, and so on for ever.

        So it does for a header whose name is not UTF-8. The records that a new subscription skips come from the feed.
        """
        for _ in range(int(seconds / LOOK_SECONDS)):
            await asyncio.sleep(LOOK_SECONDS)
            if self._subscriber is not None and len(self._subscriber.tasks) > 1:
                return True
        return False

    async def _is_sound(self) -> bool:
        """Whether the partitions are still those we read, and their ends not before our place in them."""
        consumer = self._subscriber.consumer if self._subscriber is not None else None
        if consumer is None:
            return False
        if await uncut(ensure_topic(self._bootstrap, topic_of(self.source), self._partitions)) != self._partitions:
            return False
        places = [TopicPartition(topic_of(self.source), partition) for partition in range(self._partitions)]
        async with asyncio.timeout(5.0):
            ends = await consumer.end_offsets(places)
            return all([ends[place] >= await consumer.position(place) for place in places])

    async def _on_batch(self, message: KafkaMessage) -> None:
        if self._gather_seconds > 0:
            await asyncio.sleep(self._gather_seconds)  # what arrives meanwhile is one batch, which comes next
        records: Any = message.raw_message
        units: list[RecordUnit | AdoptUnit] = []
        for record in records:
            try:
                unit = record_unit(record.headers, record.value or b"")
            except UndecodableEnvelope as error:
                # Without an envelope it has no place in any slot: the heads show whether a record is missing for it.
                log.error("a record without a readable envelope", source=self.source, reason=error.reason)
                continue
            if unit.source != self.source:
                log.error("a record of another source", source=self.source)
                continue
            units += self.follower.offer(unit)
        await self._queue(units)
        if self.follower.wants():
            self._fill_wanted.set()
        self.advanced_at = datetime.now(UTC)

    async def _queue(self, units: list[RecordUnit | AdoptUnit]) -> None:
        if self._tracing.is_on:
            for unit in units:
                if isinstance(unit, RecordUnit):
                    self._continue_trace(unit)
        queued = self._writer.submit_some(units, self._settle)
        try:
            while queued < len(units):
                await asyncio.sleep(0.005)
                queued += self._writer.submit_some(units[queued:], self._settle)
        except asyncio.CancelledError:
            # A subscriber that is stopped gives up its batch: what nobody will decide on must not count as under way.
            for unit in units[queued:]:
                self._settle(unit, Away("the subscriber stopped"))
            raise

    async def release(self) -> int:
        """An operator has looked at the phantoms of this source: its stopped slots go on; how many."""
        units = self.follower.releases()
        results = await asyncio.gather(*(self._writer.result_of(unit) for unit in units))
        for unit, result in zip(units, results, strict=True):
            self.follower.settle(unit, result)
        self._fill_wanted.set()
        return sum(isinstance(result, Handled) for result in results)

    def _continue_trace(self, unit: RecordUnit) -> None:
        """A span of its own for each record; what the record causes hangs below it."""
        cause = unit.cause
        with self._tracing.span(
            "unit", cause.traceparent, message_type=unit.type, source=unit.source, slot=unit.slot, sequence=unit.sequence
        ) as span:
            unit.cause = Cause(cause.correlation_id, cause.causation_id, span.traceparent)

    def _settle(self, unit: Unit, result: Result) -> None:
        assert isinstance(unit, RecordUnit | AdoptUnit)
        self.follower.settle(unit, result)
        if self.follower.slots[unit.slot].is_filling:
            self._fill_wanted.set()

    # heads and feed

    async def _poll_heads(self) -> None:
        while True:
            asked_at = self.follower.committed()
            try:
                epoch, sequences = await self._feed.heads()
                if epoch > self.follower.epoch:
                    # Whoever knows more than the new epoch keeps must stop now, not when its next record arrives.
                    self.follower.learn_forks(epoch, await self._feed.forks(self.follower.epoch))
            except Fault as error:
                log.info("the source's heads cannot be read", source=self.source, error=error)
            else:
                self._compare(epoch, sequences, asked_at)
            await asyncio.sleep(HEADS_SECONDS if self._has_compared else 0.5)

    def _compare(self, epoch: int, sequences: list[int], asked_at: list[Position]) -> None:
        follower = self.follower
        if not self._has_compared:
            # At the start nothing is on its way to us: whatever is below the head comes from the feed, at once.
            for state, head in zip(follower.slots, sequences, strict=True):
                state.is_filling = state.is_filling or state.committed.sequence < head
            self._has_compared = True
        stopped_before = follower.stopped()
        follower.compare_heads(epoch, sequences, asked_at)
        for slot, reason in follower.stopped().items():
            if slot not in stopped_before:
                log.critical("a slot is stopped until an operator decides", source=self.source, slot=slot, reason=reason)
        behind = sum(1 for state, head in zip(follower.slots, sequences, strict=True) if state.committed.sequence < head)
        self._metrics.set_lag(self.source, follower.behind(sequences))
        self._metrics.set_heads_behind(self.source, behind)
        self._metrics.set_stopped(self.source, len(follower.stopped()))
        self.advanced_at = datetime.now(UTC)
        if follower.wants():
            self._fill_wanted.set()

    async def _keep_filled(self) -> None:
        while True:
            await self._fill_wanted.wait()
            self._fill_wanted.clear()
            try:
                await self._fill()
            except OtherEpoch as other:
                self.follower.learn_forks(other.epoch, other.forks)
                self._fill_wanted.set()
            except Fault as error:
                log.info("the source's feed cannot be read", source=self.source, error=error)
                await asyncio.sleep(0.5)
                self._fill_wanted.set()

    async def _fill(self) -> None:
        wants = self.follower.wants()
        if not wants:
            if any(state.is_filling and state.stopped is None for state in self.follower.slots):
                await asyncio.sleep(0.02)  # something is in flight on the slots to be filled
                self._fill_wanted.set()
            return
        page = await self._feed.read(self.follower.epoch, wants)
        units: list[RecordUnit | AdoptUnit] = []
        for row in page.rows:
            units += self.follower.offer(feed_unit(row), from_feed=True)
        await self._queue(units)
        if not page.is_cut:
            served = {row.slot for row in page.rows}
            self.follower.level(slot for slot in wants if slot not in served)
        self._fill_wanted.set()


async def _as_it_is(message: Any) -> KafkaMessage:
    """Our records carry their envelope in headers that `record_unit` reads; the library's own parsing would be work for nothing."""
    return KafkaMessage(raw_message=message, body=b"", consumer=None)  # type: ignore[arg-type]


async def _undecoded(message: KafkaMessage) -> bytes:
    return b""
