"""Taking free cards of one product, several in one unit, with one look at the index."""

from __future__ import annotations

from chassis.store.rows import IndexRow
from chassis.work import Work
from services.inventory.stock.domain.card import Card, stock_key_of
from services.inventory.stock.domain.card_status import CardStatus
from services.inventory.stock.domain.expiry import is_overdue
from services.inventory.stock.domain.product import Product
from services.inventory.stock.indexes import FreeCards

MAX_PASSED_OVER = 500
"""Overdue and stopped cards that are not put aside yet may stand in front; beyond so many of them a product counts as sold out for a
moment."""


class FreeStock:
    """The free cards of a product, those first that expire first, then the oldest; `wanted`: at most so many are taken in this unit.

    A card that may not be issued any more is passed over (`expiring.py` withdraws it), and so is one whose batch is stopped
    (`quality/stopping.py` puts it aside).
    """

    def __init__(self, work: Work, shop_id: str, product_code: str, wanted: int = 1) -> None:
        self._work = work
        self.key = stock_key_of(shop_id, product_code)
        self.is_short = False
        """Whether a card was wanted that there was not."""
        self._product_id = Product.create_id(shop_id, product_code)
        self._wanted = wanted
        self._cards: list[Card] | None = None

    @property
    def is_used(self) -> bool:
        """Whether anything was asked of it."""
        return self._cards is not None

    @property
    def product(self) -> Product | None:
        return self._work.find(Product, self._product_id)

    def take(self) -> Card | None:
        """The next free card, for the caller alone unless it is reusable; None where there is none."""
        if self._cards is None:
            self._cards = [self._work.get(Card, row.stream_id) for row in reversed(self._fit(self._wanted))]
        while self._cards:
            if not self._cards[-1].is_reusable:
                return self._cards.pop()
            if self._cards[-1].status is CardStatus.FREE:
                return self._cards[-1]  # it stays, for the next one as well
            self._cards.pop()
        self.is_short = True
        return None

    def is_stopped(self, card: Card) -> bool:
        """Whether the card's batch is stopped, so that nobody is given it."""
        product = self.product
        return product is not None and product.is_stopped(card.origin)

    def count_left(self, limit: int) -> int:
        """How many could still be taken, counted to the limit; behind all takings of the unit, for it claims what it counts."""
        return len(self._fit(limit))

    def _fit(self, wanted: int) -> list[IndexRow]:
        fit: list[IndexRow] = []
        product = self.product
        stopped = product.stopped_batches if product is not None else set()
        passed_over = 0
        while (missing := wanted - len(fit)) > 0 and passed_over <= MAX_PASSED_OVER:
            asked = missing + passed_over  # ever more, so that many overdue ones take few looks
            rows = self._work.claim(FreeCards.NAME, self.key, asked)
            fresh = [row for row in rows if not is_overdue(row.rank, self._work.now) and row.data not in stopped]
            fit += fresh[:missing]
            passed_over += len(rows) - len(fresh)
            if len(rows) < asked or len(fresh) == len(rows):
                break
        return fit
