"""Orders of a shop beside us that may still change there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from chassis.index import Drop, Index, Put
from services.order.domain.order import Order
from services.order.domain.order_beside import OPEN, PAID, UNDELIVERED

MARK = "|"
BACKLOG, UNPROVEN = f"{MARK}backlog", f"{MARK}unproven"
BACKLOG_AGE = timedelta(days=1)
FILLED = "filled"
"""Delivered by us in the shop's place: looked at on, should the shop deliver too."""


class OpenAtShop(Index):
    """One row for each, by shop and state; the longest in it first, of those paid the newest. `data`: the row in the shop's table.

    An order that was paid for long when it became known bears `BACKLOG` behind its row: who knows what its people did about it. One
    that the shop calls paid and a provider denies bears `UNPROVEN`.
    """

    NAME = "orders_open_at_shop"
    events = (Order.Imported, Order.ToldByShop, Order.DeliveredOutside, Order.FilledIn, Order.ProofDenied, Order.Proven)

    @staticmethod
    def fold(event: Any, aggregate: Order) -> Iterable[Put | Drop]:
        match event:
            case Order.Imported():
                if event.shop_state in OPEN:
                    is_old = event.timestamp - event.expires_at > BACKLOG_AGE
                    yield _put(event, aggregate, event.shop_state, BACKLOG if event.shop_state in UNDELIVERED and is_old else "")
            case Order.FilledIn():
                if event.before in OPEN:
                    yield Drop(_row_id(aggregate, event.before))
                yield _put(event, aggregate, FILLED)
            case Order.DeliveredOutside():
                before = FILLED if event.is_double else event.before
                if before in (*OPEN, FILLED):
                    yield Drop(_row_id(aggregate, before))
            case Order.ToldByShop():
                yield from _told(event, aggregate)
            case Order.ProofDenied() | Order.Proven(was_unproven=True):
                assert aggregate.shop_state is not None, "an order of our own"
                yield Drop(_row_id(aggregate, aggregate.shop_state))
                yield _put(event, aggregate, aggregate.shop_state, UNPROVEN if aggregate.is_unproven else "")


def _told(event: Any, order: Order) -> Iterable[Put | Drop]:
    if order.is_filled_in:
        if event.shop_state not in OPEN and event.before in OPEN:
            yield Drop(_row_id(order, FILLED))
        elif event.shop_state in OPEN and event.before not in OPEN:
            yield _put(event, order, FILLED)
        return
    if event.before in OPEN:
        yield Drop(_row_id(order, event.before))
    if event.shop_state in OPEN:
        yield _put(event, order, event.shop_state)


def open_key(shop_id: str, state: str) -> str:
    return f"{shop_id}|{state}"


def _put(event: Any, order: Order, state: str, mark: str = "") -> Put:
    since = int(event.timestamp.timestamp())
    rank = -since if state == PAID else since
    return Put(_row_id(order, state), open_key(order.shop_id, state), rank, f"{order.shop_row}{mark}")


def _row_id(order: Order, state: str) -> str:
    return f"{order.id}/{state}"
