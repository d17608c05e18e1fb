"""The naive flow's two services as processes on the real servers; see `peers/naive_flow.py` for what they are."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
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
from contracts.envelope import topic_of
from redress.composition import SERVICES


@dataclass(frozen=True)
class NaiveHouse:
    """Both services running."""

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
    topics = [topic_of(name) for name in SERVICES]
    await delete_topics(servers.kafka, topics)
    for topic in topics:
        await ensure_topic(servers.kafka, topic, PARTITIONS)
    with flow_databases(servers) as dsn_of, tempfile.TemporaryDirectory(prefix="bench-") as name_of_folder:
        folder = Path(name_of_folder)
        ports = {name: pick_port() for name in SERVICES}
        children = {}
        for name, port in ports.items():
            job = Place(dsn=dsn_of[name], bootstrap=servers.kafka, redis=servers.redis, port=port, public_key=public_key)
            children[name] = spawn(name, [f"bench.peers.naive_{name}", msgspec.json.encode(job).decode()], folder)
        try:
            await until_ready(children, [f"http://127.0.0.1:{port}/health" for port in ports.values()], folder)
            yield NaiveHouse({name: f"http://127.0.0.1:{port}" for name, port in ports.items()})
        finally:
            await stop(children)
    await delete_topics(servers.kafka, topics)
