"""For the operator of a shop beside us: which rows must go from it, and which cards were sold twice."""

from __future__ import annotations

from typing import Any

from chassis.view import Row, View
from services.inventory.stock.domain.card import Card


class RowsToRemove(View):
    """One document for each row of the shop whose card is ours for good. Sorted by shop and row."""

    NAME = "shop_rows_to_remove"
    events = (Card.KeptFromShop, Card.SoldTwice)

    @staticmethod
    def row_id(event: Any) -> str | None:
        return str(event.originator_id)

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row | None:
        if isinstance(event, Card.SoldTwice):
            return None  # it is sold there: removing its row helps nobody
        document = {"shop_row": event.shop_row, "product_code": event.product_code, "card_preview": event.preview}
        return Row(f"{event.shop_id}|{event.shop_row:020}", document | {"card_id": str(event.originator_id)})


class SoldTwice(View):
    """One document for each card that the shop sold though an order of ours had it. Sorted by shop and time."""

    NAME = "cards_sold_twice"
    events = (Card.SoldTwice,)

    @staticmethod
    def row_id(event: Any) -> str | None:
        return str(event.originator_id)

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row | None:
        at = event.timestamp.isoformat()
        document = {"product_code": event.product_code, "card_preview": event.preview, "card_id": str(event.originator_id)}
        document |= {"order_number": event.order_number, "shop_order_number": event.shop_order_number, "told_at": at}
        return Row(f"{event.shop_id}|{at}", document)
