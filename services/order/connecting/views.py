"""Orders of shops beside us of which the shop says one thing and the payment provider another."""

from __future__ import annotations

from typing import Any

from chassis.view import Row, View
from services.order.domain.order import Order
from services.order.domain.order_beside import UNPAID

UNBOOKED, UNPROVEN = "unbooked", "unproven"
"""Paid at the provider and unpaid in the shop · paid in the shop, and a provider that was asked denies it."""


class ShopContradictions(View):
    """One document for each, until shop and provider agree; sorted by shop and time."""

    NAME = "shop_contradictions"
    events = (Order.Proven, Order.ProofDenied, Order.ToldByShop, Order.DeliveredOutside, Order.FilledIn)

    @staticmethod
    def row_id(event: Any) -> str | None:
        return str(event.originator_id)

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row | None:
        match event:
            case Order.Proven():
                return _row(event, UNBOOKED) if event.shop_state == UNPAID else None
            case Order.ProofDenied():
                return _row(event, UNPROVEN)
            case _:
                return None


def _row(event: Order.Proven | Order.ProofDenied, kind: str) -> Row:
    at = event.timestamp.isoformat(timespec="microseconds")
    document = {"kind": kind, "shop_id": event.shop_id, "order_number": event.order_number, "channel": event.provider, "at": at}
    return Row(f"{contradictions_prefix(event.shop_id)}{at}|{event.order_number}", document)


def contradictions_prefix(shop_id: str) -> str:
    """What the sort keys of a shop's contradictions begin with."""
    return f"{shop_id}|"
