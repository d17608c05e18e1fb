"""The obvious route: a FastAPI endpoint that does one transaction for each command, over a pool of psycopg connections.

The same request, the same columns in the same tables: the key is looked up in `inbox`, the stream in `event`, an eventsourcing aggregate
decides, and two events with their public records, the slot's head and the stored answer go into one transaction. Log ids come from a
sequence and the row lock of the slot's head gives sequences in order; that readers of the log see no gap is not promised. After the
commit both records are published, one after the other, and then the answer leaves; a crash between loses them. A key that two requests
use at once is refused by the table.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI, Request, Response
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from starlette.types import ASGIApp

from bench.commands_serving import PATH, TOKEN, Job, OpenDelivery, PlainServer, run
from bench.hop_service import NAME, SHOP
from bench.peers.naive import Delivery, given, opened
from bench.source import PARTITIONS
from chassis.store.columns import EVENT, INBOX
from contracts.envelope import Envelope, event_id, headers_of, slot_of, topic_of

CONNECTIONS = 16

_INSERT_EVENT = f"INSERT INTO event ({EVENT.listed}) VALUES (nextval('log_ids'), {', '.join(['%b'] * (len(EVENT.columns) - 1))})"
_INSERT_INBOX = f"INSERT INTO inbox ({INBOX.listed}) VALUES ({', '.join(['%b'] * len(INBOX.columns))})"
_HEAD = "UPDATE slot_head SET sequence = sequence + 2 WHERE slot = %s RETURNING sequence"


Record = tuple[int, str, bytes, list[tuple[str, bytes]]]
"""Slot, key, value and headers of a public record."""


def application(pool: AsyncConnectionPool, producer: AIOKafkaProducer) -> FastAPI:
    """The application with its one route."""
    app = FastAPI()

    @app.post(PATH, status_code=201)
    async def open_one(request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Response(status_code=401)
        body = await request.body()
        command = msgspec.json.decode(body, type=OpenDelivery)
        key = request.headers["idempotency-key"]
        async with pool.connection() as connection:
            answer, records = await handle(connection, command, key, body)
        for slot, record_key, value, headers in records:
            place = {"partition": slot % PARTITIONS, "key": record_key.encode()}
            await producer.send_and_wait(topic_of(NAME), value, headers=headers, **place)
        return Response(answer, 201, media_type="application/json")

    return app


async def handle(connection: AsyncConnection, command: OpenDelivery, key: str, body: bytes) -> tuple[bytes, list[Record]]:
    """Decide and write in the connection's transaction; the answer, and what is to be published."""
    found = await connection.execute(
        "SELECT answer FROM inbox WHERE principal = %s AND route = %s AND key = %s", [f"shop/{SHOP}", PATH, key]
    )
    if (stored := await found.fetchone()) is not None:
        return bytes(stored[0]), []
    stream = Delivery.create_id(command.order_number)
    history = await connection.execute("SELECT topic, state FROM event WHERE stream_id = %s ORDER BY version", [stream])
    answer = msgspec.json.encode({"delivery_id": stream, "order_number": command.order_number})
    is_new = not await history.fetchall()
    records = await record(connection, command, stream, key) if is_new else []
    digest = hashlib.sha256(body).digest()
    await connection.execute(_INSERT_INBOX, [f"shop/{SHOP}", PATH, key, digest, 201, answer, datetime.now(UTC)])
    return answer, records


async def record(connection: AsyncConnection, command: OpenDelivery, stream: UUID, key: str) -> list[Record]:
    """The two events of a new delivery; their public records."""
    delivery = Delivery(command.order_number, command.product_code, command.quantity, command.amount_minor, command.currency)
    delivery.give(f"card-of-{command.order_number}", "supplier-1")
    delivery.collect_events()
    slot = slot_of(SHOP, command.order_number)
    ((head,),) = await (await connection.execute(_HEAD, [slot])).fetchall()
    correlation, cause, now = str(uuid4()), f"{NAME}/command/{key}", datetime.now(UTC)
    records: list[Record] = []
    states: list[tuple[str, Any, dict[str, Any]]] = [
        ("delivery.Opened", opened(delivery), {"shop_id": SHOP, **msgspec.structs.asdict(command)}),
        ("delivery.Given", given(delivery), {"card_reference": delivery.card_reference, "supplier_id": delivery.supplier_id}),
    ]
    for version, (topic, public, state) in enumerate(states, start=1):
        sequence = head - 2 + version
        envelope = Envelope(
            event_id(NAME, stream, version, 1), public.TYPE, NAME, now, command.order_number, SHOP, command.order_number, slot, sequence,
            1, correlation, cause, None,
        )  # fmt: skip
        headers, value = headers_of(envelope), msgspec.json.encode(public)
        stored = msgspec.json.encode({name: text.decode() for name, text in headers})
        records.append((slot, command.order_number, value, headers))
        await connection.execute(
            _INSERT_EVENT,
            [
                stream, version, "delivery", topic, SHOP, now, msgspec.json.encode(state), command.order_number, correlation, cause,
                slot, sequence, 1, public.TYPE, command.order_number, stored, value,
            ],
        )  # fmt: skip
    return records


@asynccontextmanager
async def running(job: Job) -> AsyncIterator[ASGIApp]:
    """The application over an open pool, on a migrated store, with a producer."""
    async with AsyncConnectionPool(job.dsn, min_size=CONNECTIONS, max_size=CONNECTIONS, open=False) as pool:
        async with pool.connection() as connection:
            await connection.execute("CREATE SEQUENCE log_ids")
        producer = AIOKafkaProducer(bootstrap_servers=job.bootstrap, enable_idempotence=True)
        await producer.start()
        try:
            yield application(pool, producer)
        finally:
            await producer.stop()


if __name__ == "__main__":
    run(running, PlainServer)
