"""How many cards a product has, by status."""

from __future__ import annotations

from typing import Any

from chassis.view import Row, View
from services.inventory.stock.domain.card import Card, CardStatus, stock_key_of

_NONE: dict[str, Any] = {"imported": 0} | {str(status): 0 for status in CardStatus}


class StockCounts(View):
    """One document a product: `imported`, and of them `free`, `reserved`, `allocated`, `held`, `void`. Sorted by shop and product."""

    NAME = "stock_counts"
    events = (Card.Stocked, Card.Reserved, Card.Released, Card.Allocated, Card.Held, Card.Voided)

    @staticmethod
    def row_id(event: Any) -> str:
        if isinstance(event, Card.Stocked):
            return stock_key_of(event.shop_id, event.product_code)
        return str(event.stock_key)

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row:
        key = StockCounts.row_id(event)
        shop_id, _, product_code = key.partition("|")
        counts: dict[str, Any] = {**_NONE, "shop_id": shop_id, "product_code": product_code} if row is None else dict(row.document)
        before, after = _move(event)
        counts["imported" if before is None else before] += 1 if before is None else -1
        counts[after] += 1
        return Row(key, counts)


def _move(event: Any) -> tuple[str | None, str]:
    match event:
        case Card.Stocked():
            return None, CardStatus.FREE
        case Card.Reserved():
            return CardStatus.FREE, CardStatus.RESERVED
        case Card.Released():
            return CardStatus.RESERVED, CardStatus.FREE
        case Card.Allocated():
            return event.was, CardStatus.ALLOCATED
        case Card.Held():
            return CardStatus.ALLOCATED, CardStatus.HELD
        case _:
            return CardStatus.FREE, CardStatus.VOID
