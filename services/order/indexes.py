"""Indexes: folded in the transaction of the events they follow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chassis.index import Drop, Index, Put
from services.order.domain.order import Order


class ContactProofs(Index):
    """Who may see an order: one row for each order, found only by its number *and* its contact's fingerprint.

    So the lookup asks one and the same question whether the number or the contact is wrong, and gets the same nothing.
    """

    NAME = "contact_proofs"
    events = (Order.Placed, Order.Imported)

    @staticmethod
    def fold(event: Any, aggregate: Order) -> Iterable[Put | Drop]:
        yield Put(str(aggregate.id), key=proof_key(event.shop_id, event.order_number, event.contact_fingerprint))


def proof_key(shop_id: str, order_number: str, contact_fingerprint: str) -> str:
    return f"{shop_id}/{order_number}/{contact_fingerprint}"
