"""No statement of a group walks a whole table, even one planned when everything was empty and the server knew it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from chassis.store import asking, views, writing
from chassis.store.connections import connect
from chassis.store.schema import migrate

GROWING = {"event", "inbox", "timer", "intent", "index_row", "parked", "vault", "view_row"}
STATEMENTS = {
    f"{module.__name__}.{name}": text
    for module in (asking, writing, views)
    for name, text in vars(module).items()
    if re.fullmatch("[A-Z][A-Z_]*", name) and isinstance(text, str) and re.match(r"\s*(SELECT|UPDATE|DELETE)", text)
}
ORDERED_WALKS = {"LAST_IDS", "WAITING", "RECOVERY"}
"""The ends of a table, and the rows of a partial index: what is walked is what is wanted."""


@pytest.fixture
def emptied_dsn(postgres_dsn: str) -> str:
    migrate(postgres_dsn, "order")
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
    return postgres_dsn


def plan_of(dsn: str, statement: str) -> dict[str, Any]:
    numbers = iter(range(1, 100))
    numbered = re.sub("%[bs]", lambda _: f"${next(numbers)}", statement)
    with connect(dsn, lock_seconds=1, statement_seconds=10) as connection:
        ((answer,),) = psycopg.ClientCursor(connection).execute(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {numbered}").fetchall()
    plan: dict[str, Any] = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    return plan


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


def test_each_statement_probes_by_its_key(emptied_dsn: str) -> None:
    assert len(STATEMENTS) > 20
    for name, statement in STATEMENTS.items():
        if name.rsplit(".")[-1] in ORDERED_WALKS:
            continue
        for node in nodes(plan_of(emptied_dsn, statement)):
            is_scan = node["Node Type"].endswith("Scan") and node.get("Relation Name") in GROWING
            assert not is_scan or "Index Cond" in node or "TID Cond" in node, f"{name} walks {node}"


def test_rows_are_found_by_their_whole_key(emptied_dsn: str) -> None:
    for statement, index in (
        (writing.INDEX_DROPPED, "index_row_pkey"),
        (views.ROWS_OF, "view_row_pkey"),
        (views.GONE_ROWS, "view_row_pkey"),
    ):
        assert index in [node.get("Index Name") for node in nodes(plan_of(emptied_dsn, statement))]
