"""Ours for the whole-flow figures: every service, each in a process of its own as `redress run` starts it, on the real servers.

Everything is on that is on in a shop: feeds, heads, views, timers, rate limits, metrics. One shop takes payments by Alipay; the supplier is
the shop's own stock. A house is made anew for each measurement: fresh databases, fresh topics.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psycopg

from bench.load import send
from bench.provided import databases
from bench.servers import Servers
from bench.shop import APP_ID, SELLER_ID, SHOP, order_request
from bench.source import delete_topics
from chassis.embedded.ports import pick_port
from chassis.store.schema import migrate
from contracts.envelope import topic_of
from redress.asking import Caller
from redress.composition import SERVICES
from redress.importing import import_cards, make_known

READY_SECONDS = 60.0
LEVEL_SECONDS = 120.0
SUPPLIER = "own-stock"
ROLE = "bench_flow"

_NEEDS = "SELECT count(*) FROM event WHERE topic LIKE 'inventory.Need.Opened%'"
_LISTINGS = "SELECT count(DISTINCT stream_id) FROM event WHERE topic LIKE 'order.Listing%'"
_VIEWS_BEHIND = "SELECT coalesce((SELECT max(log_id) FROM event), 0) - coalesce(min(position), 0) FROM view_position"


@dataclass(frozen=True)
class House:
    """A running installation of ours."""

    addresses: Mapping[str, str]
    dsn_of: Mapping[str, str]
    shop_token: str
    staff_token: str
    folder: Path
    children: Mapping[str, subprocess.Popen[bytes]]

    async def until_writing(self) -> None:
        """Wait until each service is its own writer: ready is a stand-by as well."""
        deadline = time.monotonic() + READY_SECONDS
        headers = {"authorization": f"Bearer {self.staff_token}"}
        async with httpx2.AsyncClient(headers=headers, timeout=5.0, trust_env=False) as client:
            for address in self.addresses.values():
                while not (await client.get(f"{address}/ops/status")).json()["is_writer"]:
                    assert time.monotonic() < deadline, f"nobody was elected in time: {last_words(self.folder)}"
                    await asyncio.sleep(0.05)

    def stock(self, card_count_of: Mapping[str, int]) -> None:
        """List these products and import so many cards of each; returns when they can be ordered."""
        caller = Caller(self.addresses["inventory"], f"Bearer {self.staff_token}")
        try:
            for product_code, count in card_count_of.items():
                make_known(caller, shop_id=SHOP, product_code=product_code, supplier_code=SUPPLIER)
                file = self.folder / f"{product_code}.txt"
                file.write_text("".join(f"{product_code}-{number:06d}-{secrets.token_hex(4)}\n" for number in range(count)))
                for _ in import_cards(caller, file, shop_id=SHOP, product_code=product_code, supplier_code=SUPPLIER):
                    pass
        finally:
            caller.close()
        deadline = time.monotonic() + LEVEL_SECONDS
        while self.count("order", _LISTINGS) < len(card_count_of):
            assert time.monotonic() < deadline, "the order service did not hear of the products"
            time.sleep(0.05)

    def order_requests(self, order_numbers: Sequence[str], product_codes: Sequence[str]) -> list[bytes]:
        """The shop's requests that place these orders, the products in turn."""
        authorization = f"Bearer {self.shop_token}"
        return [
            order_request(number, product_codes[place % len(product_codes)], authorization) for place, number in enumerate(order_numbers)
        ]

    async def place(self, order_numbers: Sequence[str], product_codes: Sequence[str]) -> None:
        """Place the orders; returns when inventory has a need for each, and nothing is left to do."""
        sent = await send(self.addresses["order"], [[request] for request in self.order_requests(order_numbers, product_codes)])
        sent.expect(201)
        await self.until_level(len(order_numbers))

    async def until_level(self, need_count: int = 0) -> None:
        """Wait until inventory has so many needs, and every view is level with its log."""
        deadline = time.monotonic() + LEVEL_SECONDS
        while not await asyncio.to_thread(self._is_level, need_count):
            assert time.monotonic() < deadline, "the orders placed were not taken up in time"
            await asyncio.sleep(0.1)

    def _is_level(self, need_count: int) -> bool:
        return self.count("inventory", _NEEDS) >= need_count and not any(self.count(name, _VIEWS_BEHIND) for name in SERVICES)

    def count(self, service: str, query: str) -> int:
        """The one number that a query of a service's database answers."""
        with psycopg.connect(self.dsn_of[service]) as connection:
            row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return int(row[0])

    def processor_seconds(self) -> dict[str, float]:
        """What each service's own process has used so far."""
        return {name: _used(child.pid) for name, child in self.children.items()}


