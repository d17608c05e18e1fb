"""A store that has been used for a long time: rows as the hop's service writes them, in all the tables that it grows.

Each order has four events, all published, in the order in which orders overlap in life: ids are spread as ours are, slots follow from the
order numbers, sequences are gapless in each slot, headers and values are those of real records. Beside them stand an index row and a
stored answer for each order. They go in by COPY with every index in place, and afterwards the tables are vacuumed and analysed, as the
server does by itself in time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import psycopg

from bench.hop_service import NAME, SHOP, CardGiven, CardShown, Delivery, DeliveryClosed, DeliveryOpened, Message
from chassis.store.columns import EVENT, INBOX, INDEX_ROW, Table
from contracts.envelope import SLOT_COUNT, Envelope, event_id, headers_of, slot_of

EVENTS_AN_ORDER = 4
OVERLAP = 1_000
"""So many orders are under way at once."""

_START = datetime(2025, 1, 1, tzinfo=UTC)
_TOPICS = ("delivery.Opened", "delivery.Given", "delivery.Shown", "delivery.Closed")

Row = tuple[Any, ...]


def fill(dsn: str, events: int) -> None:
    """Bring an empty, migrated store to so many events (a multiple of four thousand); everything counts as relayed."""
    assert events % (EVENTS_AN_ORDER * OVERLAP) == 0
    heads = [0] * SLOT_COUNT
    orders = events // EVENTS_AN_ORDER
    with psycopg.connect(dsn, autocommit=True) as connection:
        _copy(connection, EVENT, event_rows(orders, heads))
        _copy(connection, INDEX_ROW, index_rows(orders))
        _copy(connection, INBOX, inbox_rows(orders))
        with connection.cursor() as cursor:
            cursor.executemany("UPDATE slot_head SET sequence = %s WHERE slot = %s", [(head, slot) for slot, head in enumerate(heads)])
        connection.execute("INSERT INTO relay VALUES (0, %s)", [events])
        connection.execute("VACUUM (ANALYZE)")


def order_number_of(order: int) -> str:
    return f"R2025-{order:08d}"


def event_rows(orders: int, heads: list[int]) -> Iterator[Row]:
    """The rows of the event table in log order; leaves the slots' heads in `heads`."""
    log_id = 0
    for first in range(0, orders, OVERLAP):
        for version in range(1, EVENTS_AN_ORDER + 1):
            for order in range(first, first + OVERLAP):
                log_id += 1
                yield _event_row(log_id, order, version, heads)


def index_rows(orders: int) -> Iterator[Row]:
    """One row for each order, under a few hundred keys."""
    for order in range(orders):
        number = order_number_of(order)
        yield "open_deliveries", number, f"{SHOP}/product-{order % 300}", order, Delivery.create_id(SHOP, number), "{}"


def inbox_rows(orders: int) -> Iterator[Row]:
    """The stored answer to the request that each order began with."""
    for order in range(orders):
        number = order_number_of(order)
        answer = b'{"order_number":"%b","state":"placed"}' % number.encode()
        yield f"shop/{SHOP}", "POST /orders", f"key-of-{number}", bytes(32), 201, answer, _START


def _event_row(log_id: int, order: int, version: int, heads: list[int]) -> Row:
    number = order_number_of(order)
    stream = Delivery.create_id(SHOP, number)
    slot = slot_of(SHOP, number)
    heads[slot] += 1
    state, public = _said(version, number, stream)
    at = _START + timedelta(milliseconds=20 * log_id)
    cause = f"shopfront/{stream}/1"
    envelope = Envelope(
        event_id(NAME, stream, version, 1), public.TYPE, NAME, at, number, SHOP, number, slot, heads[slot], 1, str(stream), cause, None
    )  # fmt: skip
    headers = msgspec.json.encode({name: value.decode() for name, value in headers_of(envelope)})
    value = msgspec.json.encode(public)
    return (
        log_id, stream, version, "delivery", _TOPICS[version - 1], SHOP, at, msgspec.json.encode(state), number, str(stream), cause,
        slot, heads[slot], 1, public.TYPE, number, headers, value,
    )  # fmt: skip


def _said(version: int, number: str, stream: Any) -> tuple[dict[str, Any], Message]:
    """The event's own fields, and the public message frozen with it."""
    named: dict[str, Any] = {"order_number": number, "product_code": "steam-50"}
    priced: dict[str, Any] = {"quantity": 1, "amount_minor": 4_990, "currency": "CNY"}
    card: dict[str, Any] = {"card_reference": f"card-of-{number}", "supplier_id": "supplier-1"}
    match version:
        case 1:
            return {"shop_id": SHOP, **named, **priced}, DeliveryOpened(order_id=stream, **named, **priced)
        case 2:
            return card, CardGiven(order_id=stream, **named, **card)
        case 3:
            return {"card_reference": card["card_reference"]}, CardShown(order_id=stream, **named, **card)
        case _:
            return {"reason": "seen by the buyer", "amount_minor": 4_990}, DeliveryClosed(order_id=stream, **named, **priced)


def _copy(connection: psycopg.Connection, table: Table, rows: Iterator[Row]) -> None:
    with connection.cursor().copy(table.copy) as copy:
        copy.set_types(table.types)
        for row in rows:
            copy.write_row(row)
