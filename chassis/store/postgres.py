"""The writer's side of the store on PostgreSQL: election, the session lock, and groups, all on one
connection.

The session lock is an advisory lock of the connection. It ends with the connection: when the writer resigns,
dies, is cut off, or says nothing for `idle_seconds` (idle_session_timeout). So a writer that lost its
connection has lost the election, whatever the reason, and learns it from `begin` or `touch`.

Between groups the server's own idle time-out sees to that. Inside one it may not: it does not run while the
server waits in the middle of a pipeline or a COPY, nor after the Flush with which psycopg ends a pipeline, so
a writer frozen just there would hold the lock for ever (measured). Whoever stands for election therefore ends
the holder's backend when that has been waiting for its client for `idle_seconds`.

The winner raises the generation under the group lock, after ending the backend that the generation row names.
A process number may have been given to another backend since, so the row names its start time too.

Used by one thread at a time.
"""

from __future__ import annotations

from contextlib import suppress

from psycopg import Connection, Error
from psycopg.errors import LockNotAvailable, UndefinedTable

from chassis.store.connections import GROUP_LOCK, IDENTITY, SESSION_LOCK, connect
from chassis.store.failures import is_away, store_reached
from chassis.store.pool import WAIT_SECONDS, Pool
from chassis.store.port import EpochNotOpen, GenerationLost, StoreAway
from chassis.store.reading import PostgresReader
from chassis.store.schema import MIGRATIONS
from chassis.store.transaction import PostgresTransaction
from chassis.store.views import PostgresViews

IDLE_SECONDS = 4.0
LOCK_SECONDS = 2.0
STATEMENT_SECONDS = 10.0

END_STALLED = """
    SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype =
    'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND classid =
    %s AND objid = %s AND objsubid = 2 AND granted AND wait_event_type = 'Client' AND state_change <
    clock_timestamp() - make_interval(secs => %s)
"""
END_PREDECESSOR = """
    SELECT pg_terminate_backend(pid, 1000) FROM generation JOIN pg_stat_activity
    ON pid = generation.backend_pid AND pg_stat_activity.backend_start = generation.backend_start
    WHERE shard = %s AND pid <> pg_backend_pid()
"""
RAISE_GENERATION = """
    INSERT INTO generation (shard, generation, address, backend_pid, backend_start)
    SELECT %s, 1, %s, pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()
    ON CONFLICT (shard) DO UPDATE SET generation = generation.generation + 1, address = excluded.address,
        backend_pid = excluded.backend_pid, backend_start = excluded.backend_start, elected_at = now()
    RETURNING generation
"""
CHECKED = f"SELECT service, schema_version, system_identifier, timeline, {IDENTITY} FROM meta"
MARK_RELAYED = """
    WITH unflushed AS (SELECT set_config('synchronous_commit', 'off', true))
    INSERT INTO relay (shard, log_id) SELECT %s, %s FROM unflushed
    ON CONFLICT (shard) DO UPDATE SET log_id = excluded.log_id
"""


class PostgresWriter:
    """The writer of a shard; elected or standing by. `idle_seconds`: how long it may be silent while elected."""

    def __init__(
        self,
        dsn: str,
        service: str,
        shard: int = 0,
        *,
        idle_seconds: float = IDLE_SECONDS,
        lock_seconds: float = LOCK_SECONDS,
        statement_seconds: float = STATEMENT_SECONDS,
    ) -> None:
        self._dsn = dsn
        self._service = service
        self._shard = shard
        self._idle_seconds = idle_seconds
        self._lock_seconds = lock_seconds
        self._statement_seconds = statement_seconds
        self._connection: Connection | None = None

    def elect(self, address: str) -> int | None:
        self.resign()
        with store_reached():
            self._connection = connect(
                self._dsn,
                lock_seconds=self._lock_seconds,
                statement_seconds=self._statement_seconds,
                idle_seconds=self._idle_seconds,
                application_name=f"redress {self._service} writer",
            )
            generation = None
            try:
                self._check_identity(self._connection)
                generation = self._win(self._connection, address)
            except LockNotAvailable:
                return None
            finally:
                if generation is None:
                    self.resign()
            return generation

    def touch(self) -> None:
        self._on_session("SELECT 1", [])

    def mark_relayed(self, log_id: int) -> None:
        """As the port says; not flushed, because a mark that is lost costs only records sent again."""
        self._on_session(MARK_RELAYED, [self._shard, log_id])

    def begin(self, generation: int) -> PostgresTransaction:
        """A group. The transaction opens with its first step, which may then raise what `begin` may."""
        return PostgresTransaction(self._elected(), self._shard, generation, self.resign)

    def resign(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Error):
                connection.close()

    def _check_identity(self, connection: Connection) -> None:
        """The server must be the one that this epoch was written on."""
        try:
            rows = connection.execute(CHECKED).fetchall()
        except UndefinedTable:
            rows = []
        if not rows or rows[0][1] < len(MIGRATIONS):
            raise StoreAway("the database lacks migrations: run them first")
        ((service, _, *recorded, identifier, timeline),) = rows
        if service != self._service:
            raise StoreAway(f"the database belongs to the service {service}, not to {self._service}")
        if timeline == "recovery":
            raise StoreAway("the server is a replica")
        if recorded != [identifier, timeline]:
            raise EpochNotOpen("another system identifier or timeline than this epoch was written on")

    def _win(self, connection: Connection, address: str) -> int | None:
        lock = [SESSION_LOCK, self._shard]
        if connection.execute("SELECT pg_try_advisory_lock(%s, %s)", lock).fetchone() != (True,):
            connection.execute(END_STALLED, [*lock, self._idle_seconds])
            return None
        connection.execute(END_PREDECESSOR, [self._shard])
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", [GROUP_LOCK, self._shard])
            ((generation,),) = connection.execute(RAISE_GENERATION, [self._shard, address]).fetchall()
            return int(generation)

    def _on_session(self, query: str, parameters: list[int]) -> None:
        """Run a statement on the lock's connection; any failure of the connection is the loss of the lock."""
        connection = self._elected()
        try:
            connection.execute(query, parameters)
        except Error as error:
            if is_away(error):
                raise StoreAway(type(error).__name__) from error
            self.resign()
            raise GenerationLost("the session that held the lock has ended") from error

    def _elected(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = None
            raise GenerationLost("the session that held the lock has ended")
        return self._connection


class PostgresStore(PostgresReader, PostgresViews):
    """One service's database: reader, views, and its writers; the counterpart of `MemoryStore`. Close it in the end."""

    def __init__(self, dsn: str, service: str, shard: int = 0, *, pool_size: int = 4, wait_seconds: float = WAIT_SECONDS) -> None:
        self._pool = Pool(dsn, service, pool_size, wait_seconds=wait_seconds)
        self._shard = shard
        self._dsn = dsn
        self._service = service

    def writer(self, **settings: float) -> PostgresWriter:
        """A session of its own that may be elected; see `PostgresWriter` for the settings, in seconds."""
        return PostgresWriter(self._dsn, self._service, self._shard, **settings)

    def close(self) -> None:
        self._pool.close()
