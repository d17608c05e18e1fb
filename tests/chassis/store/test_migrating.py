"""Migrations: many at once, again and again, and the wrong database."""

from __future__ import annotations

import subprocess
import sys

import psycopg
import pytest

from chassis.store.port import EpochNotOpen, StoreAway
from chassis.store.postgres import PostgresWriter
from chassis.store.schema import MIGRATIONS, migrate

SCRIPT = "import sys; from chassis.store.schema import migrate; print(migrate(sys.argv[1], 'order'))"


def test_eight_processes_migrate_a_fresh_database_at_once(postgres_dsn: str) -> None:
    command = [sys.executable, "-c", SCRIPT, postgres_dsn]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(8)]
    answers = sorted(process.communicate()[0].strip() for process in processes)
    assert answers == ["0"] * 7 + [str(len(MIGRATIONS))]


def test_a_migrated_database_is_left_alone(postgres_dsn: str) -> None:
    assert migrate(postgres_dsn, "order") == len(MIGRATIONS)
    assert migrate(postgres_dsn, "order") == 0


def test_a_database_of_another_service_is_refused(postgres_dsn: str) -> None:
    migrate(postgres_dsn, "order")
    with pytest.raises(StoreAway, match="belongs to the service order"):
        migrate(postgres_dsn, "inventory")
    with pytest.raises(StoreAway, match="belongs to the service order"):
        PostgresWriter(postgres_dsn, "inventory").elect("http://a")


def test_a_database_without_its_tables_elects_nobody(postgres_dsn: str) -> None:
    with pytest.raises(StoreAway, match="migrations"):
        PostgresWriter(postgres_dsn, "order").elect("http://a")


@pytest.mark.parametrize("column", ["system_identifier = system_identifier + 1", "timeline = '00000009'"])
def test_another_server_or_timeline_elects_nobody(postgres_dsn: str, column: str) -> None:
    migrate(postgres_dsn, "order")
    with psycopg.connect(postgres_dsn) as owner:
        owner.execute(f"UPDATE meta SET {column}")
    with pytest.raises(EpochNotOpen):
        PostgresWriter(postgres_dsn, "order").elect("http://a")
