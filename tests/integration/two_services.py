"""Two small services on real servers: a *well* that pours drops, and a *bucket* that counts them.

Their names are fresh for every test, since the tests share one Kafka and a topic is named after its service.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

import httpx2
import msgspec
import uvicorn

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from chassis.fingerprint import Fingerprints
from chassis.keys import InstallationKeys
from chassis.runtime.app import service_app
from chassis.runtime.node import Node, Surroundings
from chassis.service import Service, Start, handles, publishes, reacts_to, recovers
from chassis.store.schema import migrate
from chassis.tokens import Principal
from chassis.unit import Answer
from chassis.work import Work

SHOP = "shop"


class Well(Aggregate):
    TOPIC = "two.Well"

    class Dug(Created):
        TOPIC = "two.Well.Dug"
        PRIVATE = True
        shop_id: str
        name: str

    class Poured(Event):
        TOPIC = "two.Well.Poured"
        number: int

    @event(Dug)
    def __init__(self, shop_id: str, name: str) -> None:
        self.shop_id = shop_id
        self.name = name
        self.poured = 0

    @staticmethod
    def create_id(shop_id: str, name: str) -> UUID:
        return stream_id(shop_id, "well", name)

    @property
    def slot_key(self) -> str:
        return self.name

    def pour(self) -> None:
        self._poured(number=self.poured + 1)

    @event(Poured)
    def _poured(self, number: int) -> None:
        self.poured = number


class Bucket(Aggregate):
    TOPIC = "two.Bucket"

    class Placed(Created):
        TOPIC = "two.Bucket.Placed"
        PRIVATE = True
        shop_id: str
        name: str

    class Caught(Event):
        TOPIC = "two.Bucket.Caught"
        PRIVATE = True
        number: int

    @event(Placed)
    def __init__(self, shop_id: str, name: str) -> None:
        self.shop_id = shop_id
        self.name = name
        self.numbers: list[int] = []

    @staticmethod
    def create_id(shop_id: str, name: str) -> UUID:
        return stream_id(shop_id, "bucket", name)

    @property
    def slot_key(self) -> str:
        return self.name

    def catch(self, number: int) -> None:
        self._caught(number=number)

    @event(Caught)
    def _caught(self, number: int) -> None:
        self.numbers.append(number)


class Pour(msgspec.Struct, frozen=True):
    well: str
    drops: int = 1


class Pair:
    """The two declarations, under names of their own."""

    def __init__(self, *, is_newcomer: bool = False) -> None:
        suffix = secrets.token_hex(4)
        well_name, bucket_name = f"well{suffix}", f"bucket{suffix}"

        class DropPoured(msgspec.Struct, frozen=True):
            TYPE: ClassVar[str] = f"redress.{well_name}.DropPoured.v1"
            well: str
            number: int

        def poured(event: Well.Poured, well: Well) -> Any:
            return DropPoured(well.name, event.number)

        def pour(command: Pour, work: Work) -> Answer:
            well = work.find(Well, Well.create_id(SHOP, command.well)) or Well(shop_id=SHOP, name=command.well)
            for _ in range(command.drops):
                well.pour()
            return Answer(200, {"poured": well.poured})

        def caught(message: DropPoured, work: Work) -> None:
            bucket = work.find(Bucket, Bucket.create_id(SHOP, message.well)) or Bucket(shop_id=SHOP, name=message.well)
            bucket.catch(message.number)

        def poured_before(message: DropPoured, work: Work) -> None:
            well = work.find(Well, Well.create_id(SHOP, message.well)) or Well(shop_id=SHOP, name=message.well)
            while well.poured < message.number:
                well.pour()

        starts = {well_name: Start.NOW} if is_newcomer else {}
        self.well = Service(
            well_name, [Well], commands=[handles(Pour)(pour)], publish=[publishes(Well.Poured)(poured)],
            reactions=[recovers(DropPoured)(poured_before)],
        )  # fmt: skip
        self.bucket = Service(bucket_name, [Bucket], reactions=[reacts_to(DropPoured)(caught)], starts=starts)


class Running:
    """A node behind a real HTTP server."""

    def __init__(self, node: Node, address: str, server: uvicorn.Server, serving: asyncio.Task[None]) -> None:
        self.node = node
        self.address = address
        self._server = server
        self._serving = serving

    async def stop(self) -> None:
        await self.node.stop()
        self._server.should_exit = True
        await self._serving

    async def ops(self, method: str, path: str, body: Any = None) -> httpx2.Response:
        """An operator asks, over HTTP."""
        token = self.node.tokens.issue(Principal("ann", "staff", frozenset({"ops"})), datetime.now(UTC))
        headers = {"authorization": f"Bearer {token.reveal()}"}
        async with httpx2.AsyncClient(base_url=self.address, trust_env=False) as client:
            return await client.request(method, path, headers=headers, content=None if body is None else msgspec.json.encode(body))

    async def pour(self, well: str, drops: int = 1, *, key: str | None = None) -> dict[str, Any]:
        answer = await self.node.desk.do(Pour(well, drops), principal="tester", route="pour", key=key)
        assert answer.status == 200
        found: dict[str, Any] = msgspec.json.decode(answer.body)
        return found

    async def numbers(self, bucket: str) -> list[int]:
        found = await self.node.desk.get(Bucket, Bucket.create_id(SHOP, bucket))
        return found.numbers if found is not None else []


class Installation:
    """Starts and stops nodes of one pair on given servers."""

    def __init__(self, pair: Pair, dsn_of: dict[str, str], kafka: str) -> None:
        self.pair = pair
        self._dsn_of = dsn_of
        self._kafka = kafka
        self._keys = InstallationKeys(b"m" * 32, b"t" * 32, Fingerprints({1: b"f" * 32}))
        self._ports = {name: free_port() for name in dsn_of}
        self._running: list[Running] = []
        for name, dsn in dsn_of.items():
            migrate(dsn, name)

    def dsn_of(self, service: Service) -> str:
        """The database of a service."""
        return self._dsn_of[service.name]

    def dsn_of_name(self, service: str) -> str:
        return self._dsn_of[service]

    def move(self, service: Service, dsn: str) -> None:
        """From the next start on the service lives in another database."""
        self._dsn_of[service.name] = dsn

    def port_of(self, service: Service) -> int:
        """Where the others look for a service."""
        return self._ports[service.name]

    async def start(self, service: Service, *, port: int | None = None) -> Running:
        port = port or self._ports[service.name]
        addresses = {name: f"http://127.0.0.1:{each}" for name, each in self._ports.items()}
        around = Surroundings(
            dsn=self._dsn_of[service.name],
            kafka_bootstrap=self._kafka,
            redis_url=None,
            address=f"http://127.0.0.1:{port}",
            addresses=addresses,
            keys=self._keys,
            settings=None,
            http=_no_outside,
            static_tokens=(),
            advice={},
        )
        node = Node(service, around)
        server = uvicorn.Server(uvicorn.Config(service_app(node), host="127.0.0.1", port=port, log_config=None, lifespan="off"))
        serving = asyncio.create_task(server.serve())
        await node.start()
        await eventually(lambda: _is(server.started))
        running = Running(node, f"http://127.0.0.1:{port}", server, serving)
        self._running.append(running)
        return running

    async def stop_all(self) -> None:
        for running in self._running:
            if not running._serving.done():
                await running.stop()


@asynccontextmanager
async def installation(pair: Pair, fresh_database: Callable[[], str], kafka: str) -> AsyncIterator[Installation]:
    """An installation whose nodes are stopped in the end."""
    made = Installation(pair, {pair.well.name: fresh_database(), pair.bucket.name: fresh_database()}, kafka)
    try:
        yield made
    finally:
        await made.stop_all()


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float = 30.0) -> None:
    """Wait until the condition holds; fails after the deadline."""
    deadline = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        await asyncio.sleep(0.02)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _is(value: bool) -> bool:
    return value


async def _no_outside(base_url: str, request: Any) -> Any:
    raise AssertionError("these services call nobody")
