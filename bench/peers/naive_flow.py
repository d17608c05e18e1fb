"""The whole flow, built the obvious way: what both of its services share.

Each service is a FastAPI application on uvicorn with a FastStream broker, an `eventsourcing` application on its own PostgreSQL
recorder, and one message at a time, as each library's own pages show it: load the aggregate, change it, save it (one commit), publish,
commit the offset. Blocking saves run in the thread pool, so that requests overlap. Records and headers on the topics are ours. It loses
nothing while all is well; a crash between the commit and the publish loses the message, a crash after it repeats it. It keeps no views,
sets no timers and remembers no answers.
"""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
import uvicorn
from eventsourcing.application import Application
from fastapi import FastAPI
from faststream.kafka import KafkaBroker
from psycopg.conninfo import conninfo_to_dict

from bench.shop import SHOP
from contracts.envelope import slot_of, topic_of

PARTITIONS = 4


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where one of the services runs: the first argument of its process, as JSON."""

    dsn: str
    bootstrap: str
    redis: str
    port: int
    public_key: str


def place_of_arguments() -> Place:
    return msgspec.json.decode(sys.argv[1], type=Place)


def application(dsn: str) -> Application[UUID]:
    """The library's application on its own PostgreSQL recorder."""
    found = conninfo_to_dict(dsn)
    return Application(
        {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": str(found["dbname"]),
            "POSTGRES_HOST": str(found["host"]),
            "POSTGRES_PORT": str(found["port"]),
            "POSTGRES_USER": str(found["user"]),
            "POSTGRES_PASSWORD": str(found["password"]),
        }
    )


class Publisher:
    """Publishes a message with the headers that ours have."""

    def __init__(self, broker: KafkaBroker, source: str) -> None:
        self._broker = broker
        self._source = source
        self._sequences = [0] * 256

    async def publish(self, message: Any, aggregate: Any, *, slot_key: str, correlation_id: str, causation_id: str) -> None:
        slot = slot_of(SHOP, slot_key)
        self._sequences[slot] += 1
        headers = {
            "ce_specversion": "1.0",
            "ce_id": f"{self._source}/{aggregate.id}/{aggregate.version}",
            "ce_type": message.TYPE,
            "ce_source": self._source,
            "ce_time": datetime.now(UTC).isoformat(),
            "ce_shopid": SHOP,
            "ce_partitionkey": slot_key,
            "ce_slot": str(slot),
            "ce_sequence": str(self._sequences[slot]),
            "ce_epoch": "1",
            "ce_correlationid": correlation_id,
            "ce_causationid": causation_id,
            "content-type": "application/json",
            "ce_subject": message.order_number,
            "traceparent": f"00-{uuid4().hex}-{uuid4().hex[:16]}-01",
        }
        await self._broker.publish(
            msgspec.json.encode(message), topic_of(self._source), key=slot_key.encode(), partition=slot % PARTITIONS, headers=headers
        )


def serve(app: FastAPI, broker: KafkaBroker, port: int) -> None:
    """Run the application with its broker until told to stop."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> Any:
        await broker.start()
        yield
        await broker.stop()

    app.router.lifespan_context = lifespan
    uvicorn.run(app, port=port, log_level="warning")
