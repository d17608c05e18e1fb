"""Finding rows by given keys, one index probe a key, whatever the statistics say.

Our plans are made once a session. A table that was empty when it was last vacuumed (timers and intents often are) looks so cheap that
a plain join reads all of it and compares each row with each key, and goes on doing so when it is full. A lateral subquery with an
OFFSET cannot be turned around. Where two indexes would serve an empty table equally well, PostgreSQL takes the younger one, so the
primary keys are the youngest (`schema.py`).
"""

from __future__ import annotations


def found_by(given: str, listed: str, condition: str) -> str:
    """A query for what `listed` names of the rows that `condition` (a table and its WHERE over `given`) finds for each given key."""
    return f"SELECT found.* FROM {given} CROSS JOIN LATERAL (SELECT {listed} FROM {condition} OFFSET 0) AS found"


def places_by(given: str, condition: str, *, wanted: str = "", only: str = "true") -> str:
    """A query for where those rows stand (`place`, a ctid) and what else is wanted of `given`.

    `only`: which of them, by the columns of `given` and `found`; tested after the probe, so that it tempts to no other plan.
    """
    table = condition.split(maxsplit=1)[0]
    listed = f"found.place{wanted and f', {wanted}'}"
    probe = f"SELECT {table}.*, {table}.ctid AS place FROM {condition} OFFSET 0"
    return f"SELECT {listed} FROM {given} CROSS JOIN LATERAL ({probe}) AS found WHERE {only}"
