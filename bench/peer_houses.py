"""The peers of the whole flow as processes: the naive build (`peers/naive_flow.py`) and the floor (`peers/two_hops.py`)."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import msgspec

from bench.house import flow_databases, spawn, stop, until_ready
from bench.load import send
from bench.peers.naive_flow import PARTITIONS, Place
from bench.servers import Servers
from bench.shop import order_request
from bench.source import delete_topics
from chassis.embedded.ports import pick_port
from chassis.runtime.topics import ensure_topic
from chassis.store.schema import migrate
from contracts.envelope import topic_of

PAIR = ("order", "inventory")
"""The services that the flow goes through: a peer has no others."""

Words = Callable[[str], list[str]]
"""The module of a service's process, and what stands before its place."""


@dataclass(frozen=True)
class NaiveHouse:
    """Both naive services running."""

    addresses: Mapping[str, str]

    async def stock(self, product_code: str, count: int) -> None:
        async with httpx2.AsyncClient(timeout=30.0, trust_env=False) as client:
            (await client.put(f"{self.addresses['inventory']}/stock/{product_code}/{count}")).raise_for_status()

    async def place(self, order_numbers: Sequence[str], product_code: str) -> None:
        chains = [[order_request(number, product_code, "none")] for number in order_numbers]
        sent = await send(self.addresses["order"], chains)
        sent.expect(201)


@asynccontextmanager
async def naive_house(servers: Servers, public_key: str) -> AsyncIterator[NaiveHouse]:
    """Fresh databases and topics; everything is gone at the end."""
    async with _pair(servers, public_key, lambda name: [f"bench.peers.naive_{name}"], has_tables=False) as addresses:
        yield NaiveHouse(addresses)


@asynccontextmanager
async def two_hops(servers: Servers) -> AsyncIterator[str]:
    """The address of the floor's front."""
    role_of = {"order": "front", "inventory": "back"}
    async with _pair(servers, "", lambda name: ["bench.peers.two_hops", role_of[name]], has_tables=True) as addresses:
        yield addresses["order"]


@asynccontextmanager
async def _pair(servers: Servers, public_key: str, words: Words, *, has_tables: bool) -> AsyncIterator[dict[str, str]]:
    topics = [topic_of(name) for name in PAIR]
    await delete_topics(servers.kafka, topics)
    for topic in topics:
        await ensure_topic(servers.kafka, topic, PARTITIONS)
    with flow_databases(servers, PAIR) as dsn_of, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        addresses, children = {}, {}
        for name in PAIR:
            if has_tables:
                migrate(dsn_of[name], name)
            port = pick_port()
            place = Place(dsn=dsn_of[name], bootstrap=servers.kafka, redis=servers.redis, port=port, public_key=public_key)
            children[name] = spawn(name, [*words(name), msgspec.json.encode(place).decode()], Path(folder))
            addresses[name] = f"http://127.0.0.1:{port}"
        try:
            await until_ready(children, [f"{address}/health" for address in addresses.values()], Path(folder))
            yield addresses
        finally:
            await stop(children)
    await delete_topics(servers.kafka, topics)
