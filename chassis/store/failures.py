"""What psycopg's errors mean to the committer and to readers.

* A broken key, check or value (SQLSTATE classes 22 and 23), or one beyond a limit (class 54, such as a key too long for
  its index), belongs to a unit: ConstraintBroken, with the constraint's name and never a value.
* A server that refuses writes for now (read-only, class 53 out of resources, class 58 input/output, still starting) is
  StoreAway: nothing was written.
* All else of the outside world (deadlock, lock or statement time-out, cancelled, terminated, connection lost at any
  moment, also with the COMMIT on its way) leaves open what became of the group: GroupAgain, from its marks.

What remains (a syntax error, a missing table) is a bug and passes through.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import DataError, Error, InterfaceError, OperationalError
from psycopg_pool import PoolTimeout, TooManyRequests

from chassis.store.port import ConstraintBroken, GroupAgain, StoreAway

READ_ONLY = "25006"
STARTING = "57P03"
AGAIN_STATES = frozenset({"25P03", "55P03", "57014", "57P01", "57P02", "57P05"})
"""Idle in transaction too long, lock not available, cancelled, terminated, crashed, idle too long."""


def group_failure(error: Error | UnicodeEncodeError, is_lost: bool) -> Exception | None:
    """What the committer should be told about an error inside a group; None for a bug.

    `is_lost` says that the connection is gone.
    """
    if isinstance(error, UnicodeEncodeError):
        return ConstraintBroken("text is not valid Unicode")
    state = error.sqlstate or ""
    if state[:2] in {"22", "23", "54"} or isinstance(error, DataError):
        return ConstraintBroken(error.diag.constraint_name or error.diag.column_name or state or "value")
    if is_away(error):
        return StoreAway(_told(error))
    is_again = state[:2] in {"08", "40"} or state in AGAIN_STATES
    if is_lost or is_again or isinstance(error, (OperationalError, InterfaceError)):
        return GroupAgain(_told(error))
    return None


def is_away(error: Error) -> bool:
    """True when the server said that it takes no writes for now."""
    state = error.sqlstate or ""
    return state in {READ_ONLY, STARTING} or state[:2] in {"53", "58"}


@contextmanager
def store_reached() -> Iterator[None]:
    """Outside a group, every failure of the server or the way to it is StoreAway."""
    try:
        yield
    except (PoolTimeout, TooManyRequests) as error:
        raise StoreAway("no free connection") from error
    except Error as error:
        if group_failure(error, is_lost=False) is None:
            raise
        raise StoreAway(_told(error)) from error


def _told(error: Error) -> str:
    """The error's class and state: its message may hold values or addresses."""
    return f"{type(error).__name__} {error.sqlstate or ''}".strip()
