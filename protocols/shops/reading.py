"""Reading a shop beside us, page by page; whoever calls brings the connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from protocols.shops.port import PAGE_ROWS, Dialect, Question, Row, ShopCard, ShopGood, ShopOrder, Site, Unread, time_of

Ask = Callable[[str, Sequence[int | str]], Sequence[Row]]
"""Puts one SELECT with its parameters and gives the rows."""
T = TypeVar("T")


@dataclass(frozen=True)
class ShopReading:
    """One shop, through one connection. Everything comes in the order of the shop's own row ids."""

    dialect: Dialect
    site: Site
    ask: Ask

    def goods(self) -> Iterator[ShopGood | Unread]:
        return self._all(self.dialect.goods, self.dialect.good_of)

    def cards(self) -> Iterator[ShopCard | Unread]:
        return self._all(self.dialect.cards, self.dialect.card_of)

    def orders(self, after: int) -> Iterator[ShopOrder | Unread]:
        """Those with a higher row id."""
        return self._all(self.dialect.orders, self.dialect.order_of, after)

    def order_page(self, after: int) -> list[ShopOrder | Unread]:
        """The next of those with a higher row id, one page of them."""
        return [self.dialect.order_of(row, self.site) for row in self._answer(self.dialect.orders(self.site, after))]

    def orders_by_id(self, row_ids: Sequence[int]) -> list[ShopOrder | Unread]:
        """How these orders stand now; one that the shop has no more is missing."""
        if not row_ids:
            return []
        return [self.dialect.order_of(row, self.site) for row in self._answer(self.dialect.orders_by_id(self.site, row_ids))]

    def last_order(self) -> int:
        """The highest row id of an order; 0 without any."""
        (row,) = self._answer(self.dialect.last_order(self.site))
        return int(row["id"] or 0)

    def last_order_before(self, moment: datetime) -> int:
        """The row id behind which the orders since that moment begin, found in a few looks, since ids and times grow together.

        Orders whose time cannot be read count as older.
        """
        low, high = 0, self.last_order()
        while low < high:
            middle = (low + high) // 2
            (row,) = self._answer(self.dialect.order_times(self.site, middle + 1)) or ({"id": high, "created_at": None},)
            placed_at = time_of(row["created_at"], self.site)
            if placed_at is not None and placed_at >= moment:
                high = middle
            else:
                low = min(int(row["id"]), high) if int(row["id"]) > middle else middle + 1
        return low

    def _all(self, question: Callable[[Site, int], Question], read: Callable[[Row, Site], T], after: int = 0) -> Iterator[T]:
        while True:
            page = self._answer(question(self.site, after))
            for row in page:
                yield read(row, self.site)
            if len(page) < PAGE_ROWS:
                return
            after = int(page[-1]["id"])

    def _answer(self, question: Question) -> Sequence[Any]:
        return self.ask(question.sql, question.parameters)
