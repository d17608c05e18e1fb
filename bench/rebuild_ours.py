"""Ours: a dropped view is built from the log, page by page, as the views' follower does it (`chassis.folding.fold_page`).

    python -m bench.rebuild_ours DSN ORDERS

Then the history of single orders among these, each as `redress events --order` reads it: a new session on the store, the order's events by
the index on their subject, each of them decoded. The last lines are `took SECONDS USED EVENTS` and `history MILLISECONDS …`, one number for
each order looked at.
"""

from __future__ import annotations

import sys
import time

from bench.history_fill import EVENTS_AN_ORDER, order_number_of
from bench.hop_service import NAME, SHOP
from bench.rebuild_view import Deliveries, service
from chassis.folding import fold_page
from chassis.store.postgres import PostgresStore

LOOKED_AT = 41


def rebuild(store: PostgresStore) -> tuple[float, float]:
    """Seconds by the clock, and of this process's own."""
    store.drop_view(Deliveries.NAME)
    began, used = time.monotonic(), time.process_time()
    while fold_page(service, store, Deliveries):
        continue
    return time.monotonic() - began, time.process_time() - used


def history_milliseconds(dsn: str, order: int) -> float:
    """How long it takes to read what happened to one order."""
    began = time.perf_counter()
    store = PostgresStore(dsn, NAME)
    try:
        events = service.codec.decode_all(store.subject_events(SHOP, order_number_of(order)))
    finally:
        took = time.perf_counter() - began
        store.close()
    assert len(events) == EVENTS_AN_ORDER
    return took * 1_000


def main() -> None:
    dsn, orders = sys.argv[1], int(sys.argv[2])
    store = PostgresStore(dsn, NAME)
    took, used = rebuild(store)
    assert len(store.view_rows(Deliveries.NAME, "", orders + 1)) == orders
    store.close()
    print(f"took {took} {used} {orders * EVENTS_AN_ORDER}", flush=True)
    looks = [history_milliseconds(dsn, number * (orders - 1) // (LOOKED_AT - 1)) for number in range(LOOKED_AT)]
    print("history", *looks, flush=True)


if __name__ == "__main__":
    main()
