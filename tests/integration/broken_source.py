"""A source as broken as one wishes: its feed and heads over real HTTP, its records on real Kafka, every byte of them as the test says.

What it `logs` stands in its feed and may be sent to Kafka; what it only `sends` is on the topic and nowhere else.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import uvicorn
from aiokafka import AIOKafkaProducer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.runtime.topics import ensure_topic
from contracts.envelope import Envelope, event_id, partition_of, slot_of, texts_of, topic_of
from tests.integration.two_services import SHOP

PARTITIONS = 4
Headers = list[tuple[str, bytes]]


class BrokenSource:
    """The public log of the service `name`; each of its streams has an aggregate id of its own."""

    def __init__(self, name: str, producer: AIOKafkaProducer) -> None:
        self.name = name
        self.is_away = False
        """True while its HTTP answers nothing: then only Kafka brings its records."""
        self._producer = producer
        self._rows: dict[int, list[dict[str, Any]]] = {}
        self._versions: dict[UUID, int] = {}

    async def say(self, stream: UUID, value: bytes, *, kind: str = "DropPoured", key: str = "key") -> None:
        """The next record of a slot, in the log and on Kafka. Records of one `key` share their slot, whatever their stream."""
        slot = slot_of(SHOP, key)
        rows = self._rows.setdefault(slot, [])
        headers = self.headers(stream, len(rows) + 1, kind=kind, key=key)
        texts = {name: text.decode() for name, text in headers}
        rows.append({"slot": slot, "sequence": len(rows) + 1, "epoch": 1, "key": key, "headers": texts, "value": value})
        await self.send(headers, value, slot=slot)

    def headers(self, stream: UUID, sequence: int, *, kind: str = "DropPoured", key: str = "key", source: str | None = None) -> Headers:
        """The headers of a record as they ought to be."""
        name = source or self.name
        version = self._versions[stream] = self._versions.get(stream, 0) + 1
        envelope = Envelope(
            id=event_id(name, stream, version, 1),
            type=f"redress.{name}.{kind}.v1",
            source=name,
            time=datetime.now(UTC),
            subject=None,
            shop_id=SHOP,
            partition_key=key,
            slot=slot_of(SHOP, key),
            sequence=sequence,
            epoch=1,
            correlation_id=str(uuid4()),
            causation_id="test",
            traceparent=None,
        )
        return [(header, text.encode()) for header, text in texts_of(envelope).items()]

    async def send(self, headers: Any, value: bytes | None, *, slot: int = 0) -> None:
        """Anything at all, onto the topic alone."""
        await self._producer.send_and_wait(
            topic_of(self.name), value, key=b"any", headers=headers, partition=partition_of(slot, PARTITIONS)
        )

    async def heads(self, _: Request) -> Response:
        if self.is_away:
            return Response(status_code=503)
        return JSONResponse({"epoch": 1, "sequences": [len(self._rows.get(slot, ())) for slot in range(256)]})

    async def feed(self, request: Request) -> Response:
        if self.is_away:
            return Response(status_code=503)
        wants = [pair.split(":") for pair in request.query_params["wants"].split(",")]
        rows = [row for slot, after in wants for row in self._rows.get(int(slot), ())[int(after) :]]
        told = [{**row, "value": base64_of(row["value"])} for row in rows]
        return Response(json.dumps({"epoch": 1, "is_cut": False, "rows": told}), media_type="application/json")


def base64_of(value: bytes) -> str:
    return base64.b64encode(value).decode()


@asynccontextmanager
async def broken_source(name: str, kafka: str, port: int) -> AsyncIterator[BrokenSource]:
    """A source that serves and sends until the end of the block."""
    await ensure_topic(kafka, topic_of(name), PARTITIONS)
    async with AIOKafkaProducer(bootstrap_servers=kafka, max_request_size=2_000_000) as producer:
        source = BrokenSource(name, producer)
        app = Starlette(routes=[Route("/feed/heads", source.heads), Route("/feed", source.feed)])
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off"))
        serving = asyncio.create_task(server.serve())
        try:
            yield source
        finally:
            server.should_exit = True
            await serving
