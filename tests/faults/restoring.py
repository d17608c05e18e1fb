"""A backup of one service's database, and putting it back as on another server: with PostgreSQL's own pg_dump and pg_restore.

The database that is given up is kept under another name, so that the judges can read what was lost. The restored one gets another
system identifier in its `meta`, as if it had been loaded into another server: a dump that is loaded into the very same one looks the
same to Redress.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from chassis.embedded import postgres_home
from chassis.store.postgres import PostgresStore
from chassis.store.rows import InboxKey
from redress.errors import UserError
from tests.faults.house import House

COMMAND_SECONDS = 90.0
COLUMNS = "220"
INBOX = "SELECT principal, route, key FROM inbox"


@dataclass(frozen=True)
class Backup:
    """A dump of one service's database, taken from `at` to `ended_at`."""

    house: House
    service: str
    file: Path
    at: datetime
    ended_at: datetime

    @classmethod
    def take(cls, house: House, service: str) -> Backup:
        """Dump the database while both processes of the service go on with their work; raises UserError."""
        file, at = house.folder / f"{service}-{len(house.restored)}.dump", datetime.now(UTC)
        _program("pg_dump", "--format=custom", f"--file={file}", f"--dbname={house.admin_dsn_of(service)}")
        return cls(house, service, file, at, datetime.now(UTC))

    def put_back(self) -> str:
        """The backup in place of the database; nobody of the service may be running. The address of the one that was given up."""
        house, name = self.house, self.house.database_of(self.service)
        lost, owner = f"{name}_lost_{len(house.restored)}", conninfo_to_dict(house.stage.servers.dsn_of(self.service))["user"]
        with psycopg.connect(house.postgres.address, autocommit=True) as admin:
            for statement in (
                sql.SQL("ALTER DATABASE {name} ALLOW_CONNECTIONS false"),
                sql.SQL("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = {name_text}"),
                sql.SQL("ALTER DATABASE {name} RENAME TO {lost}"),
                sql.SQL("ALTER DATABASE {lost} ALLOW_CONNECTIONS true"),
                sql.SQL("CREATE DATABASE {name} OWNER {owner}"),
            ):
                admin.execute(
                    statement.format(
                        name=sql.Identifier(name), name_text=sql.Literal(name), lost=sql.Identifier(lost), owner=sql.Identifier(str(owner))
                    )
                )
        _program("pg_restore", "--exit-on-error", f"--dbname={house.admin_dsn_of(self.service)}", str(self.file))
        with psycopg.connect(house.admin_dsn_of(self.service), autocommit=True) as connection:
            connection.execute("UPDATE meta SET system_identifier = system_identifier + 1")
        return make_conninfo(house.postgres.address, dbname=lost)

    def last_log_id(self) -> int:
        """The last event of the restored database, which no process may have written to."""
        store = PostgresStore(self.house.stage.servers.dsn_of(self.service), self.service, pool_size=1)
        try:
            return store.last_log_id()
        finally:
            store.close()


def inbox_keys(dsn: str) -> frozenset[InboxKey]:
    """Every key that a store remembers."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        return frozenset(InboxKey(*row) for row in connection.execute(INBOX))


async def redress(house: House, *words: str) -> str:
    """Run the command line with the house's settings; what it prints. Raises UserError where it fails."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "redress.cli", *words, "--settings", str(house.folder / "settings.json")),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "COLUMNS": COLUMNS},
    )
    try:
        async with asyncio.timeout(COMMAND_SECONDS):
            output, _ = await child.communicate()
    except TimeoutError:
        child.kill()
        await child.wait()
        raise UserError(f"`redress {' '.join(words)}` did not end.") from None
    if child.returncode != 0:
        raise UserError(f"`redress {' '.join(words)}` failed: {output.decode().strip()}")
    return output.decode()


def _program(name: str, *arguments: str) -> None:
    program = postgres_home.programs(postgres_home.server_account()) / name
    done = subprocess.run([str(program), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise UserError(f"{name} failed: {done.stderr.strip()}")
