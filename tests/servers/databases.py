"""Databases of one's own: on a PostgreSQL server, each with the role that owns it; on a MariaDB, each with a shop and a reader."""

import secrets
from typing import NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg
import pymysql
from psycopg import sql


def make_database(admin_dsn: str, name: str) -> str:
    """Make an empty database and its role, both called `name`; the address, as that role."""
    password = secrets.token_urlsafe(12)
    identifier = sql.Identifier(name)
    with psycopg.connect(admin_dsn, autocommit=True) as connection:
        make_role = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(identifier, sql.Literal(password))
        connection.execute(make_role)
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(identifier, identifier))
    parts = urlsplit(admin_dsn)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{name}:{password}@{place}", path=f"/{name}"))


def drop_database(admin_dsn: str, name: str) -> None:
    """Drop what `make_database` made, also while somebody is connected."""
    identifier = sql.Identifier(name)
    with psycopg.connect(admin_dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(identifier))


class MariadbDatabase(NamedTuple):
    """`owner_url`: as the shop, who may do anything in it; `reader_url`: as somebody who may only SELECT."""

    name: str
    owner_url: str
    reader_url: str


def make_mariadb_database(admin_url: str, name: str) -> MariadbDatabase:
    """Make an empty database and its two users, `name` and `name_reader`; their addresses."""
    parts = urlsplit(admin_url)
    urls = []
    with mariadb(admin_url) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        for user, right in ((name, "ALL"), (f"{name}_reader", "SELECT")):
            password = secrets.token_urlsafe(12)
            cursor.execute(f"CREATE USER {user} IDENTIFIED BY '{password}'")
            cursor.execute(f"GRANT {right} ON {name}.* TO {user}")
            urls.append(urlunsplit(parts._replace(netloc=f"{user}:{password}@{parts.netloc.rpartition('@')[2]}", path=f"/{name}")))
    return MariadbDatabase(name, urls[0], urls[1])


def drop_mariadb_database(admin_url: str, database: MariadbDatabase) -> None:
    """Drop what `make_mariadb_database` made."""
    with mariadb(admin_url) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {database.name}")
        cursor.execute(f"DROP USER {database.name}, {database.name}_reader")


def mariadb(url: str) -> "pymysql.Connection[pymysql.cursors.Cursor]":
    """A connection, each statement committed by itself."""
    parts = urlsplit(url)
    return pymysql.connect(
        host=parts.hostname or "",
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=parts.path.lstrip("/") or None,
        charset="utf8mb4",
        autocommit=True,
    )
