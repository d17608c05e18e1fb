"""Looking for texts in every place where something of a run may have been left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import psycopg
from aiokafka import AIOKafkaConsumer, TopicPartition
from psycopg import sql
from redis import Redis

from contracts.envelope import topic_of
from redress.composition import SERVICES
from redress.demo.stage import Stage
from redress.demo.theatre import Theatre

Found = tuple[str, bytes]
"""A place, and what stands there."""

OWN_FILES = frozenset({"settings.json", "sandbox.json", "tokens.json", "postgres.json", "valkey.json", "valkey.conf"})
"""Files that hold keys because that is what they are for; all of them are open to their owner alone."""


async def everything_left(stage: Stage, theatre: Theatre) -> list[Found]:
    """Topics, tables, logs and spans, metrics, the status page, and what Redis holds."""
    found = [*_tables(stage), *_files(theatre.folder), *_redis(stage)]
    found += [each async for each in _records(stage)]
    async with httpx2.AsyncClient(trust_env=False) as client:
        for address in stage.addresses.values():
            found.append(("metrics", (await client.get(f"{address}/metrics")).content))
        found.append(("status page", (await client.get(f"{theatre.root_url}/")).content))
    return found


def _tables(stage: Stage) -> Iterator[Found]:
    """Every column of every row, binary ones as they are."""
    for service in SERVICES:
        with psycopg.connect(stage.servers.dsn_of(service)) as connection:
            names = [name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()]
            for name in names:
                for row in connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(name))).fetchall():
                    content = b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
                    yield f"{service} table {name}", content


def _files(folder: Path) -> Iterator[Found]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if path.is_file() and "keys" not in parts and "postgres" not in parts and path.name not in OWN_FILES:
            yield f"file {path.relative_to(folder)}", path.read_bytes()


def _redis(stage: Stage) -> Iterator[Found]:
    assert stage.servers.redis_url is not None
    with Redis.from_url(stage.servers.redis_url.reveal()) as client:
        for key in client.scan_iter():
            yield "redis", bytes(key) + (client.dump(key) or b"")


async def _records(stage: Stage) -> AsyncIterator[Found]:
    for service in SERVICES:
        topic = topic_of(service)
        consumer = AIOKafkaConsumer(bootstrap_servers=stage.servers.kafka_bootstrap, auto_offset_reset="earliest")
        await consumer.start()
        try:
            places = [TopicPartition(topic, number) for number in range(4)]
            consumer.assign(places)
            await consumer.seek_to_beginning(*places)
            ends = await consumer.end_offsets(places)
            while any([await consumer.position(place) < ends[place] for place in places]):
                for records in (await asyncio.wait_for(consumer.getmany(timeout_ms=500), 10.0)).values():
                    for record in records:
                        headers = b"\n".join(name.encode() + b"=" + value for name, value in record.headers)
                        yield f"topic {topic}", b"\n".join((record.key or b"", record.value or b"", headers))
        finally:
            await consumer.stop()
