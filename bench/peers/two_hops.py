"""The floor of the flow's latency: HTTP in → commit → Kafka → commit → Kafka → commit → Kafka, with no logic at all.

Two processes of plain asyncio on uvloop. *front* answers a posted notice once one row of it is committed, publishes a record of the same
size and headers as `PaymentConfirmed`, and for each record that comes back commits a row and publishes a `CardDelivered`. *back* commits a
row for each record of the front and publishes a `CardAllocated`. No signature is verified, nothing is looked up, nothing is checked for
order or repeats. Records that came together are committed together.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec
import uvicorn
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from psycopg_pool import AsyncConnectionPool
from starlette.types import Receive, Scope, Send

from bench.peers.naive_flow import PARTITIONS, Place
from bench.shop import SHOP, trade_number_of
from chassis.store.columns import EVENT
from contracts.envelope import slot_of, topic_of
from contracts.inventory import CardAllocated
from contracts.order import CardDelivered, OrderLine, PaymentConfirmed
from contracts.values import Money

CONNECTIONS = 8
PRODUCT, PREVIEW, SUPPLIER = "card-50", "CARD••••51", "own-stock"

Told = Callable[[str], Any]


def paid(number: str) -> PaymentConfirmed:
    price = Money(4_990, "CNY")
    line = OrderLine(line=1, product_code=PRODUCT, quantity=1, unit_price=price)
    return PaymentConfirmed(
        order_number=number, shop_id=SHOP, order_id=str(uuid4()), provider="alipay", provider_trade_number=trade_number_of(number),
        amount=price, paid_at=datetime.now(UTC), is_late=False, lines=(line,),
    )  # fmt: skip


def allocated(number: str) -> CardAllocated:
    return CardAllocated(
        shop_id=SHOP, order_number=number, line=1, unit=1, need_id=str(uuid4()), attempt=1, product_code=PRODUCT,
        card_id=str(uuid4()), card_preview=PREVIEW, supplier_code=SUPPLIER,
    )  # fmt: skip


def delivered(number: str) -> CardDelivered:
    return CardDelivered(
        order_number=number, shop_id=SHOP, order_id=str(uuid4()), line=1, unit=1, need_id=str(uuid4()), product_code=PRODUCT,
        card_id=str(uuid4()), card_preview=PREVIEW, supplier_code=SUPPLIER, delivery_milliseconds=10,
    )  # fmt: skip


class Hop:
    """Commits rows and publishes what they tell, for one of the two processes."""

    def __init__(self, place: Place, source: str) -> None:
        self._source = source
        self._bootstrap = place.bootstrap
        self._pool = AsyncConnectionPool(place.dsn, min_size=CONNECTIONS, max_size=CONNECTIONS, open=False, kwargs={"autocommit": True})
        self._log_id = 0
        self._sequences = [0] * 256

    async def open(self) -> None:
        await self._pool.open()
        self._producer = AIOKafkaProducer(bootstrap_servers=self._bootstrap, enable_idempotence=True, linger_ms=0)
        await self._producer.start()

    async def close(self) -> None:
        await self._producer.stop()
        await self._pool.close()

    async def take(self, numbers: list[str], told: Told) -> None:
        """One row for each in one commit, then one record for each."""
        rows, records = [], []
        for number in numbers:
            message, slot, now = told(number), slot_of(SHOP, number), datetime.now(UTC)
            self._log_id += 1
            self._sequences[slot] += 1
            value, stream_id = msgspec.json.encode(message), uuid4()
            texts = {
                "ce_specversion": "1.0", "ce_id": f"{self._source}/{stream_id}/1", "ce_type": message.TYPE, "ce_source": self._source,
                "ce_time": now.isoformat(), "ce_shopid": SHOP, "ce_partitionkey": number, "ce_slot": str(slot),
                "ce_sequence": str(self._sequences[slot]), "ce_epoch": "1", "ce_correlationid": number, "ce_causationid": number,
                "content-type": "application/json", "ce_subject": number, "traceparent": f"00-{uuid4().hex}-{uuid4().hex[:16]}-01",
            }  # fmt: skip
            rows.append(
                (
                    self._log_id, stream_id, 1, "hop", "hop.Event", SHOP, now, value, number, number, number, slot,
                    self._sequences[slot], 1, message.TYPE, number, msgspec.json.encode(texts), value,
                )
            )  # fmt: skip
            records.append((slot % PARTITIONS, number.encode(), value, [(name, text.encode()) for name, text in texts.items()]))
        async with self._pool.connection() as connection:
            await connection.execute(EVENT.insert.encode(), [list(column) for column in zip(*rows, strict=True)])
        for partition, key, value, headers in records:
            await self._producer.send(topic_of(self._source), value, key=key, partition=partition, headers=headers)

    async def follow(self, source: str, type_name: str, told: Told) -> None:
        """Take every record of a type from a topic's end on, until cancelled."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, enable_auto_commit=False, auto_offset_reset="latest")
        await consumer.start()
        try:
            consumer.assign([TopicPartition(topic_of(source), partition) for partition in range(PARTITIONS)])
            await consumer.seek_to_end()
            while True:
                batches = await consumer.getmany(timeout_ms=1_000)
                found = [dict(record.headers) for records in batches.values() for record in records]
                numbers = [headers["ce_subject"].decode() for headers in found if headers["ce_type"] == type_name.encode()]
                if numbers:
                    await self.take(numbers, told)
        finally:
            await consumer.stop()


class Front:
    """The HTTP application."""

    def __init__(self, hop: Hop) -> None:
        self._hop = hop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "POST":
            message = await receive()
            number = message["body"].partition(b"out_trade_no=")[2].partition(b"&")[0].decode()
            await self._hop.take([number], paid)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"7")]})
        await send({"type": "http.response.body", "body": b"success"})


async def main(role: str, place: Place) -> None:
    hop = Hop(place, "order" if role == "front" else "inventory")
    await hop.open()
    if role == "front":
        following = asyncio.create_task(hop.follow("inventory", CardAllocated.TYPE, delivered))
    else:
        following = asyncio.create_task(hop.follow("order", PaymentConfirmed.TYPE, allocated))
    app: Callable[[Scope, Receive, Send], Awaitable[None]] = Front(hop)
    await uvicorn.Server(uvicorn.Config(app, port=place.port, log_level="warning", lifespan="off", access_log=False)).serve()
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await hop.close()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1], msgspec.json.decode(sys.argv[2], type=Place)))
