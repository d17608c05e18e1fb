"""The relay's position: never past a record that Kafka has not acknowledged, whatever order the news of a commit come in."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import UnknownTopicOrPartitionError
from aiokafka.producer.message_accumulator import BatchBuilder

from chassis.runtime.relay import Relay
from chassis.store.port import ReaderStore
from chassis.store.rows import EventRow, PublicRow

AT = datetime(2026, 1, 1, tzinfo=UTC)


def row(log_id: int) -> EventRow:
    return EventRow(
        log_id, UUID(int=1), log_id, "k", "t", "shop", AT, b"{}", None, "c", "c", 7, log_id, 1, "redress.x.Y.v1", "k", b"{}", b"{}"
    )


class Log:
    """A store of which only the log is asked. `before_page` runs while a page is read."""

    def __init__(self) -> None:
        self.rows: list[EventRow] = []
        self.position = 0

    def relayed(self) -> int:
        return self.position

    def last_log_id(self) -> int:
        return len(self.rows)

    def public_after(self, log_id: int, limit: int) -> list[PublicRow]:
        return [PublicRow(r.log_id, 7, r.log_id, 1, "k", b"{}", b"{}") for r in self.rows[log_id : log_id + limit]]


class Told(Relay):
    """A relay whose broker is a list."""

    def __init__(self, log: Log) -> None:
        self.marked: list[int] = []
        super().__init__(cast(ReaderStore, log), "", "x.events.v1", self.marked.append)
        self.sent: list[int] = []

    async def _publish(self, rows: list[PublicRow]) -> None:
        self.sent += [each.log_id for each in rows]


async def test_a_commit_that_the_store_tells_of_first_is_not_taken_for_published() -> None:
    log = Log()
    relay = Told(log)
    log.rows.append(row(1))
    relay._take_over([row(1)])
    await relay._turn()
    assert (relay.sent, relay.marked) == ([1], [1])
    log.rows.append(row(2))
    await relay._turn()  # nothing was handed over for a second: the slow poll meets the commit in the store
    await relay._turn()
    assert max(relay.marked) == len(relay.sent), "marked only what is out"
    relay._take_over([row(2)])
    await relay._turn()
    assert (relay.sent[-1], relay.marked[-1]) == (2, 2)


async def test_a_hand_over_that_was_missed_is_read_from_the_store() -> None:
    log = Log()
    relay = Told(log)
    log.rows += [row(1), row(2), row(3)]
    relay._take_over([row(1)])
    relay._take_over([row(3)])
    await relay._turn()
    await relay._turn()
    assert list(dict.fromkeys(relay.sent)) == [1, 2, 3]


async def test_a_commit_that_is_handed_over_while_the_store_is_read_does_not_wait_for_the_slow_poll() -> None:
    log = Log()
    relay = Told(log)

    def page(log_id: int, limit: int) -> list[PublicRow]:
        log.rows.append(row(1))
        relay.hand_over([row(1)])
        return []

    log.public_after = page  # type: ignore[method-assign]
    async with asyncio.timeout(0.5):
        while not relay.sent:
            await relay._turn()


async def test_a_relay_that_rests_at_the_end_of_the_log_asks_the_store_for_no_rows() -> None:
    log = Log()
    relay = Told(log)
    await relay._turn()  # the slow poll: nothing is beyond its place

    def page(log_id: int, limit: int) -> list[PublicRow]:
        raise AssertionError("no row is beyond its place")

    log.public_after = page  # type: ignore[method-assign]
    await relay._turn()
    log.rows.append(row(1))
    relay._take_over([row(1)])
    await relay._turn()
    assert (relay.sent, relay.marked) == ([1], [1])


class Shrunk:
    """A producer that has learnt that the topic was made anew, with fewer partitions; as the library tells it."""

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(1_048_576, 0)

    async def send_batch(self, batch: object, topic: str, *, partition: int) -> object:
        raise AssertionError("Unrecognized partition")


async def test_a_topic_that_was_made_anew_with_fewer_partitions_is_a_fault_of_kafka() -> None:
    relay = Relay(cast(ReaderStore, Log()), "", "x.events.v1", lambda _: None)
    with pytest.raises(UnknownTopicOrPartitionError):
        await relay._send(cast(AIOKafkaProducer, Shrunk()), 5, [PublicRow(1, 7, 1, 1, "k", b"{}", b"{}")])
