"""The same view built with `eventsourcing`, in two ways.

    python -m bench.peers.es_reader fill|plain|tuned DSN ORDERS [EVENTS]

`plain` is the way of the library's own pages: the notification log reader as it comes (sections of ten), each event through the library's
mapper, and its row written in a transaction of its own together with the position, as the library's projections do. It may stop after
EVENTS: each costs the same.

`tuned` is as quick as the library lets a program be: sections as long as our pages, the rows of a section read in one query and written in
one transaction together with the position. Nothing of the library is left in it but its reader and its mapper.

`fill` makes the log: the library's own stored events of the library's own aggregate, in the order of `history_fill.py`, by COPY into its
table. The last line of the others is `took SECONDS USED EVENTS`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from eventsourcing.application import Application, LocalNotificationLog
from eventsourcing.persistence import StoredEvent
from eventsourcing.system import NotificationLogReader

from bench.history_fill import OVERLAP, order_number_of
from bench.hop_service import SHOP
from bench.peers.naive import Delivery, application
from bench.rebuild_view import after
from chassis.folding import PAGE_EVENTS

TABLES = """
    CREATE TABLE view_position (position bigint NOT NULL);
    INSERT INTO view_position VALUES (0);
    CREATE TABLE view_row (row_id uuid PRIMARY KEY, sort_key text COLLATE "C" NOT NULL, data bytea NOT NULL);
    CREATE INDEX view_row_order ON view_row (sort_key, row_id);
"""
PUT = """
    INSERT INTO view_row SELECT * FROM unnest(%b::uuid[], %b::text[], %b::bytea[])
    ON CONFLICT (row_id) DO UPDATE SET sort_key = excluded.sort_key, data = excluded.data
"""
COPY = "COPY application_events (originator_id, originator_version, topic, state) FROM STDIN (FORMAT binary)"


def stored_events(app: Application[UUID], orders: int) -> Iterator[StoredEvent]:
    """Four events for each order, as the library stores them."""
    for first in range(0, orders, OVERLAP):
        histories = [_history(app, order) for order in range(first, first + OVERLAP)]
        for version in range(4):
            yield from (history[version] for history in histories)


def _history(app: Application[UUID], order: int) -> list[StoredEvent]:
    delivery = Delivery(order_number_of(order), "steam-50", 1, 4_990, "CNY")
    delivery.give(f"card-of-{delivery.order_number}", "supplier-1")
    delivery.show(delivery.card_reference)
    delivery.close("seen by the buyer", delivery.amount_minor)
    return [app.mapper.to_stored_event(each) for each in delivery.collect_events()]


def fill(dsn: str, orders: int) -> None:
    """Write the library's log, and the empty tables of the view."""
    app = application(dsn)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(TABLES)
        with connection.cursor().copy(COPY) as copy:
            copy.set_types(["uuid", "int8", "text", "bytea"])
            for each in stored_events(app, orders):
                copy.write_row((each.originator_id, each.originator_version, each.topic, each.state))
        connection.execute("VACUUM (ANALYZE)")
    app.close()


def plain(dsn: str, count: int) -> tuple[float, float]:
    """Seconds by the clock, and of this process's own, for the first `count` events."""
    app = application(dsn)
    reader = NotificationLogReader(app.notification_log)
    with psycopg.connect(dsn, autocommit=True) as connection:
        began, used = time.monotonic(), time.process_time()
        for notification in islice(reader.read(start=1), count):
            _fold(connection, [app.mapper.to_domain_event(notification)], notification.id)
        took, used = time.monotonic() - began, time.process_time() - used
    app.close()
    return took, used


def tuned(dsn: str, count: int) -> tuple[float, float]:
    """Seconds by the clock, and of this process's own, for all of the log."""
    app = application(dsn)
    reader = NotificationLogReader(LocalNotificationLog(app.recorder, section_size=PAGE_EVENTS), section_size=PAGE_EVENTS)
    done = 0
    with psycopg.connect(dsn, autocommit=True) as connection:
        began, used = time.monotonic(), time.process_time()
        for notifications in reader.select(start=1):
            _fold(connection, [app.mapper.to_domain_event(each) for each in notifications], notifications[-1].id)
            done += len(notifications)
        took, used = time.monotonic() - began, time.process_time() - used
    app.close()
    assert done == count
    return took, used


def _fold(connection: psycopg.Connection, events: list[Any], position: int) -> None:
    """These events into the view, in one transaction with the position."""
    ids = list({each.originator_id for each in events})
    found = connection.execute("SELECT row_id, data FROM view_row WHERE row_id = ANY(%b)", [ids], binary=True)
    documents: dict[UUID, dict[str, Any]] = {row_id: msgspec.json.decode(data) for row_id, data in found}
    for each in events:
        before = documents.get(each.originator_id)
        order_number = each.order_number if before is None else before["order_number"]
        documents[each.originator_id] = after(type(each).__name__, each, order_number, before)
    rows = [(row_id, f"{SHOP}/{each['opened_at']}/{each['order_number']}", msgspec.json.encode(each)) for row_id, each in documents.items()]
    with connection.transaction():
        connection.execute("UPDATE view_position SET position = %s", [position])
        connection.execute(PUT, [list(column) for column in zip(*rows, strict=True)])


def main() -> None:
    task, dsn, orders = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if task == "fill":
        fill(dsn, orders)
        return
    count = int(sys.argv[4])
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("TRUNCATE view_row")
    took, used = (plain if task == "plain" else tuned)(dsn, count)
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT position FROM view_position").fetchone() == (count,)
    print(f"took {took} {used} {count}", flush=True)


if __name__ == "__main__":
    main()
