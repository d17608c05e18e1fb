"""The upstreams of every measured hop: two services whose records are real ones, and their feeds as a stub.

For each order the shop front says `OrderPaid` and the buyers' service `OrderShown`: valid envelopes, slots by order number, each slot
numbered from 1 without a gap. All of it is in Kafka before anything is measured, on 4 partitions as the slots tell.

The stub answers `GET /<source>/feed/heads` with the heads it is told to have, so that a consumer finds itself level before the clock
starts and behind by nothing but Kafka's records afterwards. `GET /<source>/feed` is refused and counted: a round that asked it was not
measured over Kafka.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import msgspec
import uvicorn
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bench.hop_service import SHOP, SOURCES, Message, OrderPaid, OrderShown
from chassis.runtime.topics import ensure_topic
from contracts.envelope import SLOT_COUNT, Envelope, event_id, headers_of, partition_of, slot_of

PARTITIONS = 4
MESSAGES: dict[str, type[Message]] = {"fresh": OrderPaid, "stored": OrderShown}

_NAMESPACE = UUID("6f0d3c1e-5d6a-4f0e-9c57-0a4f4f1f8a11")
_START = datetime(2026, 1, 1, tzinfo=UTC)
_TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"


async def delete_topics(bootstrap: str, topics: list[str]) -> None:
    """Delete these topics where they are, and wait until they are gone."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        while there := sorted(set(topics) & set(await admin.list_topics())):
            await admin.delete_topics(there)
            await asyncio.sleep(0.5)
    finally:
        await admin.close()


async def publish_log(bootstrap: str, topic: str, half: str, count: int) -> list[int]:
    """Produce the log of a half, `count` records,; its heads."""
    await ensure_topic(bootstrap, topic, PARTITIONS)
    heads = [0] * SLOT_COUNT
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, max_batch_size=512 * 1024)
    await producer.start()
    try:
        batches = [producer.create_batch() for _ in range(PARTITIONS)]
        for number in range(count):
            partition, record = _record(half, number, heads)
            if batches[partition].append(**record) is None:
                await _send(producer, topic, partition, batches)
                assert batches[partition].append(**record) is not None
        for partition in range(PARTITIONS):
            await _send(producer, topic, partition, batches)
    finally:
        await producer.stop()
    return heads


def _record(half: str, number: int, heads: list[int]) -> tuple[int, dict[str, Any]]:
    source, order_number = SOURCES[half], f"R2026-{number:08d}"
    order_id = uuid5(_NAMESPACE, order_number)
    said = {"order_id": order_id, "order_number": order_number, "product_code": "steam-50", "quantity": 1, "amount_minor": 4_990}
    message = MESSAGES[half](**said, currency="CNY")
    slot = slot_of(SHOP, order_number)
    heads[slot] += 1
    envelope = Envelope(
        event_id(source, order_id, 1, 1), message.TYPE, source, _START + timedelta(milliseconds=heads[slot]), order_number, SHOP,
        order_number, slot, heads[slot], 1, str(order_id), f"{source}/http/{order_id}", _TRACEPARENT,
    )  # fmt: skip
    value, headers = msgspec.json.encode(message), headers_of(envelope)
    return partition_of(slot, PARTITIONS), {"key": order_number.encode(), "value": value, "headers": headers, "timestamp": None}


async def _send(producer: AIOKafkaProducer, topic: str, partition: int, batches: list[Any]) -> None:
    full, batches[partition] = batches[partition], producer.create_batch()
    if full.record_count():
        full.close()
        await (await producer.send_batch(full, topic, partition=partition))


class StubFeed:
    """The upstreams' HTTP; set `heads` of a source to what it shall say."""

    def __init__(self) -> None:
        self.heads: dict[str, list[int]] = {source: [0] * SLOT_COUNT for source in SOURCES.values()}
        self.asked_for_records = 0
        self.address = ""

    async def _heads(self, request: Request) -> Response:
        return JSONResponse({"epoch": 1, "sequences": self.heads[request.path_params["source"]]})

    async def _feed(self, _: Request) -> Response:
        self.asked_for_records += 1
        return Response(status_code=503)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[StubFeed]:
        """Serve on a free port of this machine inside the block."""
        app = Starlette(routes=[Route("/{source}/feed/heads", self._heads), Route("/{source}/feed", self._feed)])
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        serving = asyncio.create_task(server.serve([listening]))
        try:
            yield self
        finally:
            server.should_exit = True
            await serving
