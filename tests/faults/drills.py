"""The drills: each takes something away from the house, holds it away for a moment, and gives it back.

A drill returns when the fault has ended. Kinds: kill (a process is gone), freeze (it stands still), wipe (data is gone), and the rest.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, LiteralString

import psycopg
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from redis import Redis

from contracts.envelope import topic_of
from redress.composition import SERVICES
from redress.topics import delete_topics
from tests.faults.house import STAND_BY, House

Kind = Literal["kill", "freeze", "wipe", "other"]
FROZEN_SECONDS = (4.5, 7.0)
"""Longer than the session limit of 4 s."""
READ_ONLY_SECONDS = (1.0, 4.0)
MOST_PARTITIONS = 16


@dataclass(frozen=True)
class Drill:
    """`weight`: how often it is drawn, beside the others."""

    name: str
    kind: Kind
    weight: int
    run: Callable[[House, random.Random], Awaitable[None]]


async def _child(house: House, chance: random.Random, is_writer: bool) -> str:
    service = chance.choice(list(SERVICES))
    writer = await asyncio.to_thread(house.writer_of, service) or service
    if is_writer:
        return writer
    return service + STAND_BY if writer == service else service


async def kill_writer(house: House, chance: random.Random) -> None:
    name = await _child(house, chance, True)
    await house.theatre.kill(name)
    await asyncio.sleep(chance.choice((0.0, 1.0, 3.0)))
    house.theatre.start(name)


async def kill_stand_by(house: House, chance: random.Random) -> None:
    name = await _child(house, chance, False)
    await house.theatre.kill(name)
    house.theatre.start(name)


async def kill_both(house: House, chance: random.Random) -> None:
    service = chance.choice(list(SERVICES))
    for name in (service, service + STAND_BY):
        await house.theatre.kill(name)
    for name in (service, service + STAND_BY):
        house.theatre.start(name)


async def freeze_writer(house: House, chance: random.Random) -> None:
    await _freeze(house, chance, await _child(house, chance, True))


async def freeze_stand_by(house: House, chance: random.Random) -> None:
    await _freeze(house, chance, await _child(house, chance, False))


async def _freeze(house: House, chance: random.Random, name: str) -> None:
    house.theatre.pause(name)
    await asyncio.sleep(chance.uniform(*FROZEN_SECONDS))
    house.theatre.resume(name)


async def restart_broker(house: House, chance: random.Random) -> None:
    await asyncio.to_thread(house.kafka.restart)


async def kill_broker(house: House, chance: random.Random) -> None:
    await asyncio.to_thread(house.kafka.kill)
    await asyncio.to_thread(house.kafka.start)


async def wipe_broker(house: House, chance: random.Random) -> None:
    await asyncio.to_thread(house.kafka.kill)
    await asyncio.to_thread(house.kafka.wipe)
    await asyncio.to_thread(house.kafka.start)


async def remove_topics(house: House, chance: random.Random) -> None:
    await delete_topics(house.kafka.address, list(SERVICES))


async def add_partitions(house: House, chance: random.Random) -> None:
    """Raise the partition count of one topic; one that has many already is deleted, and comes back with few."""
    service = chance.choice(list(SERVICES))
    topic = topic_of(service)

    admin = AIOKafkaAdminClient(bootstrap_servers=house.kafka.address, request_timeout_ms=5_000)
    try:
        await admin.start()
        (described,) = await admin.describe_topics([topic])
        count = len(described["partitions"])
        if 0 < count < MOST_PARTITIONS:
            await admin.create_partitions({topic: NewPartitions(count + chance.choice((1, 2, 4)))})
            return
    finally:
        await admin.close()
    await delete_topics(house.kafka.address, [service])


async def restart_postgres(house: House, chance: random.Random) -> None:
    await asyncio.to_thread(house.postgres.restart)


async def kill_postgres(house: House, chance: random.Random) -> None:
    await asyncio.to_thread(house.postgres.kill)
    await asyncio.to_thread(house.postgres.start)


async def cut_connections(house: House, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 3))):
        await asyncio.to_thread(_cut, house, chance.choice(list(SERVICES)))
        await asyncio.sleep(0.2)


def _cut(house: House, service: str) -> None:
    with psycopg.connect(house.postgres.address, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [_database(house, service)],
        )


async def make_read_only(house: House, chance: random.Random) -> None:
    service = chance.choice(list(SERVICES))

    await asyncio.to_thread(_alter, house, service, "ALTER DATABASE {} SET default_transaction_read_only = on")
    await asyncio.to_thread(_cut, house, service)
    await asyncio.sleep(chance.uniform(*READ_ONLY_SECONDS))
    # Sessions that were opened meanwhile stay as they are.
    await asyncio.to_thread(_alter, house, service, "ALTER DATABASE {} RESET default_transaction_read_only")


def _alter(house: House, service: str, statement: LiteralString) -> None:
    with psycopg.connect(house.postgres.address, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(_database(house, service))))


def _database(house: House, service: str) -> str:
    return str(conninfo_to_dict(house.stage.servers.dsn_of(service))["dbname"])


async def wipe_redis(house: House, chance: random.Random) -> None:
    def wipe() -> None:
        if chance.random() < 0.5:
            with Redis.from_url(house.redis.address) as client:
                client.flushall()
        else:
            house.redis.kill()
            house.redis.start()

    await asyncio.to_thread(wipe)


DRILLS = (
    Drill("kill -9 of a writer", "kill", 30, kill_writer),
    Drill("kill -9 of a stand-by", "kill", 12, kill_stand_by),
    Drill("kill -9 of both processes of a service", "kill", 6, kill_both),
    Drill("writer frozen", "freeze", 28, freeze_writer),
    Drill("stand-by frozen", "freeze", 8, freeze_stand_by),
    Drill("broker restarted", "other", 3, restart_broker),
    Drill("broker killed", "kill", 3, kill_broker),
    Drill("broker's data wiped", "wipe", 5, wipe_broker),
    Drill("topics deleted", "wipe", 6, remove_topics),
    Drill("partition count raised", "other", 4, add_partitions),
    Drill("PostgreSQL restarted", "other", 4, restart_postgres),
    Drill("PostgreSQL killed", "kill", 3, kill_postgres),
    Drill("connections cut", "other", 6, cut_connections),
    Drill("store read-only for a while", "other", 5, make_read_only),
    Drill("Redis wiped", "wipe", 3, wipe_redis),
)


def drawn(count: int, seed: int) -> list[Drill]:
    """The drills of a seed, in order."""
    return random.Random(seed).choices(DRILLS, weights=[drill.weight for drill in DRILLS], k=count)
