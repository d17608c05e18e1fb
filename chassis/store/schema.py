"""The tables of a service's store on PostgreSQL, as numbered migrations, and the one way to apply them.

`migrate` is explicit (a job, or `redress up`), never a side effect of a start: replicas that create tables at once trip
over each other. It takes a lock of its own first, applies each missing migration in a transaction, and may be run any
number of times, by any number of processes. A published migration is never edited: a change is a new one.

Text that is sorted or searched by prefix has collation C, so that its order is that of code points, as in memory.
"""

from __future__ import annotations

from psycopg import Connection

from chassis.store.connections import IDENTITY, MIGRATION_LOCK, connect
from chassis.store.failures import store_reached
from chassis.store.port import StoreAway

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE generation (
        shard int PRIMARY KEY,
        generation bigint NOT NULL,
        address text NOT NULL,
        backend_pid int NOT NULL,
        backend_start timestamptz NOT NULL,
        elected_at timestamptz NOT NULL DEFAULT now()
    );

    CREATE TABLE event (
        log_id bigint PRIMARY KEY,
        stream_id uuid NOT NULL,
        version int NOT NULL,
        kind text NOT NULL,
        topic text NOT NULL,
        shop_id text NOT NULL,
        at timestamptz NOT NULL,
        state bytea NOT NULL,
        subject text,
        correlation_id text NOT NULL,
        causation_id text NOT NULL,
        slot smallint,
        sequence bigint,
        epoch int,
        type text,
        partition_key text,
        headers bytea,
        value bytea,
        CONSTRAINT event_public
            CHECK (num_nulls(slot, sequence, epoch, type, partition_key, headers, value) IN (0, 7))
    );
    CREATE UNIQUE INDEX event_stream_version ON event (stream_id, version);
    CREATE UNIQUE INDEX event_slot_sequence ON event (slot, sequence) WHERE slot IS NOT NULL;
    CREATE INDEX event_public_log ON event (log_id) WHERE slot IS NOT NULL;
    CREATE INDEX event_subject ON event (shop_id, subject, log_id) WHERE subject IS NOT NULL;

    CREATE TABLE slot_head (slot smallint PRIMARY KEY, sequence bigint NOT NULL) WITH (fillfactor = 25);
    INSERT INTO slot_head SELECT slot, 0 FROM generate_series(0, 255) AS slot;

    CREATE TABLE position (
        source text COLLATE "C",
        slot smallint,
        epoch int NOT NULL,
        sequence bigint NOT NULL,
        PRIMARY KEY (source, slot)
    ) WITH (fillfactor = 25);

    CREATE TABLE fork (epoch int, slot smallint, sequence bigint NOT NULL, PRIMARY KEY (epoch, slot));

    CREATE TABLE inbox (
        principal text COLLATE "C",
        route text COLLATE "C",
        key text COLLATE "C",
        request_hash bytea NOT NULL,
        status int NOT NULL,
        answer bytea NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (principal, route, key)
    );

    CREATE TABLE timer (
        stream_id uuid,
        name text COLLATE "C",
        version int,
        due_at timestamptz NOT NULL,
        payload bytea NOT NULL,
        correlation_id text NOT NULL,
        causation_id text NOT NULL,
        shop_id text NOT NULL,
        PRIMARY KEY (stream_id, name, version)
    );
    CREATE INDEX timer_due ON timer (due_at);

    CREATE TABLE intent (
        key text COLLATE "C" PRIMARY KEY,
        kind text NOT NULL,
        target text NOT NULL,
        shop_id text NOT NULL,
        payload bytea NOT NULL,
        status text NOT NULL,
        attempt int NOT NULL,
        asked int NOT NULL,
        owner text,
        deadline timestamptz,
        due_at timestamptz NOT NULL,
        correlation_id text NOT NULL,
        causation_id text NOT NULL,
        created_at timestamptz NOT NULL
    );
    CREATE INDEX intent_status_due ON intent (status, due_at);

    CREATE TABLE index_row (
        index text COLLATE "C",
        row_id text COLLATE "C",
        key text COLLATE "C" NOT NULL,
        rank bigint NOT NULL,
        stream_id uuid NOT NULL,
        data text NOT NULL,
        PRIMARY KEY (index, row_id)
    );
    CREATE INDEX index_row_order ON index_row (index, key, rank, row_id);

    CREATE TABLE parked (
        parked_id bigint PRIMARY KEY,
        what text NOT NULL,
        source text NOT NULL,
        stream text NOT NULL,
        slot smallint NOT NULL,
        epoch int NOT NULL,
        sequence bigint NOT NULL,
        type text NOT NULL,
        reason text NOT NULL,
        awaits uuid,
        detail text NOT NULL,
        body bytea NOT NULL,
        at timestamptz NOT NULL,
        status text NOT NULL
    );
    CREATE INDEX parked_waiting ON parked (parked_id) WHERE status = 'waiting';

    CREATE TABLE vault (
        reference text COLLATE "C" PRIMARY KEY,
        kind text NOT NULL,
        shop_id text NOT NULL,
        owner_id text NOT NULL,
        key_version int NOT NULL,
        ciphertext bytea NOT NULL,
        at timestamptz NOT NULL
    );

    CREATE TABLE data_key (shop_id text, version int, wrapped bytea NOT NULL, PRIMARY KEY (shop_id, version));

    CREATE TABLE relay (shard int PRIMARY KEY, log_id bigint NOT NULL);

    CREATE TABLE view_position (view text PRIMARY KEY, position bigint NOT NULL);
    CREATE TABLE view_row (
        view text,
        row_id text COLLATE "C",
        sort_key text COLLATE "C" NOT NULL,
        data bytea NOT NULL,
        PRIMARY KEY (view, row_id)
    );
    CREATE INDEX view_row_order ON view_row (view, sort_key, row_id);
    """,
    """
    CREATE TABLE recovery (
        epoch int PRIMARY KEY,
        opened_at timestamptz NOT NULL,
        attempts_end_at timestamptz NOT NULL,
        released_at timestamptz
    );
    CREATE INDEX parked_lost ON parked (parked_id) WHERE what IN ('lost', 'unread', 'phantoms');
    """,
    """
    -- the youngest index of a table wins where the planner sees no difference (chassis/store/probing.py)
    ALTER TABLE index_row DROP CONSTRAINT index_row_pkey, ADD PRIMARY KEY (index, row_id);
    ALTER TABLE view_row DROP CONSTRAINT view_row_pkey, ADD PRIMARY KEY (view, row_id);
    """,
)

META = """
    CREATE TABLE IF NOT EXISTS meta (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        service text NOT NULL,
        system_identifier bigint NOT NULL,
        timeline text NOT NULL,
        epoch int NOT NULL,
        schema_version int NOT NULL
    )
