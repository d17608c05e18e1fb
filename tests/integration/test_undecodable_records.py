"""Whatever lies on a topic: nothing stops its reader, and a message that does not decode waits for a person with those behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, ClassVar
from uuid import UUID, uuid4

import httpx2
import msgspec
import pytest
from aiokafka.record import default_records

from chassis.service import Service, reacts_to
from chassis.work import Work
from tests.integration.broken_source import BrokenSource, Headers, broken_source
from tests.integration.two_services import SHOP, Bucket, Installation, Pair, Running, eventually, installation

CANARY = "GAME-CANARY-0001"
UNDECODABLE = {
    "empty": b"",
    "no JSON": b"GAME-CANARY-0001",
    "cut off": b'{"well": "GAME-CANARY-0001", "numb',
    "not UTF-8": b'{"well": "GAME-CANARY-0001\xff", "number": 1}',
    "UTF-16": '{"well": "GAME-CANARY-0001", "number": 1}'.encode("utf-16"),
    "too deep": b'{"well": "a", "number": 1, "more": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "another shape": b'["GAME-CANARY-0001"]',
    "a missing field": b'{"well": "GAME-CANARY-0001"}',
    "a wrong type": b'{"well": "a", "number": "GAME-CANARY-0001"}',
    "a number beyond all": b'{"well": "a", "number": 1e999}',
    "900 KB": b'{"well": "' + b"x" * 900_000 + b'", "number": 1}',
}


class Reader:
    """The bucket, reading a source that is as broken as the test wants."""

    def __init__(self, made: Installation, source: BrokenSource, running: Running) -> None:
        self.made = made
        self.source = source
        self.running = running

    async def drop(self, stream: UUID, well: str, number: int = 1) -> None:
        """The source says a sound message."""
        await self.source.say(stream, msgspec.json.encode({"well": well, "number": number}))

    async def until_caught(self, well: str, *numbers: int) -> None:
        async def is_there() -> bool:
            return await self.running.numbers(well) == list(numbers)

        await eventually(is_there)

    async def ops(self, method: str, path: str) -> httpx2.Response:
        return await self.running.ops(method, path)

    async def parked(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = (await self.ops("GET", "/ops/parked")).json()
        return rows

    async def restart(self, service: Service) -> None:
        """Another version of the bucket takes over."""
        await self.running.stop()
        self.running = await self.made.start(service)
        await _until_writing(self.running)


@pytest.fixture
async def reader(fresh_database: Callable[[], str], kafka_bootstrap: str) -> AsyncIterator[Reader]:
    pair = Pair()
    async with (
        installation(pair, fresh_database, kafka_bootstrap) as made,
        broken_source(pair.well.name, kafka_bootstrap, made.port_of(pair.well)) as source,
    ):
        await source.say(uuid4(), b'{"well": "first", "number": 1}')
        running = await made.start(pair.bucket)
        await _until_writing(running)
        made_reader = Reader(made, source, running)
        await made_reader.until_caught("first", 1)
        yield made_reader


async def _until_writing(running: Running) -> None:
    async def is_writing() -> bool:
        return running.node.writer.is_writing

    await eventually(is_writing)


class NotUtf8(str):
    """A header's name whose bytes are no text."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return b"\xff\xfe"


async def test_nothing_that_lies_on_a_topic_stops_its_reader(reader: Reader) -> None:
    source, stream = reader.source, uuid4()
    sound = b'{"well": "never", "number": 9}'
    whole = source.headers(stream, 1_000)
    await source.send([], sound)
    await source.send([], None)
    await source.send([], b"\xff" * 900_000)
    for name, _ in whole:
        if name.startswith("ce_") and name != "ce_subject":
            await source.send([each for each in whole if each[0] != name], sound)
            await source.send(_with(whole, name, b"\xff"), sound)
            await source.send([*whole, (name, b"1")], sound)
    for name, value in (
        ("ce_sequence", b"-1"),
        ("ce_sequence", b"9" * 30),
        ("ce_slot", b"256"),
        ("ce_time", b"yesterday"),
        ("ce_id", b"a/b"),
    ):
        await source.send(_with(whole, name, value), sound)
    await source.send([(name, None) for name, _ in whole], sound)
    await source.send(source.headers(stream, 2, source="stranger"), sound)
    await source.send(whole, sound)  # far ahead of the log: a gap that the feed shows to be none
    await source.say(stream, b"\xff", kind="NobodyListens")
    await reader.drop(stream, "second")
    await reader.until_caught("second", 1)
    assert await reader.running.numbers("never") == []
    assert await reader.parked() == []
    assert reader.running.node.health().is_ready, reader.running.node.health().reasons


