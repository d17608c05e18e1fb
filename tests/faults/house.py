"""The house of the drills: Kafka, PostgreSQL and Redis of its own, a sandbox in this process, and every service twice.

Children are called `order`, `inventory`, `order-b` and `inventory-b`; the two sets share databases, keys and topics, and differ in their
ports alone. Which child of a service is the writer stands in its generation row.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx2
import psycopg
from psycopg import sql

from chassis.embedded.ports import LOOPBACK
from chassis.secret import Secret
from redress.composition import SERVICES
from redress.demo.stage import Stage
from redress.demo.theatre import READY_SECONDS, Theatre, _free_ports
from redress.errors import UserError
from redress.sandboxed import make_sandbox
from redress.settings import RedressSettings
from sandbox.behaviour.catalogue import SupplierProduct
from sandbox.server import SandboxServer
from tests.faults.balancer import Balancer
from tests.servers import KafkaServer, PostgresServer, RedisServer

SUPPLIER, OWN_PRODUCT, BOUGHT_PRODUCT = "north", "own-card", "bought-card"
CATALOGUE = {SUPPLIER: (SupplierProduct(1, BOUGHT_PRODUCT, "45.00", 1_000_000),)}
TIME_FACTOR = 30.0
NOTICE_FACTOR = 600.0
"""Providers repeat a notice after less than a second, then less and less often, for two minutes or so."""
STAND_BY = "-b"


class PairedTheatre(Theatre):
    """A theatre in which each service has two children."""

    servers: RedressSettings

    def __init__(self, folder: Path, settings: RedressSettings) -> None:
        super().__init__(folder, settings, has_processes=True, time_factor=TIME_FACTOR)
        self.servers = settings
        self._second_port = _free_ports(len(SERVICES) + 1)

    @property
    def names(self) -> list[str]:
        return [*SERVICES, *(name + STAND_BY for name in SERVICES)]

    @property
    def address_of(self) -> dict[str, str]:
        """Where each child answers."""
        second = {name + STAND_BY: f"http://{LOOPBACK}:{self._second_port + 1 + place}" for place, name in enumerate(SERVICES)}
        return {**self.addresses, **second}

    def settings_content(self, sandbox: SandboxServer) -> dict[str, Any]:
        assert self.servers.postgres_dsn is not None
        assert self.servers.redis_url is not None
        content = super().settings_content(sandbox) | {
            "postgres_dsn": self.servers.postgres_dsn.reveal(),
            "kafka_bootstrap": self.servers.kafka_bootstrap,
            "redis_url": self.servers.redis_url.reveal(),
        }
        second = self._file(STAND_BY)
        second.touch(mode=0o600)
        second.write_text(json.dumps(content | {"http_port": self._second_port}))
        return content

    def start(self, name: str) -> None:
        service, _, letter = name.partition("-")
        command = [sys.executable, "-m", "redress.cli", "run", service, "--settings", str(self._file(f"-{letter}" if letter else ""))]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.children[name] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    async def kill(self, name: str) -> None:
        """End a child at once; returns when it is gone."""
        self.children[name].kill()
        await asyncio.to_thread(self.children[name].wait)

    def pause(self, name: str) -> None:
        self.children[name].send_signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        self.children[name].send_signal(signal.SIGCONT)

    async def is_ready(self, name: str) -> bool:
        async with httpx2.AsyncClient(timeout=2.0, trust_env=False) as client:
            try:
                return (await client.get(f"{self.address_of[name]}/health/ready")).status_code == 200
            except httpx2.HTTPError:
                return False

    async def until_all_are_ready(self) -> None:
        """Wait for writers and stand-bys; raises UserError."""
        deadline = time.monotonic() + READY_SECONDS
        waiting = self.names
        while waiting := [name for name in waiting if not await self.is_ready(name)]:
            if time.monotonic() > deadline:
                raise UserError(f"{', '.join(waiting)} did not become ready.")
            await asyncio.sleep(0.1)

    def _file(self, suffix: str) -> Path:
        return self.folder / f"settings{suffix}.json"


@dataclass(frozen=True)
class House:
    """Everything a drill may lay hands on."""

    folder: Path
    kafka: KafkaServer
    postgres: PostgresServer
    redis: RedisServer
    sandbox: SandboxServer
    theatre: PairedTheatre
    stage: Stage

    def writer_of(self, service: str) -> str | None:
        """The child that was elected last; None where the store does not say so now."""
        try:
            with psycopg.connect(self.stage.servers.dsn_of(service), connect_timeout=3) as connection:
                row = connection.execute("SELECT address FROM generation").fetchone()
        except psycopg.Error:
            return None
        return next((name for name, address in self.theatre.address_of.items() if row is not None and address == row[0]), None)


@asynccontextmanager
async def open_house(folder: Path) -> AsyncIterator[House]:
    """Start everything in `folder`; all of it is stopped at the end, and the servers' data wiped."""
    async with AsyncExitStack() as running:
        postgres, redis, kafka = PostgresServer(folder / "postgres"), RedisServer(folder / "redis"), KafkaServer(folder / "kafka")
        for server in (postgres, redis, kafka):
            running.push(server)
        await asyncio.gather(*(asyncio.to_thread(server.start) for server in (postgres, redis, kafka)))
        settings = RedressSettings(
            postgres_dsn=Secret(_databases(postgres.address)), kafka_bootstrap=kafka.address, redis_url=Secret(redis.address)
        )
        theatre = PairedTheatre(folder, settings)
        way_in = await running.enter_async_context(Balancer([theatre.addresses["order"], theatre.address_of["order" + STAND_BY]]))
        sandbox = make_sandbox(way_in.url, NOTICE_FACTOR, folder / "sandbox.json", CATALOGUE)
        sandbox_server = await running.enter_async_context(SandboxServer(sandbox))
        running.push_async_callback(_stop, theatre)
        stage = await theatre.open(sandbox_server)
        await theatre.until_all_are_ready()
        way_in.look_at_health()
        yield House(folder, kafka, postgres, redis, sandbox_server, theatre, stage)


async def _stop(theatre: PairedTheatre) -> None:
    for name in theatre.children:
        theatre.resume(name)
    running = {name: child for name, child in theatre.children.items() if child.poll() is None}
    await theatre.stop()
    stubborn = [name for name, child in running.items() if child.returncode == -signal.SIGKILL]
    if stubborn:
        raise UserError(f"{', '.join(stubborn)} did not stop when asked to.")


def _databases(admin_dsn: str) -> str:
    """Make a database for each service, owned by one role that is no superuser; the address with {service} in it."""
    role, password = "drills", secrets.token_urlsafe(12)
    with psycopg.connect(admin_dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))
        for service in SERVICES:
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(f"{role}_{service}"), sql.Identifier(role)))
    parts = urlsplit(admin_dsn)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{password}@{place}", path=f"/{role}_{{service}}"))