"""

LOCK_TIMEOUT_SECONDS = 60.0
MIGRATION_TIMEOUT_SECONDS = 3_600.0


def migrate(dsn: str, service: str) -> int:
    """Bring the database to the newest schema; how many migrations were applied.

    Raises StoreAway, also when the database belongs to another service.
    """
    with (
        store_reached(),
        connect(dsn, lock_seconds=LOCK_TIMEOUT_SECONDS, statement_seconds=MIGRATION_TIMEOUT_SECONDS) as connection,
    ):
        connection.execute("SELECT pg_advisory_lock(%s, 0)", [MIGRATION_LOCK])
        connection.execute(META)
        connection.execute(
            "INSERT INTO meta (service, system_identifier, timeline, epoch, schema_version) "
            f"SELECT %s, {IDENTITY}, 1, 0 ON CONFLICT DO NOTHING",
            [service],
        )
        ((owner, version),) = connection.execute("SELECT service, schema_version FROM meta").fetchall()
        if owner != service:
            raise StoreAway(f"the database belongs to the service {owner}, not to {service}")
        for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
            _apply(connection, number, statements)
        return max(0, len(MIGRATIONS) - int(version))


def _apply(connection: Connection, number: int, statements: str) -> None:
    with connection.transaction():
        connection.execute(statements, prepare=False)
        connection.execute("UPDATE meta SET schema_version = %s", [number])
