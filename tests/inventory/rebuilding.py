"""Folding a service's log anew, and comparing what comes out with what the store has."""

from __future__ import annotations

from chassis.folding import IndexesAnew
from tests.desk import fold_views
from tests.harness import Bench


def assert_rebuilds(bench: Bench) -> None:
    """Every index and view, rebuilt from the log, is what it is live."""
    service, store = bench.service, bench.store
    fold_views(service, store)
    rebuilt = IndexesAnew(service)
    rebuilt.follow(store)
    assert rebuilt.breaches == []
    assert rebuilt.rows == store.tables.index
    views = {view.NAME: dict(store.tables.views[view.NAME].rows) for view in service.views if view.NAME in store.tables.views}
    for name in views:
        store.drop_view(name)
    fold_views(service, store)
    assert {name: dict(store.tables.views[name].rows) for name in views} == views
