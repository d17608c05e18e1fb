"""How many cards a product has, by status, and the imports that a restore lost."""

from __future__ import annotations

from typing import Any

from chassis.view import Row, View
from services.inventory.stock.domain.card import Card, stock_key_of
from services.inventory.stock.domain.card_status import CardStatus
from services.inventory.stock.domain.lost_import import LostImport

_NONE: dict[str, Any] = {"imported": 0} | {str(status): 0 for status in CardStatus}


class StockCounts(View):
    """One document a product: `imported`, and of them each status (`CardStatus`). Sorted by shop and product.

    `imported` counts every card that is known; `lost` those that were stock before a restore and whose secrets are gone.
    """

    NAME = "stock_by_status_2"
    events = (
        Card.Stocked,
        Card.Lost,
        Card.Copied,
        Card.Lent,
        Card.Regained,
        Card.Reserved,
        Card.Released,
        Card.Allocated,
        Card.Held,
        Card.Voided,
        Card.SetAside,
        Card.Restocked,
        Card.KnownAtShop,
        Card.TakenOver,
        Card.LeftToShop,
        Card.SoldThere,
    )

    @staticmethod
    def row_id(event: Any) -> str:
        if isinstance(event, Card.Stocked | Card.Lost | Card.Copied | Card.KnownAtShop):
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
        case Card.Lost():
            return None, CardStatus.LOST
        case Card.Copied():
            return None, CardStatus.ALLOCATED
        case Card.Lent(is_last=False):
            return CardStatus.FREE, CardStatus.FREE
        case Card.Regained():
            return event.was, CardStatus.FREE if event.was is CardStatus.LOST else event.was
        case Card.SetAside():
            return event.was, event.becomes
        case Card.Restocked():
            return CardStatus.HELD, CardStatus.FREE
        case Card.KnownAtShop():
            return None, event.becomes
        case Card.TakenOver():
            return CardStatus.AT_SHOP, CardStatus.FREE
        case Card.LeftToShop():
            return CardStatus.FREE, CardStatus.AT_SHOP
        case Card.SoldThere():
            return event.was, CardStatus.SOLD_THERE
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


class LostImports(View):
    """One document for each lost import that was not made good yet. Sorted by shop and time."""

    NAME = "lost_imports"
    events = (LostImport.Noted, LostImport.MadeGood)

    @staticmethod
    def row_id(event: Any) -> str:
        return str(event.originator_id)

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row | None:
        if isinstance(event, LostImport.MadeGood):
            return None
        document = {
            "batch_id": str(event.batch_id),
            "product_code": event.product_code,
            "supplier_code": event.supplier_code,
            "card_count": event.card_count,
            "noted_at": event.timestamp.isoformat(timespec="microseconds"),
        }
        return Row(f"{event.shop_id}|{document['noted_at']}", document)
