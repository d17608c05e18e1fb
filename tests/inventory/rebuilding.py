"""Folding a service's log anew, and comparing what comes out with what the store has."""

from __future__ import annotations

from typing import Any

from chassis.index import Put
from tests.desk import fold_views
from tests.harness import Bench


def assert_rebuilds(bench: Bench) -> None:
    """Every index and view, rebuilt from the log, is what it is live."""
    service, store = bench.service, bench.store
    fold_views(service, store)
    instances: dict[Any, Any] = {}
    rows: dict[tuple[str, str], tuple[str, int, str]] = {}
    for stored in store.events_after(0, 1_000_000):
        event = service.codec.decode(stored)
        instances[stored.stream_id] = event.mutate(instances.get(stored.stream_id))
        for index in service.indexes_of[type(event)]:
            for change in index.fold(event, instances[stored.stream_id]):
                if isinstance(change, Put):
                    assert (index.NAME, change.row_id) not in rows
                    rows[index.NAME, change.row_id] = (change.key, change.rank, change.data)
                else:
                    del rows[index.NAME, change.row_id]
    live = {key: (row.key, row.rank, row.data) for key, row in store.tables.index.items()}
    assert rows == live
    views = {view.NAME: dict(store.tables.views[view.NAME].rows) for view in service.views if view.NAME in store.tables.views}
    for name in views:
        store.drop_view(name)
    fold_views(service, store)
    assert {name: dict(store.tables.views[name].rows) for name in views} == views
