"""Watching a topic: when each order's end became visible to a reader."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.envelope import topic_of

DELIVERED, FAILED = b"redress.order.CardDelivered.v1", b"redress.order.DeliveryFailed.v1"


class Watch:
    """Reads the order service's topic from its end on, inside the block."""

    def __init__(self, bootstrap: str, partitions: int = 4) -> None:
        self._consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="latest", enable_auto_commit=False)
        self._places = [TopicPartition(topic_of("order"), partition) for partition in range(partitions)]
        self._reading: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self.delivered: dict[str, float] = {}
        """Order number → when its card was first seen delivered, by the monotonic clock."""
        self.failed: dict[str, float] = {}
        self.repeated = 0

    async def __aenter__(self) -> Watch:
        await self._consumer.start()
        self._consumer.assign(self._places)
        await self._consumer.seek_to_end()
        for place in self._places:
            await self._consumer.position(place)
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._reading is not None
        self._reading.cancel()
        with suppress(asyncio.CancelledError):
            await self._reading
        await self._consumer.stop()

    async def _read(self) -> None:
        while True:
            batches = await self._consumer.getmany(timeout_ms=1_000)
            now = time.monotonic()
            for records in batches.values():
                for record in records:
                    headers = dict(record.headers)
                    kind = headers["ce_type"]
                    ended = self.delivered if kind == DELIVERED else self.failed if kind == FAILED else None
                    if ended is not None:
                        self.repeated += ended.setdefault(headers["ce_subject"].decode(), now) != now
            self._news.set()

    async def until(self, count: int, seconds: float) -> float:
        """Wait until so many orders have ended; when the last of them did."""
        async with asyncio.timeout(seconds):
            while len(self.delivered) + len(self.failed) < count:
                assert self._reading is not None
                assert not self._reading.done(), self._reading.exception()
                self._news.clear()
                await self._news.wait()
        return max([*self.delivered.values(), *self.failed.values()])

    async def until_delivered(self, order_number: str, seconds: float) -> float:
        """Wait for this order's card; when it was seen."""
        async with asyncio.timeout(seconds):
            while order_number not in self.delivered:
                self._news.clear()
                await self._news.wait()
        return self.delivered[order_number]
