"""Topics: made with our partition count where the broker can, found as they are where it cannot.

The embedded broker cannot create topics and always has 4 partitions; a real one would make a missing topic with one partition on first
use, so it is created before.
"""

from __future__ import annotations

import asyncio

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from chassis.logs import get_log

RETENTION_MILLISECONDS = 7 * 24 * 3600 * 1000

log = get_log("topics")


async def ensure_topic(bootstrap: str, topic: str, partitions: int) -> int:
    """Create the topic where it is missing; the number of partitions it has. Raises KafkaError or OSError."""
    count = await partition_count(bootstrap, topic)
    if count:
        return count
    await _create(bootstrap, topic, partitions)
    for _ in range(50):
        count = await partition_count(bootstrap, topic)
        if count:
            return count
        await asyncio.sleep(0.1)
    raise KafkaError(f"topic {topic} did not appear")


async def _create(bootstrap: str, topic: str, partitions: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=3_000)
    try:
        await admin.start()
        new = NewTopic(topic, partitions, 1, topic_configs={"retention.ms": str(RETENTION_MILLISECONDS)})
        async with asyncio.timeout(5.0):
            reply = await admin.create_topics([new])
        for _name, code, *_ in reply.topic_errors:
            if code and for_code(code) is not TopicAlreadyExistsError:
                raise for_code(code)
    except (TimeoutError, NotImplementedError):
        log.info("this broker makes topics itself", topic=topic)
    finally:
        await admin.close()


async def partition_count(bootstrap: str, topic: str) -> int:
    """How many partitions a topic has; 0 where there is no such topic. Raises KafkaError or OSError."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap, request_timeout_ms=5_000)
    try:
        await client.bootstrap()
        await client.set_topics([topic])
        found = client.cluster.partitions_for_topic(topic)
        return len(found or ())
    finally:
        await client.close()
