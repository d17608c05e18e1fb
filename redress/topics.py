"""Topics on the broker: what is there, and history published again.

A topic is only a transport (docs/architecture.md): whatever happens to it, the stores republish. `refill` does so for readers outside the
house; our own services fill from feeds.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError, for_code

from chassis.records import kafka_headers, partition_for
from chassis.runtime.topics import ensure_topic
from chassis.store.postgres import PostgresStore
from contracts.envelope import topic_of
from redress.composition import Servers
from redress.errors import UserError

KAFKA_SECONDS = 10.0
PAGE_ROWS = 1_000


@dataclass(frozen=True)
class TopicState:
    """`partitions`: first and next offset of each; empty where the broker has no such topic."""

    topic: str
    partitions: list[tuple[int, int]]


async def states_of(bootstrap: str, services: list[str]) -> list[TopicState]:
    """Each service's topic as it is; raises UserError where Kafka does not answer."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, request_timeout_ms=5_000)
    try:
        async with asyncio.timeout(KAFKA_SECONDS):
            await consumer.start()
            known = await consumer.topics()
            return [await _state(consumer, topic_of(name), topic_of(name) in known) for name in services]
    except (KafkaError, TimeoutError, OSError):
        raise UserError(f"Kafka does not answer at {bootstrap}.") from None
    finally:
        await consumer.stop()


async def _state(consumer: AIOKafkaConsumer, topic: str, is_known: bool) -> TopicState:
    if not is_known:
        return TopicState(topic, [])
    consumer.assign([TopicPartition(topic, 0)])
    await consumer.seek_to_end()
    places = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
    first, end = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    return TopicState(topic, [(first[place], end[place]) for place in places])


async def delete_topics(bootstrap: str, services: list[str]) -> None:
    """Delete each service's topic; one that is not there is fine. Raises UserError."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5_000)
    try:
        async with asyncio.timeout(KAFKA_SECONDS):
            await admin.start()
            reply = await admin.delete_topics([topic_of(name) for name in services])
        for _name, code, *_ in reply.topic_error_codes:
            if code and for_code(code) is not UnknownTopicOrPartitionError:
                raise for_code(code)
    except (KafkaError, TimeoutError, OSError, NotImplementedError) as failure:
        raise UserError(f"Kafka at {bootstrap} does not delete topics ({type(failure).__name__}).") from None
    finally:
        await admin.close()


async def refill_topic(servers: Servers, service: str) -> int:
    """Publish all public records of a service again, in log order; how many. Raises UserError or StoreAway."""
    store, topic = PostgresStore(servers.dsn_of(service), service), topic_of(service)
    producer = AIOKafkaProducer(bootstrap_servers=servers.kafka_bootstrap, enable_idempotence=True, request_timeout_ms=10_000)
    count, seen = 0, 0
    try:
        partitions = await ensure_topic(servers.kafka_bootstrap, topic, 4)
        await producer.start()
        while page := await asyncio.to_thread(store.public_after, seen, PAGE_ROWS):
            sent = [
                await producer.send(
                    topic, row.value, row.partition_key.encode(), partition_for(row, partitions), headers=kafka_headers(row)
                )
                for row in page
            ]
            await asyncio.gather(*sent)
            count, seen = count + len(page), page[-1].log_id
    except (KafkaError, OSError) as failure:
        raise UserError(f"Kafka at {servers.kafka_bootstrap} failed after {count} records ({type(failure).__name__}).") from None
    finally:
        await producer.stop()
        await asyncio.to_thread(store.close)
    return count
