"""A store put back to an earlier point, on real servers: a new epoch, forks, adopters, and phantoms that stop their slot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

import psycopg
import pytest
from aiokafka import AIOKafkaProducer

from chassis.recovering import Opening, Unread
from chassis.store.epochs import open_epoch
from contracts.envelope import slot_of
from redress.composition import Servers
from redress.restoring import find_lost, records_of
from tests.integration.two_services import SHOP, Pair, Running, Well, eventually, free_port, installation


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


async def _poured(well: Running, name: str) -> int:
    rows = well.node.store.stream(Well.create_id(SHOP, name))
    return sum(row.topic == Well.Poured.TOPIC for row in rows)


async def _is_writing(running: Running) -> bool:
    return running.node.writer.is_writing


async def _is_published(well: Running) -> bool:
    relay = well.node.relay
    return relay is not None and relay.advanced_at is not None and relay.lag == 0


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
        await eventually(partial(_is_published, well))
        await well.stop()

        made.move(made.pair.well, backup)
        servers = Servers(made.dsn_of_name, kafka_bootstrap, None)
        found = await find_lost(servers, made.pair.well.name, [made.pair.bucket.name])
        slot = slot_of(SHOP, "ahead")
        assert [(unit.epoch, unit.slot, unit.sequence) for unit in found.lost] == [(1, slot, 4), (1, slot, 5)]
        assert not found.unread
        assert len(found.acted) == 2
        without = await find_lost(servers, made.pair.well.name, [made.pair.bucket.name], reads_topic=False)
        assert [(each.slot, each.sequence) for each in without.unread] == [(slot, 5)]
        assert open_epoch(backup, Opening(datetime.now(UTC), lost=found.lost, seen_epoch=found.seen_epoch)) == 2
        well = await made.start(made.pair.well)
        await eventually(partial(_is_writing, well))
        assert await _poured(well, "ahead") == 5, "what it said is true again before anything else is decided"
        assert (await well.pour("level", 1)) == {"poured": 4}
        await eventually(partial(_has, bucket, "level", 4))
        await eventually(partial(_has_stopped_slot, bucket, slot))
        reason = bucket.node.consumers[0].follower.stopped()[slot]
        assert reason.startswith("phantoms 4 to 5 of epoch 1")
        health = bucket.node.health()
        assert not health.is_ready
        assert any("phantoms" in each for each in health.reasons)
        assert await bucket.numbers("ahead") == [1, 2, 3, 4, 5], "nothing is taken back by itself"

        shown = (await well.ops("GET", "/ops/restore")).json()
        assert (shown["epoch"], shown["is_released"]) == (2, False)
        assert [(row["what"], row["sequence"], row["status"]) for row in shown["lost"]] == [
            ("lost", 4, "replayed"),
            ("lost", 5, "replayed"),
        ]
        assert [each["slot"] for each in (await bucket.ops("GET", "/ops/restore")).json()["stopped_slots"]] == [slot]
        assert (await bucket.ops("POST", "/ops/slots/release", {"source": made.pair.well.name})).json() == {
            "released": 1,
            "still_stopped": 0,
        }
        assert (await well.ops("POST", "/ops/restore/release")).json()["result"] == "handled"
        assert (await well.ops("POST", "/ops/restore/release")).json()["result"] == "dropped"
        await eventually(partial(_has, bucket, "ahead", 7))
        assert await bucket.numbers("ahead") == [1, 2, 3, 4, 5, 4, 5], "it hears the word again that it had heard"
        (phantoms,) = (await bucket.ops("GET", "/ops/restore")).json()["lost"]
        assert (phantoms["what"], phantoms["sequence"], phantoms["status"]) == ("phantoms", 5, "discarded")
        await well.pour("ahead", 1)
        await eventually(partial(_has, bucket, "ahead", 8))


async def test_a_slot_that_knows_more_stops_before_any_new_record_of_the_restored_source(
    fresh_database: Callable[[], str], kafka_bootstrap: str, copy_of: Callable[[str, str], str]
) -> None:
    async with installation(Pair(), fresh_database, kafka_bootstrap) as made:
        well = await made.start(made.pair.well)
        await eventually(partial(_is_writing, well))
        await well.pour("ahead", 1)
        await well.stop()
        backup = copy_of(made.dsn_of(made.pair.well), f"{made.pair.well.name}_backup")
        well, bucket = await made.start(made.pair.well), await made.start(made.pair.bucket)
        await eventually(partial(_is_writing, well))
        await well.pour("ahead", 1)
        await eventually(partial(_has, bucket, "ahead", 2))
        await well.stop()
        made.move(made.pair.well, backup)
        open_epoch(backup)
        await made.start(made.pair.well)
        await eventually(partial(_has_stopped_slot, bucket, slot_of(SHOP, "ahead")))


async def test_an_operator_may_ask_any_process_of_a_service(
    fresh_database: Callable[[], str], kafka_bootstrap: str, copy_of: Callable[[str, str], str]
) -> None:
    async with installation(Pair(), fresh_database, kafka_bootstrap) as made:
        well, bucket = await made.start(made.pair.well), await made.start(made.pair.bucket)
        await eventually(partial(_is_writing, well))
        await eventually(partial(_is_writing, bucket))
        await well.stop()
        backup = copy_of(made.dsn_of(made.pair.well), f"{made.pair.well.name}_backup")
        well = await made.start(made.pair.well)
        await eventually(partial(_is_writing, well))
        await well.pour("ahead", 2)
        await eventually(partial(_has, bucket, "ahead", 2))
        await well.stop()
        made.move(made.pair.well, backup)
        open_epoch(backup, Opening(datetime.now(UTC), unread=[Unread(slot_of(SHOP, "ahead"), 1, 2, "the bucket has heard it")]))
        well = await made.start(made.pair.well)
        await eventually(partial(_is_writing, well))
        await well.pour("ahead", 1)
        await eventually(partial(_has_stopped_slot, bucket, slot_of(SHOP, "ahead")))

        by_well, by_bucket = await made.start(made.pair.well, port=free_port()), await made.start(made.pair.bucket, port=free_port())
        assert not by_well.node.writer.is_writing
        assert not by_bucket.node.writer.is_writing
        (lost,) = (await by_well.ops("GET", "/ops/restore")).json()["lost"]
        discarded = await by_well.ops("POST", f"/ops/parked/{lost['parked_id']}/discard")
        assert (discarded.status_code, discarded.json()["result"]) == (200, "handled")
        assert (await by_well.ops("POST", "/ops/restore/release")).json()["result"] == "handled"
        assert len((await by_bucket.ops("GET", "/ops/restore")).json()["stopped_slots"]) == 1, "only the writer knows of these"
        released = await by_bucket.ops("POST", "/ops/slots/release", {"source": made.pair.well.name})
        assert released.json() == {"released": 1, "still_stopped": 0}

        await bucket.stop()
        await eventually(partial(_is_writing, by_bucket))
        assert (await by_bucket.ops("GET", "/ops/restore")).json()["stopped_slots"] == []


async def test_the_whole_topic_is_read_back_every_time(kafka_bootstrap: str) -> None:
    topic, count = f"read-back-{uuid4().hex}", 40
    producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap)
    await producer.start()
    try:
        for number in range(count):
            await producer.send_and_wait(topic, b"%d" % number)
    finally:
        await producer.stop()
    for _ in range(20):
        assert len([value async for _, value in records_of(kafka_bootstrap, topic)]) == count
