"""The measured hop on the real parts: a whole `Node` as the launcher starts it, on real Kafka and PostgreSQL.

The node starts level with its source, as after any restart; then its subscriber is set back to the beginning of the topic, and the
records come as fast as Kafka gives them.
"""

from __future__ import annotations

import asyncio
import cProfile
import os
from datetime import UTC, datetime

from bench.hop_service import SOURCES, service
from bench.job import Job, run, say_began, until_told_to_begin, until_told_to_stop
from chassis.fingerprint import Fingerprints
from chassis.keys import InstallationKeys
from chassis.runtime.consumer import Consumer
from chassis.runtime.node import Node, Surroundings


async def main(job: Job) -> None:
    node = Node(service, surroundings(job))
    await node.start()
    await _level(node)
    consumer = next(each for each in node.consumers if each.source == SOURCES[job.half])
    await until_told_to_begin()
    say_began()
    await consumer._subscriber.consumer.seek_to_beginning()
    await until_told_to_stop()
    await node.stop()


def surroundings(job: Job) -> Surroundings:
    """A node of an installation of two services, with keys that open nothing."""

    async def nowhere(_target: str, _request: object) -> object:
        raise AssertionError("the hop calls nothing outside")

    return Surroundings(
        dsn=job.dsn,
        kafka_bootstrap=job.bootstrap,
        redis_url=None,
        address="http://127.0.0.1:1",
        addresses={source: f"{job.feed_address}/{source}" for source in SOURCES.values()},
        keys=InstallationKeys(master=bytes(32), token=bytes(32), fingerprints=Fingerprints({1: bytes(32)})),
        settings=None,
        http=nowhere,
        static_tokens=(),
        advice={},
    )


async def _level(node: Node) -> None:
    """Wait until the node is the writer, its relay is up, and its consumers have their places and have compared heads."""
    for _ in range(2_000):
        await asyncio.sleep(0.01)
        is_relaying = node.relay is not None and node.relay.advanced_at is not None and not node.relay.lag
        if is_relaying and node.consumers and all([await _is_level(consumer) for consumer in node.consumers]):
            return
    raise AssertionError(f"the node did not get ready: {node.status()} at {datetime.now(UTC)}")


async def _is_level(consumer: Consumer) -> bool:
    subscriber = consumer._subscriber
    return subscriber is not None and subscriber.running and consumer.advanced_at is not None and await consumer._is_sound()


if __name__ == "__main__":
    profile = os.environ.get("HOP_PROFILE")
    if profile:
        with cProfile.Profile() as profiled:
            run(main)
        profiled.dump_stats(profile)
    else:
        run(main)
