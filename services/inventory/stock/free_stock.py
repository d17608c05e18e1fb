"""Taking free cards of one product, several in one unit, with one look at the index."""

from __future__ import annotations

from chassis.work import Work
from services.inventory.stock.domain.card import Card, stock_key_of
from services.inventory.stock.indexes import FreeCards


class FreeStock:
    """The free cards of a product, oldest first; `wanted`: at most so many are taken in this unit."""

    def __init__(self, work: Work, shop_id: str, product_code: str, wanted: int = 1) -> None:
        self._work = work
        self._key = stock_key_of(shop_id, product_code)
        self._wanted = wanted
        self._cards: list[Card] | None = None

    def take(self) -> Card | None:
        """The next free card, for the caller alone; None where there is none."""
        if self._cards is None:
            rows = self._work.claim(FreeCards.NAME, self._key, self._wanted)
            self._cards = [self._work.get(Card, row.stream_id) for row in reversed(rows)]
        return self._cards.pop() if self._cards else None