@asynccontextmanager
async def running_house(servers: Servers, public_key: str) -> AsyncIterator[House]:
    """A new house; `public_key`: the payment provider's, as PEM. Everything is gone at the end."""
    await delete_topics(servers.kafka, [topic_of(name) for name in SERVICES])
    with databases(servers.postgres, ROLE, SERVICES) as template, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        dsn_of = {name: template.format(service=name) for name in SERVICES}
        for name, dsn in dsn_of.items():
            migrate(dsn, name)
        port = pick_port()
        addresses = {name: f"http://127.0.0.1:{port + 1 + place}" for place, name in enumerate(SERVICES)}
        shop_token, staff_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        settings = Path(folder) / "settings.json"
        content = _settings(servers, template, port, public_key) | {"shop_tokens": {SHOP: shop_token}, "staff_token": staff_token}
        settings.write_text(json.dumps(content))
        children = {name: _start(name, settings, Path(folder)) for name in SERVICES}
        house = House(addresses, dsn_of, shop_token, staff_token, Path(folder), children)
        try:
            await until_ready(children, [f"{address}/health/ready" for address in addresses.values()], Path(folder))
            await house.until_writing()
            yield house
        finally:
            await stop(children)
    await delete_topics(servers.kafka, [topic_of(name) for name in SERVICES])


@contextmanager
def flow_databases(servers: Servers, names: Sequence[str]) -> Iterator[dict[str, str]]:
    """The address of an empty database for each name; dropped at the end."""
    with databases(servers.postgres, ROLE, names) as template:
        yield {name: template.format(service=name) for name in names}


def rest(servers: Servers) -> None:
    """Write out what the preparation left behind, so that its price is not paid while the clock runs."""
    with psycopg.connect(servers.postgres, autocommit=True) as connection:
        connection.execute("CHECKPOINT")


async def until_ready(children: Mapping[str, subprocess.Popen[bytes]], urls: Sequence[str], folder: Path) -> None:
    """Wait until every address answers 200; fails with the children's last words."""
    deadline = time.monotonic() + READY_SECONDS
    async with httpx2.AsyncClient(timeout=2.0, trust_env=False) as client:
        while not all([await _answers(client, url) for url in urls]):
            ended = [name for name, child in children.items() if child.poll() is not None]
            assert not ended, f"{ended} ended: {last_words(folder)}"
            assert time.monotonic() < deadline, f"not ready in time: {last_words(folder)}"
            await asyncio.sleep(0.1)


async def stop(children: Mapping[str, subprocess.Popen[bytes]]) -> None:
    """Ask every child to stop, and wait until it is gone."""
    for child in children.values():
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
    for child in children.values():
        try:
            await asyncio.to_thread(child.wait, 30.0)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def spawn(name: str, words: Sequence[str], folder: Path) -> subprocess.Popen[bytes]:
    """A child of this Python that logs into the folder."""
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen([sys.executable, "-m", *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def last_words(folder: Path) -> str:
    return "\n".join(file.read_text(errors="replace")[-2_000:] for file in folder.glob("*.log"))


def _start(name: str, settings: Path, folder: Path) -> subprocess.Popen[bytes]:
    return spawn(name, ["redress.cli", "run", name, "--settings", str(settings)], folder)


def _settings(servers: Servers, dsn: str, port: int, public_key: str) -> dict[str, object]:
    def key() -> str:
        return base64.b64encode(secrets.token_bytes(32)).decode()

    payment = {"app_id": APP_ID, "seller_id": SELLER_ID, "alipay_public_key": public_key}
    return {
        "postgres_dsn": dsn,
        "kafka_bootstrap": servers.kafka,
        "redis_url": servers.redis,
        "http_port": port,
        "log_level": "warning",
        "master_key": key(),
        "fingerprint_key": key(),
        "token_key": key(),
        "services": {"order": {"shops": {SHOP: {"alipay": payment, "takes_orders_off_sale": True}}}},
    }


async def _answers(client: httpx2.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == 200
    except httpx2.HTTPError:
        return False


def _used(process_id: int) -> float:
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
