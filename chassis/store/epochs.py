"""Opening an epoch on PostgreSQL: after a restore or a fail-over, before the first election.

The new epoch keeps what the restored store holds: its fork point per slot is the slot's head. The same transaction
records which server (system identifier and timeline) the epoch is written on, and from then on elections succeed.
"""

from __future__ import annotations

from chassis.store.connections import IDENTITY, SESSION_LOCK, connect
from chassis.store.failures import store_reached
from chassis.store.port import StoreAway

OPEN_EPOCH = f"UPDATE meta SET epoch = epoch + 1, (system_identifier, timeline) = (SELECT {IDENTITY}) RETURNING epoch"
FORKS = "INSERT INTO fork (epoch, slot, sequence) SELECT %s, slot, sequence FROM slot_head"


def open_epoch(dsn: str, shard: int = 0) -> int:
    """Start the next epoch on this server; its number. Raises StoreAway, also while a writer is active."""
    with (
        store_reached(),
        connect(dsn, lock_seconds=2, statement_seconds=60) as connection,
        connection.transaction(),
    ):
        lock = [SESSION_LOCK, shard]
        if connection.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", lock).fetchone() != (True,):
            raise StoreAway("a writer is active: stop it first")
        ((epoch,),) = connection.execute(OPEN_EPOCH).fetchall()
        connection.execute(FORKS, [epoch])
        return int(epoch)
