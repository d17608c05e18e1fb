"""The ceiling: the same records in and out with no logic at all, written for speed.

Take a batch from aiokafka; for each record build two rows of the same columns and two records of the same headers; COPY the rows and
move the position in one transaction; publish as ready batches. No aggregate, no rule, no check of order or duplicates, nothing that
survives a crash in a known state: what any correct program has to add to is this.

It does what helps any such program: one batch is written while the next is built and the one before is published, and what is the same
in the record that came in is copied.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec
import psycopg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from psycopg import AsyncConnection

from bench.hop_service import NAME, CardGiven, DeliveryOpened, Message, OrderPaid
from bench.job import Job, run, say_began, until_told_to_begin, until_told_to_stop
from chassis.store.columns import EVENT
from contracts.envelope import slot_of

BATCH_RECORDS = 500
PARTITIONS = 4

_SOURCE = NAME.encode()

_decode = msgspec.json.Decoder(OrderPaid).decode
_encode = msgspec.json.Encoder().encode

_HEADER_NAMES = (
    "ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_shopid", "ce_partitionkey", "ce_slot", "ce_sequence", "ce_epoch",
    "ce_correlationid", "ce_causationid", "content-type", "ce_subject", "traceparent",
)  # fmt: skip
_STORED_HEADERS = b"{" + b",".join(b'"%b":"%%b"' % name.encode() for name in _HEADER_NAMES) + b"}"

Row = tuple[Any, ...]
Record = tuple[bytes, bytes, list[tuple[str, bytes]]]


class Hop:
    """Counts the log and the slots in memory, as one writer may."""

    def __init__(self) -> None:
        self.log_id = 0
        self.sequences = [0] * 256

    def take(self, record: Any, rows: list[Row], out: dict[int, list[Record]]) -> None:
        """The two rows and the two records of one that came in."""
        headers = dict(record.headers)
        message = _decode(record.value)
        number, key = message.order_number, record.key
        shop, order_id = headers["ce_shopid"], message.order_id
        shop_id, cause, correlation = shop.decode(), headers["ce_id"].decode(), headers["ce_correlationid"].decode()
        slot = slot_of(shop_id, number)
        reference = f"card-of-{number}"
        opened = DeliveryOpened(
            order_id=order_id, order_number=number, product_code=message.product_code, quantity=message.quantity,
            amount_minor=message.amount_minor, currency=message.currency,
        )  # fmt: skip
        given = CardGiven(
            order_id=order_id, order_number=number, product_code=message.product_code, card_reference=reference, supplier_id="supplier-1"
        )
        name_of_order = str(order_id).encode()
        moment = datetime.now(UTC)
        now = moment.isoformat().encode()
        told: tuple[tuple[Message, str], ...] = ((opened, "delivery.Opened"), (given, "delivery.Given"))
        for version, (public, topic) in enumerate(told, start=1):
            self.log_id += 1
            self.sequences[slot] = sequence = self.sequences[slot] + 1
            value = _encode(public)
            texts = (
                b"1.0", b"%b/%b/%d" % (_SOURCE, name_of_order, version), public.TYPE.encode(), _SOURCE, now, shop, key, b"%d" % slot,
                b"%d" % sequence, b"1", headers["ce_correlationid"], headers["ce_id"], b"application/json", headers["ce_subject"],
                headers["traceparent"],
            )  # fmt: skip
            rows.append(
                (
                    self.log_id, order_id, version, "delivery", topic, shop_id, moment, value, number, correlation, cause,
                    slot, sequence, 1, public.TYPE, number, _STORED_HEADERS % texts, value,
                )
            )  # fmt: skip
            out.setdefault(slot % PARTITIONS, []).append((key, value, list(zip(_HEADER_NAMES, texts, strict=True))))


async def write(connection: AsyncConnection, rows: list[Row], position: dict[int, int]) -> None:
    """The rows and the offsets in one transaction."""
    async with connection.transaction(), connection.cursor() as cursor:
        async with cursor.copy(EVENT.copy) as copy:
            copy.set_types(EVENT.types)
            for row in rows:
                await copy.write_row(row)
        await cursor.executemany(
            "INSERT INTO position VALUES ('shopfront', %s, 1, %s) ON CONFLICT (source, slot) DO UPDATE SET sequence = excluded.sequence",
            list(position.items()),
        )


async def publish(producer: AIOKafkaProducer, topic: str, out: dict[int, list[Record]]) -> None:
    """All records as ready batches; returns when they are acknowledged."""
    waiting = []
    for partition, records in out.items():
        batch = producer.create_batch()
        for key, value, headers in records:
            if batch.append(key=key, value=value, timestamp=None, headers=headers) is None:
                batch.close()
                waiting.append(await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
                batch.append(key=key, value=value, timestamp=None, headers=headers)
        batch.close()
        waiting.append(await producer.send_batch(batch, topic, partition=partition))
    await asyncio.gather(*waiting)


async def publish_behind(
    before: asyncio.Task[None], written: asyncio.Task[None], producer: AIOKafkaProducer, topic: str, out: dict[int, list[Record]]
) -> None:
    """Publish a batch after it is written and after the one before it."""
    await written
    await before
    await publish(producer, topic, out)


async def main(job: Job) -> None:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=job.bootstrap, enable_auto_commit=False, fetch_max_wait_ms=20, auto_offset_reset="earliest"
    )
    producer = AIOKafkaProducer(bootstrap_servers=job.bootstrap, enable_idempotence=True, max_batch_size=512 * 1024)
    await consumer.start()
    await producer.start()
    connection = await psycopg.AsyncConnection.connect(job.dsn, autocommit=True)

    hop, done = Hop(), 0
    writing = publishing = asyncio.create_task(asyncio.sleep(0))
    await until_told_to_begin()
    say_began()
    consumer.assign([TopicPartition(job.source_topic, partition) for partition in range(PARTITIONS)])  # not before: it would fetch ahead
    while done < job.count:
        batches = await consumer.getmany(timeout_ms=1_000, max_records=BATCH_RECORDS)
        rows: list[Row] = []
        out: dict[int, list[Record]] = {}
        position: dict[int, int] = {}
        for place, records in batches.items():
            for record in records:
                hop.take(record, rows, out)
            position[place.partition] = records[-1].offset + 1
            done += len(records)
        await writing
        writing = asyncio.create_task(write(connection, rows, position))
        publishing = asyncio.create_task(publish_behind(publishing, writing, producer, job.topic, out))
    await publishing
    await until_told_to_stop()
    await consumer.stop()
    await producer.stop()
    await connection.close()


if __name__ == "__main__":
    run(main)