async def test_a_header_whose_name_is_no_text_stops_nothing(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("producer", "message_accumulator"):  # the compiled one takes true text only
        monkeypatch.setattr(f"aiokafka.producer.{module}.DefaultRecordBatchBuilder", default_records._DefaultRecordBatchBuilderPy)
    for slot in range(4):
        await reader.source.send([(NotUtf8("x"), b"")], b"{}", slot=slot)
    await reader.drop(uuid4(), "second")
    await reader.until_caught("second", 1)

    async def is_level() -> bool:
        return bool(reader.running.node.status()["sources"][reader.source.name]["filling_slots"] == 0)

    await eventually(is_level)
    reader.source.is_away = True  # only Kafka can bring the next one
    await reader.drop(uuid4(), "third")
    await reader.until_caught("third", 1)


async def test_what_does_not_decode_is_parked_with_those_behind_it_and_the_rest_of_its_slot_flows_on(reader: Reader) -> None:
    streams = {name: uuid4() for name in UNDECODABLE}
    for name, value in UNDECODABLE.items():
        await reader.source.say(streams[name], value)
        await reader.drop(streams[name], name)
    await reader.drop(uuid4(), "another stream")
    await reader.until_caught("another stream", 1)
    rows = await reader.parked()
    assert [row["reason"] for row in rows] == ["undecodable", "follower"] * len(UNDECODABLE)
    assert [row["stream"] for row in rows[::2]] == [str(stream) for stream in streams.values()]
    assert all(row["detail"] for row in rows)
    assert CANARY not in str(rows)
    shown = await reader.ops("GET", f"/ops/parked/{rows[0]['parked_id']}")
    assert (shown.status_code, shown.json()["reason"]) == (200, "undecodable")
    assert reader.running.node.health().is_ready, "poison makes nobody unwell"


async def test_those_behind_go_on_in_order_once_a_person_has_decided(reader: Reader) -> None:
    mended, given_up = uuid4(), uuid4()
    for stream, well in ((mended, "mended"), (given_up, "given up")):
        await reader.source.say(stream, msgspec.json.encode({"well": well, "number": "1"}))
        await reader.drop(stream, well, 2)
        await reader.drop(stream, well, 3)

    async def are_parked() -> bool:
        return len(await reader.parked()) == 6

    await eventually(are_parked)
    first, behind, _, to_discard, *_ = (row["parked_id"] for row in await reader.parked())
    for number in (first, behind):
        refused = await reader.ops("POST", f"/ops/parked/{number}/replay")
        assert (refused.status_code, refused.json()["result"]) == (409, "away")
    assert (await reader.ops("POST", f"/ops/parked/{to_discard}/discard")).status_code == 200
    await reader.until_caught("given up", 2, 3)
    await reader.restart(_lenient(reader.made.pair))
    assert len(await reader.parked()) == 3, "what is parked survives a restart"
    await reader.drop(mended, "mended", 4)
    assert (await reader.ops("POST", f"/ops/parked/{first}/replay")).status_code == 200
    await reader.until_caught("mended", 1, 2, 3, 4)
    assert await reader.parked() == []


def _with(headers: Headers, name: str, value: bytes) -> Headers:
    return [(each, value if each == name else old) for each, old in headers]


def _lenient(pair: Pair) -> Service:
    """The bucket with its bug mended: numbers may come as text."""

    class DropPoured(msgspec.Struct, frozen=True):
        TYPE: ClassVar[str] = f"redress.{pair.well.name}.DropPoured.v1"
        well: str
        number: int | str

    def caught(message: DropPoured, work: Work) -> None:
        bucket = work.find(Bucket, Bucket.create_id(SHOP, message.well)) or Bucket(shop_id=SHOP, name=message.well)
        bucket.catch(int(message.number))

    return Service(pair.bucket.name, [Bucket], reactions=[reacts_to(DropPoured)(caught)])
