"""The runtime on real Kafka and PostgreSQL: every drop is caught once, whatever becomes of the topic or the processes."""

from __future__ import annotations

from collections.abc import Callable

from aiokafka.admin import AIOKafkaAdminClient

from contracts.envelope import topic_of
from tests.integration.two_services import Installation, Pair, Running, eventually, free_port, installation


async def _until_caught(bucket: Running, well: str, count: int) -> None:
    async def is_there() -> bool:
        return len(await bucket.numbers(well)) >= count

    await eventually(is_there)
    assert await bucket.numbers(well) == list(range(1, count + 1)), "each once, and in order"


async def _until_writing(running: Running) -> None:
    async def is_writing() -> bool:
        return running.node.writer.is_writing

    await eventually(is_writing)


async def _delete_topic(kafka: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.delete_topics([topic])
    finally:
        await admin.close()


async def _both(made: Installation) -> tuple[Running, Running]:
    well, bucket = await made.start(made.pair.well), await made.start(made.pair.bucket)
    await _until_writing(well)
    await _until_writing(bucket)
    return well, bucket


async def test_drops_flow_through_kafka_and_a_repeated_command_pours_nothing(
    fresh_database: Callable[[], str], kafka_bootstrap: str
) -> None:
    async with installation(Pair(), fresh_database, kafka_bootstrap) as made:
        well, bucket = await _both(made)
        for _ in range(20):
            await well.pour("a", 5)
        first = await well.pour("a", key="k")
        assert await well.pour("a", key="k") == first
        await well.pour("b", 3)
        await _until_caught(bucket, "a", 101)
        await _until_caught(bucket, "b", 3)
        assert bucket.node.health().is_ready, bucket.node.health().reasons


async def test_a_node_that_is_elected_while_it_stops_begins_no_term(fresh_database: Callable[[], str], kafka_bootstrap: str) -> None:
    async with installation(Pair(), fresh_database, kafka_bootstrap) as made:
        well = await made.start(made.pair.well)
        await _until_writing(well)
        await well.stop()
        well.node._on_term(True)  # what the writer's thread had left for the loop
        assert well.node._term is None
        assert well.node.relay is None


async def test_a_consumer_that_was_away_fills_from_the_feed(fresh_database: Callable[[], str], kafka_bootstrap: str) -> None:
    async with installation(Pair(), fresh_database, kafka_bootstrap) as made:
        well, bucket = await _both(made)
        await well.pour("a", 5)
        await _until_caught(bucket, "a", 5)
        await bucket.stop()
        await well.pour("a", 5)
        bucket = await made.start(made.pair.bucket)
        await well.pour("a", 5)
        await _until_caught(bucket, "a", 15)


async def test_a_service_that_starts_at_now_hears_what_comes_after_it_also_after_a_restart(
    fresh_database: Callable[[], str], kafka_bootstrap: str
) -> None:
    async with installation(Pair(is_newcomer=True), fresh_database, kafka_bootstrap) as made:
        well = await made.start(made.pair.well)
        await _until_writing(well)
        await well.pour("a", 5)
        bucket = await made.start(made.pair.bucket)
        await eventually(lambda: _has_begun(bucket))
        await bucket.stop()
        await well.pour("a", 2)
        bucket = await made.start(made.pair.bucket)
        await well.pour("a", 1)
        await eventually(lambda: _has_caught(bucket, 3))
        assert await bucket.numbers("a") == [6, 7, 8]


async def _has_begun(bucket: Running) -> bool:
    return bool(bucket.node.store.positions())


async def test_a_deleted_topic_loses_nothing(fresh_database: Callable[[], str], kafka_bootstrap: str) -> None:
    async with installation(Pair(), fresh_database, kafka_bootstrap) as made:
        well, bucket = await _both(made)
        for turn in range(6):
            await well.pour("a", 5)
            if turn in (1, 3):
                await _delete_topic(kafka_bootstrap, topic_of(made.pair.well.name))
        await _until_caught(bucket, "a", 30)
        await well.pour("quiet")
        await _until_caught(bucket, "quiet", 1)


async def test_a_stand_by_passes_commands_on_and_takes_over(fresh_database: Callable[[], str], kafka_bootstrap: str) -> None:
    async with installation(Pair(), fresh_database, kafka_bootstrap) as made:
        well, bucket = await _both(made)
        stand_by = await made.start(made.pair.well, port=free_port())
        answer = await stand_by.pour("a", 2, key="k")
        assert not stand_by.node.writer.is_writing
        assert await well.pour("a", 2, key="k") == answer, "the stored answer is found again whoever is asked"
        await well.stop()
        await _until_writing(stand_by)
        assert await stand_by.pour("a", 2, key="k") == answer
        await stand_by.pour("a", 2)
        await eventually(lambda: _has_caught(bucket, 2))


async def _has_caught(bucket: Running, count: int) -> bool:
    return len(await bucket.numbers("a")) >= count
