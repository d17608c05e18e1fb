"""Tables of a database that is somebody else's: read, never written, and its address never shown.

    mysql://user:password@host:port/database        (also mariadb://)
    postgresql://user:password@host:port/database
    sqlite:///path/of/file

Every question is one SELECT, with names in backticks and `%s` for each parameter, which are translated where the database wants them
otherwise. The session is read only by the server's own word, not by trust in the questions: `SET SESSION TRANSACTION READ ONLY`, a
read-only transaction, or a file opened read only. Within `snapshot`, all answers are of one moment.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from chassis.errors import Fault, Refusal

CONNECT_SECONDS = 5
ANSWER_SECONDS = 8


class UnfitAddress(Refusal):
    code = "unfit-database-address"
    title = "This is no address of a database: write mysql://user:password@host:3306/database, postgresql://… or sqlite:///file"


class ForeignDatabaseAway(Fault):
    code = "foreign-database-away"
    title = "The database of the shop does not answer, or does not let us in"


class UnknownTables(Refusal):
    code = "unknown-tables"
    title = "The database does not have the tables, or columns, of such a shop"


class ForeignTables(Protocol):
    """One connection."""

    def rows(self, sql: str, parameters: Sequence[int | str] = ()) -> list[dict[str, Any]]:
        """The answer, by column names; raises ForeignDatabaseAway, UnknownTables."""
        ...


@contextmanager
def foreign_tables(url: str) -> Iterator[ForeignTables]:
    """A connection for the block, with one snapshot of the data; raises UnfitAddress, ForeignDatabaseAway."""
    parts = urlsplit(url)
    if parts.scheme in ("mysql", "mariadb"):
        opened = _mysql(url)
    elif parts.scheme in ("postgresql", "postgres"):
        opened = _postgres(url)
    elif parts.scheme == "sqlite":
        opened = _sqlite(Path(unquote(parts.path)))
    else:
        raise UnfitAddress()
    with opened as tables:
        yield tables


@contextmanager
def _mysql(url: str) -> Iterator[ForeignTables]:
    import pymysql
    from pymysql.constants import ER
    from pymysql.cursors import DictCursor

    parts = urlsplit(url)
    try:
        host, port, database = parts.hostname, parts.port or 3306, unquote(parts.path.lstrip("/"))
    except ValueError:
        raise UnfitAddress() from None
    if not host or not database:
        raise UnfitAddress()
    unknown = (ER.NO_SUCH_TABLE, ER.BAD_FIELD_ERROR)
    try:
        connection = pymysql.connect(
            host=host, port=port, database=database, user=unquote(parts.username or ""), password=unquote(parts.password or ""),
            charset="utf8mb4", connect_timeout=CONNECT_SECONDS, read_timeout=ANSWER_SECONDS, cursorclass=DictCursor, autocommit=False,
        )  # fmt: skip
    except pymysql.err.Error as error:
        raise ForeignDatabaseAway(reason=_number(error)) from None

    class Mysql:
        def rows(self, sql: str, parameters: Sequence[int | str] = ()) -> list[dict[str, Any]]:
            try:
                with connection.cursor() as cursor:
                    cursor.execute(sql, tuple(parameters))
                    return list(cursor.fetchall())
            except pymysql.err.Error as error:
                if error.args and error.args[0] in unknown:
                    raise UnknownTables() from None
                raise ForeignDatabaseAway(reason=_number(error)) from None

    try:
        tables = Mysql()
        tables.rows("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        tables.rows("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        yield tables
    finally:
        connection.close()


@contextmanager
def _postgres(url: str) -> Iterator[ForeignTables]:
    import psycopg
    from psycopg.rows import dict_row

    try:
        connection = psycopg.connect(
            url, connect_timeout=CONNECT_SECONDS, options=f"-c statement_timeout={ANSWER_SECONDS}s", row_factory=dict_row
        )
    except psycopg.Error:
        raise ForeignDatabaseAway() from None

    class Postgres:
        def rows(self, sql: str, parameters: Sequence[int | str] = ()) -> list[dict[str, Any]]:
            try:
                return connection.execute(sql.replace("`", '"').encode(), tuple(parameters)).fetchall()
            except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
                raise UnknownTables() from None
            except psycopg.Error:
                raise ForeignDatabaseAway() from None

    try:
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        yield Postgres()
    finally:
        connection.close()


@contextmanager
def _sqlite(file: Path) -> Iterator[ForeignTables]:
    try:
        connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    except sqlite3.OperationalError:
        raise ForeignDatabaseAway() from None
    connection.row_factory = sqlite3.Row

    class Sqlite:
        def rows(self, sql: str, parameters: Sequence[int | str] = ()) -> list[dict[str, Any]]:
            try:
                return [dict(row) for row in connection.execute(sql.replace("%s", "?"), tuple(parameters))]
            except sqlite3.OperationalError as error:
                if str(error).startswith("no such"):
                    raise UnknownTables() from None
                raise ForeignDatabaseAway() from None

    try:
        connection.execute("BEGIN")
        yield Sqlite()
    finally:
        connection.close()


def _number(error: Exception) -> int:
    """The server's number of the error; its text may quote the user and the host."""
    return error.args[0] if error.args and isinstance(error.args[0], int) else 0
