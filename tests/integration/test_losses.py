"""What a broker may lose or forget: the last record of a quiet slot, all it kept in memory, or its headers' reader's knowledge of us."""

from __future__ import annotations

import asyncio
import functools
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from chassis.embedded import EmbeddedServers
from contracts.envelope import topic_of
from tests.integration.two_services import Pair, Running, eventually, installation
from tests.servers import KafkaServer


async def _until_writing(*nodes: Running) -> None:
    for running in nodes:
        await eventually(functools.partial(_is_writing, running))


async def _is_writing(running: Running) -> bool:
    return running.node.writer.is_writing


async def _until_caught(bucket: Running, well: str, count: int, seconds: float = 60.0) -> None:
    async def is_there() -> bool:
        return len(await bucket.numbers(well)) >= count

    await eventually(is_there, seconds)
    assert await bucket.numbers(well) == list(range(1, count + 1))


async def test_the_lost_last_record_of_a_quiet_slot_is_found_by_the_heads(
    fresh_database: Callable[[], str], kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with installation(Pair(), fresh_database, kafka_bootstrap) as made:
        well, bucket = await made.start(made.pair.well), await made.start(made.pair.bucket)
        await _until_writing(well, bucket)
        await well.pour("quiet")
        await _until_caught(bucket, "quiet", 1)
        relay = well.node.relay
        assert relay is not None

        async def lose(rows: object) -> None:
            """Kafka says that it has the record, and has not."""

        monkeypatch.setattr(relay, "_publish", lose)
        await well.pour("quiet")
        await _until_caught(bucket, "quiet", 2)


async def test_an_embedded_broker_that_forgot_most_of_a_burst_loses_nothing(fresh_database: Callable[[], str], tmp_path: Path) -> None:
    with EmbeddedServers(tmp_path / "data") as embedded:
        async with installation(Pair(), fresh_database, embedded.addresses.kafka_bootstrap) as made:
            well = await made.start(made.pair.well)
            await _until_writing(well)
            # About 900 bytes a record with its headers, all on one slot: more than the 5 MiB that its partition keeps.
            for _ in range(80):
                await well.pour("flood", 100)
            bucket = await made.start(made.pair.bucket)
            await _until_writing(bucket)
            await well.pour("flood", 100)
            await _until_caught(bucket, "flood", 8_100, 120.0)


async def test_a_reader_that_knows_nothing_of_us_sees_every_attribute(fresh_database: Callable[[], str], tmp_path: Path) -> None:
    kafka = KafkaServer(tmp_path / "kafka")
    kafka.start()
    try:
        async with installation(Pair(), fresh_database, kafka.address) as made:
            well = await made.start(made.pair.well)
            await _until_writing(well)
            await well.pour("a", 2)
            relay = well.node.relay
            assert relay is not None
            await eventually(lambda: _has_relayed(well))
            command = kafka.command_line_tool(
                "org.apache.kafka.tools.consumer.ConsoleConsumer",
                *("--bootstrap-server", kafka.address, "--topic", topic_of(made.pair.well.name), "--from-beginning"),
                *("--max-messages", "2", "--timeout-ms", "20000", "--property", "print.headers=true", "--property", "print.key=true"),
            )
            told = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=60, check=False)
            lines = told.stdout.splitlines()
    finally:
        kafka.stop()
    shown = [line for line in lines if "DropPoured" in line]
    assert len(shown) == 2
    for number, line in enumerate(shown, 1):
        assert f'{{"well":"a","number":{number}}}' in line
        assert f"ce_sequence:{number}" in line
        for attribute in ("ce_specversion:1.0", "ce_id:", "ce_type:", "ce_source:", "ce_time:", "ce_shopid:shop", "ce_slot:", "ce_epoch:1"):
            assert attribute in line


async def _has_relayed(running: Running) -> bool:
    return running.node.relay is not None and running.node.relay.position >= 3
