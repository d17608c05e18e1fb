"""Replay: an aggregate as it was, and indexes and views built from the log again and compared. Only reads.

The comparison needs a moment at which the log stands still: an index is compared when the log did not grow while it was read, a view at
its own position. Under steady load it is tried a few times, and then says so. The whole log passes through memory.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from chassis.aggregate import fold
from chassis.folding import IndexesAnew, fold_view
from chassis.service import Service
from chassis.store.postgres import PostgresStore
from chassis.view import Row, View
from redress.composition import SERVICES, Servers
from redress.history import PAGE_EVENTS

EVERYTHING = 10_000_000
TRIES = 10
PAUSE_SECONDS = 0.3


@dataclass(frozen=True)
class AsItWas:
    """An aggregate at a version. `state`: its attributes by name; `is_newest`: nothing came after."""

    service: str
    kind: str
    version: int
    at: datetime
    state: dict[str, Any]
    is_newest: bool


@dataclass(frozen=True)
class Compared:
    """A table of a service against its rebuild. `differing`: row ids, at most a few; `is_settled` False: the log moved all the time."""

    service: str
    what: str
    name: str
    row_count: int
    differing: list[str]
    is_settled: bool = True


def aggregate_as_it_was(
    servers: Servers, stream_id: UUID, *, service: str | None, version: int | None, at: datetime | None
) -> AsItWas | None:
    """The aggregate after its event `version`, or as of a moment, in the service that has it; None where there is none then."""
    for name in [service] if service is not None else list(SERVICES):
        with _store(servers, name) as store:
            rows = store.stream(stream_id)
        wanted = [row for row in rows if (version is None or row.version <= version) and (at is None or row.at <= at)]
        if wanted:
            found = fold(SERVICES[name].codec.decode_all(wanted))
            return AsItWas(name, type(found).__name__, wanted[-1].version, wanted[-1].at, _state(found), len(wanted) == len(rows))
    return None


def rebuild(servers: Servers, say: Callable[[str], None]) -> Iterator[Compared]:
    """Build every index and view of every service from its log, and compare; raises StoreAway."""
    for name, service in SERVICES.items():
        with _store(servers, name) as store:
            rebuilt = IndexesAnew(service)
            say(f"{name}: reading the log")
            for index in service.indexes:
                yield _settled(partial(_compare_index, store, rebuilt, index.NAME), name, "index", index.NAME)
            for view in service.views:
                yield _settled(partial(_compare_view, store, rebuilt, view), name, "view", view.NAME)


def _settled(compare: Callable[[], Compared | None], service: str, what: str, name: str) -> Compared:
    for _ in range(TRIES):
        compared = compare()
        if compared is not None:
            return compared
        time.sleep(PAUSE_SECONDS)
    return Compared(service, what, name, 0, [], is_settled=False)


def _compare_index(store: PostgresStore, rebuilt: IndexesAnew, name: str) -> Compared | None:
    rebuilt.follow(store)
    rows = store.index_rows(name, None, EVERYTHING)
    if store.last_log_id() != rebuilt.log_id:
        return None
    live = {row.row_id: row for row in rows}
    return Compared(rebuilt.service.name, "index", name, len(live), _differing(live, rebuilt.of(name)))


def _compare_view(store: PostgresStore, rebuilt: IndexesAnew, view: type[View]) -> Compared | None:
    position = store.view_position(view.NAME)
    live = {row_id: msgspec.json.decode(data) for row_id, data in store.view_rows(view.NAME, "", EVERYTHING)}
    if store.view_position(view.NAME) != position:
        return None
    built = _built_view(store, rebuilt.service, view, position)
    return Compared(rebuilt.service.name, "view", view.NAME, len(live), _differing(live, built))


def _built_view(store: PostgresStore, service: Service, view: type[View], position: int) -> dict[str, Any]:
    rows: dict[str, Row] = {}
    seen = 0
    while seen < position and (page := store.events_after(seen, PAGE_EVENTS)):
        folded = fold_view(service, view, [event for event in page if event.log_id <= position], rows.get)
        for row_id, row in folded.items():
            if row is None:
                rows.pop(row_id, None)
            else:
                # As it will be read back: a view's document is JSON.
                rows[row_id] = Row(row.sort_key, msgspec.json.decode(msgspec.json.encode(row.document)))
        seen = page[-1].log_id
    return {row_id: row.document for row_id, row in rows.items()}


def _differing(live: dict[str, Any], built: dict[str, Any]) -> list[str]:
    return sorted(row_id for row_id in live.keys() | built.keys() if live.get(row_id) != built.get(row_id))


def _state(aggregate: Any) -> dict[str, Any]:
    return {name: value for name, value in sorted(vars(aggregate).items()) if not name.startswith("_")}


@contextmanager
def _store(servers: Servers, name: str) -> Iterator[PostgresStore]:
    store = PostgresStore(servers.dsn_of(name), name)
    try:
        yield store
    finally:
        store.close()
