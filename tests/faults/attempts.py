"""What became of every intent: a trigger in each service's database copies each version of an intent's row into a table of the drills'.

The copy commits or vanishes with the row itself, so it tells what really was committed, and when it was written by the database's clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import psycopg

from chassis.store.rows import IntentStatus

INSTALL = """
    CREATE TABLE drill_attempt (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        key text NOT NULL,
        kind text NOT NULL,
        attempt int NOT NULL,
        status text NOT NULL,
        deadline timestamptz
    );
    CREATE FUNCTION drill_note() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO drill_attempt (key, kind, attempt, status, deadline) VALUES (new.key, new.kind, new.attempt, new.status, new.deadline);
        RETURN NULL;
    END $$;
    CREATE TRIGGER drill_note AFTER INSERT OR UPDATE ON intent FOR EACH ROW EXECUTE FUNCTION drill_note();
"""
LATEST_START = "SELECT id, at, key, kind, attempt, status, deadline FROM drill_attempt WHERE status = 'started' ORDER BY id DESC LIMIT 1"
HISTORY = "SELECT id, at, key, kind, attempt, status, deadline FROM drill_attempt ORDER BY id"


class Version(NamedTuple):
    """One committed version of an intent's row."""

    id: int
    at: datetime
    key: str
    kind: str
    attempt: int
    status: str
    deadline: datetime | None


Histories = dict[str, list[Version]]
"""Intent key → its versions, in order."""


def install(dsn: str) -> None:
    """Begin to note; the tables of the service must be there."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(INSTALL)


def histories(dsn: str) -> Histories:
    """Everything that was noted."""
    found: Histories = defaultdict(list)
    with psycopg.connect(dsn, autocommit=True) as connection:
        for row in connection.execute(HISTORY):
            version = Version(*row)
            found[version.key].append(version)
    return found


def merged(every: Iterable[Histories]) -> Histories:
    """The histories of a database and of those that it took the place of, as one: what they have in common counts once."""
    found: Histories = defaultdict(list)
    for each in every:
        for key, history in each.items():
            found[key] = sorted({*found[key], *history}, key=lambda version: (version.at, version.id))
    return found


def starts_of(history: list[Version]) -> list[Version]:
    """The versions in which an attempt began."""
    begun: list[Version] = []
    before: tuple[str, int] | None = None
    for version in history:
        if version.status == IntentStatus.STARTED and before != (version.status, version.attempt):
            begun.append(version)
        before = version.status, version.attempt
    return begun
