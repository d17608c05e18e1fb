"""Views for people: the orders, what waits for a person, and how fast each product is delivered.

A document holds all that its sort key is made of. `DeliveryDigest` is also read as advice: the live 95th percentile of a product.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from chassis.store.port import ViewStore
from chassis.view import Row, View
from services.order.domain.lines import units_of
from services.order.domain.order import Order
from services.order.domain.search import PaymentSearch

SAMPLE_COUNT = 200
"""Deliveries of a product that its digest remembers: the newest ones."""
FEWEST_SAMPLES = 20
"""Fewer say nothing about what is usual."""
_MOST_PRODUCTS = 10_000


class Orders(View):
    """One document for each order: shop, number, state, lines, units with their state and timings; newest placed first in a shop."""

    NAME = "orders"
    events = (
        Order.Placed,
        Order.Imported,
        Order.ToldByShop,
        Order.DeliveredOutside,
        Order.FilledIn,
        Order.Expired,
        Order.Paid,
        Order.PaidAgain,
        Order.UnitAskedAgain,
        Order.UnitSlow,
        Order.UnitOverdue,
        Order.UnitDelivered,
        Order.UnitRevealed,
        Order.UnitFailed,
        Order.Closed,
    )

    @staticmethod
    def row_id(event: Any) -> str | None:
        return str(event.originator_id)

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row | None:
        if isinstance(event, Order.Placed):
            return _row(_placed(event))
        if isinstance(event, Order.Imported):
            return _row(_placed(event) | {"state": "imported", "shop_state": event.shop_state, "is_filled_in": False})
        assert row is not None, "an order begins with its placing"
        document = dict(row.document)
        document["updated_at"] = event.timestamp.isoformat()
        _change(document, event)
        return _row(document)


def _row(document: dict[str, Any]) -> Row:
    return Row(f"{document['shop_id']}/{document['placed_at']}/{document['order_number']}", document)


def _placed(event: Order.Placed | Order.Imported) -> dict[str, Any]:
    at = event.timestamp.isoformat()
    return {
        "order_id": str(event.originator_id),
        "shop_id": event.shop_id,
        "order_number": event.order_number,
        "state": "placed",
        "is_taken_over": event.is_taken_over,
        "amount": msgspec.to_builtins(event.amount),
        "products": sorted({line.product_code for line in event.lines}),
        "placed_at": at,
        "expires_at": event.expires_at.isoformat(),
        "paid_at": None,
        "confirmed_at": None,
        "provider": None,
        "is_late": False,
        "second_payment_count": 0,
        "outcome": None,
        "units": [
            {"line": key.line, "unit": key.unit, "product_code": product_code, "state": "waiting"}
            for key, product_code in units_of(event.lines)
        ],
        "updated_at": at,
    }


def _change(document: dict[str, Any], event: Any) -> None:
    match event:
        case Order.Expired():
            document["state"] = "expired"
        case Order.ToldByShop():
            document["shop_state"] = event.shop_state
        case Order.DeliveredOutside():
            document["shop_state"] = "delivered"
            if event.is_double:
                document["is_delivered_twice"] = True
            else:
                document |= {"outcome": "delivered", "units": [{**unit, "state": "revealed"} for unit in document["units"]]}
        case Order.FilledIn():
            document |= {"state": "placed", "is_filled_in": True, "is_taken_over": True}
        case Order.Paid():
            document["state"] = "paid"
            document |= {"paid_at": event.paid_at.isoformat(), "confirmed_at": event.timestamp.isoformat()}
            document |= {"provider": event.provider, "is_late": event.is_late}
            document["units"] = [{**unit, "state": "pending"} for unit in document["units"]]
        case Order.PaidAgain():
            document["second_payment_count"] += 1
        case Order.UnitAskedAgain():
            _change_unit(document, event, asked_count=event.asked_count)
        case Order.UnitSlow():
            _change_unit(document, event, is_slow=True)
        case Order.UnitOverdue():
            _change_unit(document, event, is_overdue=True)
        case Order.UnitDelivered():
            _change_unit(
                document,
                event,
                state="delivered",
                card_preview=event.card_preview,
                supplier_code=event.supplier_code,
                delivery_milliseconds=event.delivery_milliseconds,
            )
        case Order.UnitRevealed():
            _change_unit(document, event, state="revealed")
        case Order.UnitFailed():
            _change_unit(document, event, state="failed", reason=event.reason)
        case Order.Closed():
            document["outcome"] = event.outcome


def _change_unit(document: dict[str, Any], event: Any, **values: Any) -> None:
    document["units"] = [
        {**unit, **values} if (unit["line"], unit["unit"]) == (event.line, event.unit) else unit for unit in document["units"]
    ]


class ManualQueue(View):
    """One document for each unit that failed: it waits for a person, or for the refund that comes later."""

    NAME = "manual_queue"
    events = (Order.UnitFailed,)

    @staticmethod
    def row_id(event: Any) -> str | None:
        return f"{event.originator_id}/{event.line}/{event.unit}"

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row | None:
        at = event.timestamp.isoformat()
        document = {
            "shop_id": event.shop_id,
            "order_number": event.order_number,
            "product_code": event.product_code,
            "line": event.line,
            "unit": event.unit,
            "reason": event.reason,
            "failed_at": at,
        }
        return Row(f"{event.shop_id}/{at}/{event.order_number}", document)


class Doubts(View):
    """One document for each payment in doubt and each card that contradicts a delivered one: both are left by restores, for a person."""

    NAME = "doubts"
    events = (PaymentSearch.Asked, PaymentSearch.Doubted, PaymentSearch.Decided, PaymentSearch.Ended, Order.CardContradicted)

    @staticmethod
    def row_id(event: Any) -> str | None:
        if isinstance(event, Order.CardContradicted):
            return f"{event.originator_id}/{event.line}/{event.unit}/{event.card_id}"
        return str(event.originator_id)

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row | None:
        at = event.timestamp.isoformat()
        document: dict[str, Any]
        match event:
            case PaymentSearch.Doubted():
                document = {"reason": event.reason}
            case Order.CardContradicted():
                document = {"reason": "other_card", "line": event.line, "unit": event.unit}
                document |= {"card_id": event.card_id, "delivered_card_id": event.delivered_card_id}
            case _:
                return None
        document |= {"shop_id": event.shop_id, "order_number": event.order_number, "doubted_at": at}
        return Row(f"{event.shop_id}/{at}/{event.order_number}", document)


class DeliveryDigest(View):
    """One document for each product of a shop: the milliseconds of its newest deliveries, oldest first."""

    NAME = "delivery_digest"
    events = (Order.UnitDelivered,)

    @staticmethod
    def row_id(event: Any) -> str | None:
        return f"{event.shop_id}/{event.product_code}"

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row | None:
        before = [] if row is None else row.document["milliseconds"]
        document = {
            "shop_id": event.shop_id,
            "product_code": event.product_code,
            "milliseconds": [*before, event.delivery_milliseconds][-SAMPLE_COUNT:],
        }
        return Row(f"{event.shop_id}/{event.product_code}", document)


def delivery_p95(store: ViewStore) -> Mapping[str, int]:
    """The advice of that name: `shop/product` → the 95th percentile of its newest deliveries in milliseconds (nearest rank)."""
    found: dict[str, int] = {}
    for row_id, document in store.view_rows(DeliveryDigest.NAME, "", _MOST_PRODUCTS):
        milliseconds = sorted(msgspec.json.decode(document)["milliseconds"])
        if len(milliseconds) >= FEWEST_SAMPLES:
            found[row_id] = milliseconds[math.ceil(0.95 * len(milliseconds)) - 1]
    return found
