"""The house of the drills: Kafka, PostgreSQL and Redis of its own, a sandbox in this process, and every service twice.

Each service is found through a balancer: payment notices, the suppliers' callbacks and the other service's questions reach whichever
child answers. Which child of a service is the writer stands in its generation row.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from chassis.secret import Secret
from chassis.store.postgres import PostgresStore
from redress.composition import SERVICES
from redress.demo.stage import Stage
from redress.errors import UserError
from redress.sandboxed import make_sandbox
from redress.settings import RedressSettings
from sandbox.behaviour.catalogue import SupplierProduct
from sandbox.server import SandboxServer
from tests.faults import attempts
from tests.faults.balancer import Balancer
from tests.faults.hearing import Asked, Heard, note_calls, note_questions
from tests.faults.paired import STAND_BY, PairedTheatre
from tests.faults.restored import Restored
from tests.servers import KafkaServer, PostgresServer, RedisServer

SUPPLIER, OWN_PRODUCT, BOUGHT_PRODUCT = "north", "own-card", "bought-card"
CATALOGUE = {SUPPLIER: (SupplierProduct(1, BOUGHT_PRODUCT, "45.00", 1_000_000),)}
NOTICE_FACTOR = 150.0
"""Providers repeat a notice less and less often: epay for 37 s, which is longer than the house is ever without an order service."""
KAFKA, POSTGRES, REDIS = "kafka", "postgres", "redis"


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
    heard: list[Heard]
    """Every call that reached a supplier."""
    asked: list[Asked]
    """Every question that reached a payment provider."""
    hands: Mapping[str, asyncio.Lock]
    restored: list[Restored] = field(default_factory=list)
    """The restores so far."""

    @asynccontextmanager
    async def hands_on(self, *parts: str) -> AsyncIterator[None]:
        """Services and servers that one drill alone may touch for a while."""
        async with AsyncExitStack() as held:
            for part in sorted(parts):
                await held.enter_async_context(self.hands[part])
            yield

    def database_of(self, service: str) -> str:
        return str(conninfo_to_dict(self.stage.servers.dsn_of(service))["dbname"])

    def stores(self) -> dict[str, PostgresStore]:
        """Every service's store, to be closed."""
        return {name: PostgresStore(self.stage.servers.dsn_of(name), name, pool_size=1) for name in SERVICES}

    def admin_dsn_of(self, service: str) -> str:
        """A service's database, as superuser."""
        return make_conninfo(self.postgres.address, dbname=self.database_of(service))

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
        ways_in = {
            name: await running.enter_async_context(Balancer([theatre.addresses[name], theatre.address_of[name + STAND_BY]]))
            for name in SERVICES
        }
        theatre.ways_in = {name: way_in.url for name, way_in in ways_in.items()}
        sandbox = make_sandbox(theatre.ways_in["order"], NOTICE_FACTOR, folder / "sandbox.json", CATALOGUE)
        heard, asked = note_calls(sandbox), note_questions(sandbox)
        sandbox_server = await running.enter_async_context(SandboxServer(sandbox))
        running.push_async_callback(_stop, theatre)
        stage = await theatre.open(sandbox_server)
        await theatre.until_all_are_ready()
        for name in SERVICES:
            attempts.install(stage.servers.dsn_of(name))
        for way_in in ways_in.values():
            way_in.look_at_health()
        hands = {part: asyncio.Lock() for part in (*SERVICES, KAFKA, POSTGRES, REDIS)}
        yield House(folder, kafka, postgres, redis, sandbox_server, theatre, stage, heard, asked, hands)


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
