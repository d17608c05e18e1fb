"""A store put back to an earlier point, on real servers: a new epoch, forks, adopters, and phantoms that stop their slot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial

import psycopg
import pytest

from chassis.store.epochs import open_epoch
from contracts.envelope import slot_of
from tests.integration.two_services import SHOP, Pair, Running, eventually, installation


@pytest.fixture
def copy_of(postgres_admin_dsn: str) -> Iterator[Callable[[str, str], str]]:
    """Copies a database that nobody uses now, as a backup would: `(dsn, name) -> dsn of the copy`."""
    names: list[str] = []
    with closing(psycopg.connect(postgres_admin_dsn, autocommit=True)) as admin:

        def copy(dsn: str, name: str) -> str:
            found = psycopg.conninfo.conninfo_to_dict(dsn)
            names.append(name)
            admin.execute(
                psycopg.sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                    *(psycopg.sql.Identifier(str(each)) for each in (name, found["dbname"], found["user"]))
                )
            )
            return dsn.replace(str(found["dbname"]), name, 1) if "/" not in dsn else _renamed(dsn, str(found["dbname"]), name)

        yield copy
        for name in names:
            admin.execute(psycopg.sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(psycopg.sql.Identifier(name)))


def _renamed(dsn: str, old: str, new: str) -> str:
    head, _, tail = dsn.rpartition(f"/{old}")
    return f"{head}/{new}{tail}"


async def _has(bucket: Running, well: str, count: int) -> bool:
    return len(await bucket.numbers(well)) >= count


async def _is_writing(running: Running) -> bool:
    return running.node.writer.is_writing


async def _has_stopped_slot(bucket: Running, slot: int) -> bool:
    return any(slot in consumer.follower.stopped() for consumer in bucket.node.consumers)


async def test_who_knows_more_than_a_restored_store_stops_there_and_the_others_go_on(
    fresh_database: Callable[[], str], kafka_bootstrap: str, copy_of: Callable[[str, str], str]
) -> None:
    async with installation(Pair(), fresh_database, kafka_bootstrap) as made:
        well, bucket = await made.start(made.pair.well), await made.start(made.pair.bucket)
        await eventually(partial(_is_writing, well))
        for name in ("ahead", "level"):
            await well.pour(name, 3)
            await eventually(partial(_has, bucket, name, 3))
        await well.stop()
        backup = copy_of(made.dsn_of(made.pair.well), f"{made.pair.well.name}_backup")
        well = await made.start(made.pair.well)
        await eventually(partial(_is_writing, well))
        await well.pour("ahead", 2)
        await eventually(partial(_has, bucket, "ahead", 5))
        await well.stop()

        made.move(made.pair.well, backup)
        assert open_epoch(backup) == 2
        well = await made.start(made.pair.well)
        await eventually(partial(_is_writing, well))
        assert (await well.pour("level", 1)) == {"poured": 4}
        await eventually(partial(_has, bucket, "level", 4))
        slot = slot_of(SHOP, "ahead")
        await eventually(partial(_has_stopped_slot, bucket, slot))
        reason = bucket.node.consumers[0].follower.stopped()[slot]
        assert reason.startswith("phantoms 4 to 5 of epoch 1")
        health = bucket.node.health()
        assert not health.is_ready
        assert any("phantoms" in each for each in health.reasons)
        assert await bucket.numbers("ahead") == [1, 2, 3, 4, 5], "nothing is taken back by itself"
