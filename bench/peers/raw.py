"""The ceiling: the same records in and out with no logic at all, written for speed.

Take a batch from aiokafka; for each record build two rows of the same columns and two records of the same headers; COPY the rows and
move the position in one transaction; publish as ready batches. No aggregate, no rule, no check of order or duplicates, nothing that
survives a crash in a known state: what any correct program has to add to is this.

It does what helps any such program: a batch is published while the next one is being written, and headers are copied from the record that
came in wherever they are the same.
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
from bench.job import Job, run, say_began, until_told_to_stop
from chassis.store.columns import EVENT
from contracts.envelope import slot_of

BATCH_RECORDS = 500
PARTITIONS = 4

_SPEC_VERSION = ("ce_specversion", b"1.0")
_SOURCE = ("ce_source", NAME.encode())
_CONTENT_TYPE = ("content-type", b"application/json")
_EPOCH = ("ce_epoch", b"1")

_decode = msgspec.json.Decoder(OrderPaid).decode
_encode = msgspec.json.Encoder().encode

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
        shop, order_id = headers["ce_shopid"].decode(), message.order_id
        slot = slot_of(shop, number)
        reference = f"card-of-{number}"
        opened = DeliveryOpened(
            order_id=order_id, order_number=number, product_code=message.product_code, quantity=message.quantity,
            amount_minor=message.amount_minor, currency=message.currency,
        )  # fmt: skip
        given = CardGiven(
            order_id=order_id, order_number=number, product_code=message.product_code, card_reference=reference, supplier_id="supplier-1"
        )
        now = datetime.now(UTC)
        told: tuple[tuple[Message, str], ...] = ((opened, "delivery.Opened"), (given, "delivery.Given"))
        for version, (public, topic) in enumerate(told, start=1):
            self.log_id += 1
            self.sequences[slot] = sequence = self.sequences[slot] + 1
            value = _encode(public)
            sent = [
                _SPEC_VERSION,
                ("ce_id", f"{NAME}/{order_id}/{version}".encode()),
                ("ce_type", public.TYPE.encode()),
                _SOURCE,
                ("ce_time", now.isoformat().encode()),
                ("ce_shopid", headers["ce_shopid"]),
                ("ce_partitionkey", key),
                ("ce_slot", b"%d" % slot),
                ("ce_sequence", b"%d" % sequence),
                _EPOCH,
                ("ce_correlationid", headers["ce_correlationid"]),
                ("ce_causationid", headers["ce_id"]),
                _CONTENT_TYPE,
                ("ce_subject", headers["ce_subject"]),
                ("traceparent", headers["traceparent"]),
            ]
            stored = b'{"%b"}' % b'","'.join([b'%b":"%b' % (name.encode(), text) for name, text in sent])
            rows.append(
                (
                    self.log_id, order_id, version, "delivery", topic, shop, now, value, number,
                    headers["ce_correlationid"].decode(), headers["ce_id"].decode(),
                    slot, sequence, 1, public.TYPE, number, stored, value,
                )
            )  # fmt: skip
            out.setdefault(slot % PARTITIONS, []).append((key, value, sent))


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


async def main(job: Job) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=job.bootstrap, enable_auto_commit=False, fetch_max_wait_ms=20)
    producer = AIOKafkaProducer(bootstrap_servers=job.bootstrap, enable_idempotence=True, max_batch_size=512 * 1024)
    await consumer.start()
    await producer.start()
    connection = await psycopg.AsyncConnection.connect(job.dsn, autocommit=True)
    consumer.assign([TopicPartition(job.source_topic, partition) for partition in range(PARTITIONS)])
    await consumer.seek_to_beginning()

    hop, done, publishing = Hop(), 0, None
    say_began()
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
        await write(connection, rows, position)
        if publishing is not None:
            await publishing
        publishing = asyncio.create_task(publish(producer, job.topic, out))
    if publishing is not None:
        await publishing
    await until_told_to_stop()
    await consumer.stop()
    await producer.stop()
    await connection.close()


if __name__ == "__main__":
    run(main)
