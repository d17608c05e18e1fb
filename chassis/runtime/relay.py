"""The relay: copies frozen public records from the log to Kafka, in log order, each at least once.

It runs where the writer runs. Committed rows are handed over in memory; what is not there (after a start, or when the buffer ran over)
is read from the store. Its position is the last log id that Kafka acknowledged, written back through the writer's own connection, so
a frozen relay cannot move it. A crash repeats some records; readers drop them by position.

Records go out as ready batches per partition straight through aiokafka: FastStream's publish has no bulk path that keeps our partition
and order (`publish_batch` picks one partition for all). A producer that stops making progress is thrown away and made anew.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError
from aiokafka.producer.message_accumulator import BatchBuilder

from chassis.logs import get_log
from chassis.records import kafka_headers, partition_for, public_row
from chassis.runtime.topics import ensure_topic
from chassis.runtime.uncut import uncut
from chassis.runtime.unhurried import unhurried
from chassis.store.port import ReaderStore, StoreAway
from chassis.store.rows import EventRow, PublicRow

BUFFER_ROWS = 20_000
PAGE_ROWS = 1_000
STUCK_SECONDS = 15.0
BATCH_BYTES = 512 * 1024

log = get_log("relay")


class Relay:
    """Relays one service's log while `run` runs. `hand_over` may be called from any thread."""

    def __init__(self, store: ReaderStore, bootstrap: str, topic: str, mark: Callable[[int], None], *, partitions: int = 4) -> None:
        self._store = store
        self._bootstrap = bootstrap
        self._topic = topic
        self._mark = mark
        self._wanted_partitions = partitions
        self._partitions = partitions
        self._buffer: deque[PublicRow] = deque()
        self._is_buffered = False
        """Every published row after `_reaching` is in the buffer, up to `_buffered_to`; False: the store must be read."""
        self._buffered_to = 0
        self._reaching = 0
        """The log id reached once the page in hand is acknowledged."""
        self._last_seen = 0
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._producer: AIOKafkaProducer | None = None
        self.position = 0
        self.advanced_at: datetime | None = None

    @property
    def lag(self) -> int:
        """Events of the log not yet acknowledged, as far as this process saw them."""
        return max(0, self._last_seen - self.position)

    def hand_over(self, events: list[EventRow]) -> None:
        """Rows that were just committed, in log order; called from the writer thread."""
        if events:
            self._loop.call_soon_threadsafe(self._take_over, events)

    def _take_over(self, events: list[EventRow]) -> None:
        if self._is_buffered and events[0].log_id != self._buffered_to + 1:
            self._forget_buffer()
        if events[0].log_id == self._reaching + 1 and not self._buffer:
            self._is_buffered = True
        self._last_seen = self._buffered_to = events[-1].log_id
        if self._is_buffered:
            self._buffer.extend(row for row in map(public_row, events) if row is not None)
            if len(self._buffer) > BUFFER_ROWS:
                self._forget_buffer()
        self._wake.set()

    async def run(self) -> None:
        """Relay until cancelled."""
        try:
            self.position = self._reaching = await asyncio.to_thread(self._store.relayed)
            self._last_seen = await asyncio.to_thread(self._store.last_log_id)
            while True:
                try:
                    await self._turn()
                except (KafkaError, TimeoutError, OSError) as error:
                    log.warning("publishing failed; starting the producer anew", error=error)
                    await self._drop_producer()
                    await asyncio.sleep(0.5)
                except StoreAway:
                    await asyncio.sleep(0.5)
        finally:
            await self._drop_producer()

    async def _turn(self) -> None:
        self._wake.clear()  # before the look, or what is handed over during it would wait for the slow poll
        rows, reached = await self._next_rows()
        if not rows and reached == self.position:
            self.advanced_at = datetime.now(UTC)
            try:
                # Not `wait_for`: before Python 3.12 it swallows a cancellation that comes together with the wake-up.
                async with asyncio.timeout(1.0):
                    await self._wake.wait()
            except TimeoutError:
                # The slow poll is the net under the hand-over.
                last = await asyncio.to_thread(self._store.last_log_id)
                self._last_seen = max(self._last_seen, last)
                if self._last_seen == self.position and not self._is_buffered:
                    # Nothing is beyond our place, so what is handed over from now on follows it without a look at the store.
                    self._is_buffered, self._buffered_to = True, self.position
                elif self._last_seen > self._buffered_to:
                    self._forget_buffer()
            return
        self._reaching = reached
        try:
            if rows:
                async with asyncio.timeout(STUCK_SECONDS):
                    await self._publish(rows)
        except BaseException:
            # The page in hand may or may not have arrived: from here on the store tells what follows the position.
            self._forget_buffer()
            self._reaching = self.position
            raise
        self.position = reached
        self._mark(reached)
        self.advanced_at = datetime.now(UTC)

    async def _next_rows(self) -> tuple[list[PublicRow], int]:
        """The next rows to publish, and the log id reached once they are out."""
        if self._is_buffered:
            rows = [self._buffer.popleft() for _ in range(min(PAGE_ROWS, len(self._buffer)))]
            return rows, rows[-1].log_id if self._buffer else self._buffered_to
        last = await asyncio.to_thread(self._store.last_log_id)
        rows = await asyncio.to_thread(self._store.public_after, self.position, PAGE_ROWS)
        if len(rows) == PAGE_ROWS:
            return rows, rows[-1].log_id
        return rows, max(self.position, last, rows[-1].log_id if rows else 0)

    def _forget_buffer(self) -> None:
        self._buffer.clear()
        self._is_buffered = False

    async def _publish(self, rows: list[PublicRow]) -> None:
        producer = await self._ready_producer()
        by_partition: dict[int, list[PublicRow]] = {}
        for row in rows:
            by_partition.setdefault(partition_for(row, self._partitions), []).append(row)
        sent = [await self._send(producer, partition, each) for partition, each in by_partition.items()]
        await asyncio.gather(*(future for futures in sent for future in futures))

    async def _send(self, producer: AIOKafkaProducer, partition: int, rows: list[PublicRow]) -> list[asyncio.Future[object]]:
        futures: list[asyncio.Future[object]] = []
        batch = producer.create_batch()
        for row in rows:
            key, headers = row.partition_key.encode(), kafka_headers(row)
            if batch.append(key=key, value=row.value, timestamp=None, headers=headers) is None:
                batch.close()
                futures.append(await self._hand_in(producer, batch, partition))
                batch = producer.create_batch()
                appended = batch.append(key=key, value=row.value, timestamp=None, headers=headers)
                assert appended is not None, "one record is larger than a batch"
        if batch.record_count():
            batch.close()
            futures.append(await self._hand_in(producer, batch, partition))
        return futures

    async def _hand_in(self, producer: AIOKafkaProducer, batch: BatchBuilder, partition: int) -> asyncio.Future[object]:
        try:
            future: asyncio.Future[object] = await producer.send_batch(batch, self._topic, partition=partition)
        except AssertionError as error:
            # So the library says that it does not know the partition: the topic was made anew, with fewer of them.
            raise UnknownTopicOrPartitionError(f"{self._topic} has no partition {partition} any more") from error
        return future

    async def _ready_producer(self) -> AIOKafkaProducer:
        if self._producer is None:
            await uncut(self._start_producer())
        assert self._producer is not None
        return self._producer

    async def _start_producer(self) -> None:
        self._partitions = await ensure_topic(self._bootstrap, self._topic, self._wanted_partitions)
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap, enable_idempotence=True, max_batch_size=BATCH_BYTES, linger_ms=0, request_timeout_ms=10_000
        )
        unhurried(self._producer.client)
        await self._producer.start()

    async def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            # A stuck idempotent producer would flush for ever.
            async with asyncio.timeout(2.0):
                await producer.stop()
        except (KafkaError, TimeoutError, OSError):
            log.warning("the producer did not stop in time; closing its connections")
            await producer.client.close()
