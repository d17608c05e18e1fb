"""A small pool of sessions for readers: thread-safe, opened at the first use, away when the server is."""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection
from psycopg.errors import ReadOnlySqlTransaction
from psycopg_pool import ConnectionPool

from chassis.store.connections import conninfo
from chassis.store.failures import store_reached

WAIT_SECONDS = 2.0
STATEMENT_SECONDS = 10.0


class Pool:
    """Up to `size` sessions on one database. Raises StoreAway; close it in the end."""

    def __init__(self, dsn: str, service: str, size: int = 4, *, wait_seconds: float = WAIT_SECONDS) -> None:
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            conninfo(
                dsn,
                lock_seconds=STATEMENT_SECONDS,
                statement_seconds=STATEMENT_SECONDS,
                application_name=f"redress {service} reader",
            ),
            kwargs={"autocommit": True, "prepare_threshold": 0},
            min_size=0,
            max_size=size,
            open=False,
            timeout=wait_seconds,
            reconnect_timeout=wait_seconds,
            check=_check,
            name=f"{service} readers",
        )

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A session that commits each statement by itself."""
        with store_reached():
            self._pool.open()
            with self._pool.connection() as connection:
                try:
                    yield connection
                except ReadOnlySqlTransaction:
                    # A session that was opened while the server took no writes may keep to that for its life: the pool drops a closed one.
                    connection.close()
                    raise

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        with self.connection() as connection:
            return connection.execute(query, parameters, binary=True).fetchall()

    def row(self, query: str, *parameters: object) -> tuple[Any, ...] | None:
        with self.connection() as connection:
            return connection.execute(query, parameters, binary=True).fetchone()

    def close(self) -> None:
        self._pool.close()


def _check(connection: Connection) -> None:
    """Raises where the server has ended the session: then there is something to read on it, its last words or its end.

    A session at rest has nothing to read, so a sound one costs no round trip. One whose server vanished without a word looks sound to
    any check but a question, which would wait as long as the query itself.
    """
    look = select.poll()
    look.register(connection.fileno(), select.POLLIN)
    if look.poll(0):
        ConnectionPool.check_connection(connection)
