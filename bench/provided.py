"""Real servers for the length of a measurement: found or started by `tests.servers`, each with files of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests.servers.databases import drop_database, make_database
from tests.servers.kafka_jars import CACHE
from tests.servers.provision import KINDS, provide


@contextmanager
def provided(*kinds: str) -> Iterator[list[str]]:
    """The addresses of these servers (`kafka`, `postgres`, `redis`), in this order, inside the block."""
    with ExitStack() as servers:
        folder = CACHE / f"bench-{os.getpid()}"
        servers.callback(shutil.rmtree, folder, ignore_errors=True)
        yield [servers.enter_context(provide(KINDS[kind], folder / kind)) for kind in kinds]


@contextmanager
def database(admin_dsn: str, name: str) -> Iterator[str]:
    """An empty database of that name with a role of its own inside the block, made anew where an earlier run left one; its address."""
    drop_database(admin_dsn, name)
    try:
        yield make_database(admin_dsn, name)
    finally:
        drop_database(admin_dsn, name)


@contextmanager
def databases(admin_dsn: str, name: str, services: Iterable[str]) -> Iterator[str]:
    """An empty database for each service, all of one role; their address with `{service}` for the service's name."""
    each = [f"{name}_{service}" for service in services]
    with database(admin_dsn, name) as dsn, psycopg.connect(admin_dsn, autocommit=True) as connection:
        try:
            for one in each:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(one)))
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(one), sql.Identifier(name)))
            yield urlunsplit(urlsplit(dsn)._replace(path=f"/{name}_{{service}}"))
        finally:
            for one in each:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(one)))
