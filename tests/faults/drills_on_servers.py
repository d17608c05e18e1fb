"""Drills on Kafka, PostgreSQL and Redis: restarted, killed, wiped, cut off, read-only, with other partitions."""

from __future__ import annotations

import asyncio
from typing import LiteralString

import psycopg
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from psycopg import sql
from redis import Redis

from contracts.envelope import topic_of
from redress.composition import SERVICES
from redress.topics import delete_topics
from tests.faults.drill import Drill, Trial
from tests.faults.house import KAFKA, POSTGRES, REDIS, House

READ_ONLY_SECONDS = (1.0, 4.0)
MOST_PARTITIONS = 16


async def restart_broker(trial: Trial) -> None:
    async with trial.house.hands_on(KAFKA):
        await asyncio.to_thread(trial.house.kafka.restart)


async def kill_broker(trial: Trial) -> None:
    async with trial.house.hands_on(KAFKA):
        await asyncio.to_thread(trial.house.kafka.kill)
        await asyncio.to_thread(trial.house.kafka.start)


async def wipe_broker(trial: Trial) -> None:
    async with trial.house.hands_on(KAFKA):
        await asyncio.to_thread(trial.house.kafka.kill)
        await asyncio.to_thread(trial.house.kafka.wipe)
        await asyncio.to_thread(trial.house.kafka.start)


async def remove_topics(trial: Trial) -> None:
    async with trial.house.hands_on(KAFKA):
        await delete_topics(trial.house.kafka.address, list(SERVICES))


async def add_partitions(trial: Trial) -> None:
    """Raise the partition count of one topic; one that has many already is deleted, and comes back with few."""
    service = trial.service()
    topic = topic_of(service)
    async with trial.house.hands_on(KAFKA):
        admin = AIOKafkaAdminClient(bootstrap_servers=trial.house.kafka.address, request_timeout_ms=5_000)
        try:
            await admin.start()
            (described,) = await admin.describe_topics([topic])
            count = len(described["partitions"])
            if 0 < count < MOST_PARTITIONS:
                await admin.create_partitions({topic: NewPartitions(count + trial.chance.choice((1, 2, 4)))})
                trial.counts["partition counts raised"] += 1
                return
        finally:
            await admin.close()
        await delete_topics(trial.house.kafka.address, [service])


async def restart_postgres(trial: Trial) -> None:
    async with trial.house.hands_on(POSTGRES):
        await asyncio.to_thread(trial.house.postgres.restart)


async def kill_postgres(trial: Trial) -> None:
    async with trial.house.hands_on(POSTGRES):
        await asyncio.to_thread(trial.house.postgres.kill)
        await asyncio.to_thread(trial.house.postgres.start)


async def cut_connections(trial: Trial) -> None:
    async with trial.house.hands_on(POSTGRES):
        for _ in range(trial.chance.choice((1, 3))):
            await asyncio.to_thread(_cut, trial.house, trial.service())
            await asyncio.sleep(0.2)


def _cut(house: House, service: str) -> None:
    with psycopg.connect(house.postgres.address, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [house.database_of(service)],
        )


async def make_read_only(trial: Trial) -> None:
    house, service = trial.house, trial.service()
    async with house.hands_on(POSTGRES):
        await asyncio.to_thread(_alter, house, service, "ALTER DATABASE {} SET default_transaction_read_only = on")
        await asyncio.to_thread(_cut, house, service)
        await asyncio.sleep(trial.chance.uniform(*READ_ONLY_SECONDS))
        # Sessions that were opened meanwhile stay as they are.
        await asyncio.to_thread(_alter, house, service, "ALTER DATABASE {} RESET default_transaction_read_only")


def _alter(house: House, service: str, statement: LiteralString) -> None:
    with psycopg.connect(house.postgres.address, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(house.database_of(service))))


async def wipe_redis(trial: Trial) -> None:
    house, is_flushed = trial.house, trial.chance.random() < 0.5

    def wipe() -> None:
        if is_flushed:
            with Redis.from_url(house.redis.address) as client:
                client.flushall()
        else:
            house.redis.kill()
            house.redis.start()

    async with house.hands_on(REDIS):
        await asyncio.to_thread(wipe)


DRILLS = (
    Drill("broker restarted", "other", 3, restart_broker),
    Drill("broker killed", "kill", 3, kill_broker),
    Drill("broker's data wiped", "wipe", 5, wipe_broker),
    Drill("topics deleted", "wipe", 6, remove_topics),
    Drill("partition count raised", "other", 4, add_partitions),
    Drill("PostgreSQL restarted", "other", 4, restart_postgres),
    Drill("PostgreSQL killed", "kill", 3, kill_postgres),
    Drill("connections cut", "other", 5, cut_connections),
    Drill("store read-only for a while", "other", 5, make_read_only),
    Drill("Redis wiped", "wipe", 3, wipe_redis),
)
