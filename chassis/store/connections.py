"""How this house connects to PostgreSQL: session settings, lock numbers, and who the server is.

Every session speaks UTC and has lock and statement time-outs. Plans never rest on statistics: a young table has none, and
a plan cached while it was empty would scan it whole a minute later. All our queries have an index, so sequential scans
are priced out and one generic plan is kept per statement; how it is kept from walking a whole index instead says `probing.py`.
"""

from __future__ import annotations

from psycopg import Connection
from psycopg.conninfo import make_conninfo

MIGRATION_LOCK = 7_301
SESSION_LOCK = 7_302
GROUP_LOCK = 7_303
"""First numbers of our advisory locks; the second is the shard. They are per database, so services do not meet."""

IDENTITY = (
    "(SELECT system_identifier FROM pg_control_system()), "
    "CASE WHEN pg_is_in_recovery() THEN 'recovery' ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END"
)
"""SQL for the server's system identifier and its current timeline (eight hexadecimal digits).

The timeline is read off the WAL file's name: pg_control_checkpoint still shows the old one for a while after a
promotion.
"""

CONNECT_TIMEOUT_SECONDS = 5
SILENCE_SECONDS = 11
"""How long the other end may leave our bytes or probes unanswered before the connection counts as lost."""


def conninfo(
    dsn: str,
    *,
    lock_seconds: float,
    statement_seconds: float,
    idle_seconds: float = 0,
    application_name: str = "redress",
) -> str:
    """The connection string with our session settings; an idle time-out of 0 is none."""
    settings = {
        "timezone": "UTC",
        "lock_timeout": _milliseconds(lock_seconds),
        "statement_timeout": _milliseconds(statement_seconds),
        "idle_session_timeout": _milliseconds(idle_seconds),
        "idle_in_transaction_session_timeout": _milliseconds(idle_seconds or statement_seconds),
        "plan_cache_mode": "force_generic_plan",
        "enable_seqscan": "off",
        "enable_hashjoin": "off",
        "enable_mergejoin": "off",
        "enable_memoize": "off",
        "jit": "off",
    }
    return make_conninfo(
        dsn,
        options=" ".join(f"-c {name}={value}" for name, value in settings.items()),
        application_name=application_name,
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=3,
        tcp_user_timeout=_milliseconds(SILENCE_SECONDS),
    )


def connect(
    dsn: str,
    *,
    lock_seconds: float,
    statement_seconds: float,
    idle_seconds: float = 0,
    application_name: str = "redress",
) -> Connection:
    """An open session that commits each statement by itself and prepares each at once; raises psycopg's errors."""
    return Connection.connect(
        conninfo(
            dsn,
            lock_seconds=lock_seconds,
            statement_seconds=statement_seconds,
            idle_seconds=idle_seconds,
            application_name=application_name,
        ),
        autocommit=True,
        prepare_threshold=0,
    )


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1_000)
