"""Opening an epoch on PostgreSQL: after a restore or a fail-over, before the first election.

The new epoch keeps what the restored store holds: its fork point per slot is the slot's head. The same transaction records which
server (system identifier and timeline) the epoch is written on, and from then on elections succeed; it lays down what was found to be
lost, and has every intent that is under way or still to come asked about first. That lasts until an operator releases the restore.
"""

from __future__ import annotations

from datetime import UTC, datetime

from psycopg import Connection

from chassis.recovering import Opening
from chassis.store.columns import PARKED, parked_columns
from chassis.store.connections import IDENTITY, SESSION_LOCK, connect
from chassis.store.failures import store_reached
from chassis.store.port import StoreAway
from chassis.store.schema import MIGRATIONS

OPEN_EPOCH = f"UPDATE meta SET epoch = %s, (system_identifier, timeline) = (SELECT {IDENTITY})"
FORKS = "INSERT INTO fork (epoch, slot, sequence) SELECT %s, slot, sequence FROM slot_head"
RECOVERY = "INSERT INTO recovery (epoch, opened_at, attempts_end_at) VALUES (%s, %s, %s)"
NEWEST = "SELECT max(at) FROM (SELECT at FROM event ORDER BY log_id DESC LIMIT %s) AS newest"
NEWEST_EVENTS = 10_000
"""So many of the last events are looked at for the latest time, which need not be the last one's: clocks are put back."""
ASK_FIRST = """
    UPDATE intent SET status = 'unknown', deadline = %s, due_at = least(due_at, %s) WHERE status IN ('pending', 'started', 'unknown')
"""


def open_epoch(dsn: str, opening: Opening | None = None, shard: int = 0) -> int:
    """Start the next epoch on this server; its number. Raises StoreAway, also while a writer is active."""
    opening = opening or Opening(datetime.now(UTC))
    with (
        store_reached(),
        connect(dsn, lock_seconds=2, statement_seconds=60) as connection,
        connection.transaction(),
    ):
        lock = [SESSION_LOCK, shard]
        if connection.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", lock).fetchone() != (True,):
            raise StoreAway("a writer is active: stop it first")
        ((service, version, last_epoch),) = connection.execute("SELECT service, schema_version, epoch FROM meta").fetchall()
        if version != len(MIGRATIONS):
            raise StoreAway("the database lacks migrations: run them first")
        epochs = opening.epochs_after(last_epoch)
        for each in epochs:
            connection.execute(FORKS, [each])
        epoch = epochs[-1]
        connection.execute(OPEN_EPOCH, [epoch])
        ((newest,),) = connection.execute(NEWEST, [NEWEST_EVENTS]).fetchall()
        connection.execute(RECOVERY, [epoch, opening.opened_at(newest), opening.attempts_end_at])
        connection.execute(ASK_FIRST, [opening.attempts_end_at, opening.at])
        _lay_down(connection, opening, service)
        return int(epoch)


def _lay_down(connection: Connection, opening: Opening, service: str) -> None:
    ((last_parked_id,),) = connection.execute("SELECT coalesce(max(parked_id), 0) FROM parked").fetchall()
    with connection.cursor().copy(PARKED.copy) as copy:
        copy.set_types(PARKED.types)
        for row in opening.rows(service, last_parked_id):
            copy.write_row(parked_columns(row))
