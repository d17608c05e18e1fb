"""Databases of one's own on a PostgreSQL server, each with the role that owns it."""

import secrets
from urllib.parse import urlsplit, urlunsplit

import psycopg
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
