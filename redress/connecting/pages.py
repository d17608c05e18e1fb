"""What is sent of a shop beside us: its goods, its cards, its orders, in pages that can be sent again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

import msgspec

from protocols.shops.port import ShopCard, ShopOrder, Unread
from protocols.shops.reading import ShopReading
from redress.asking import Caller, Refused
from services.inventory.beside.api import CardOfShop, PageOfShop, PageSeen
from services.inventory.beside.commands import MAX_SEEN_CARDS
from services.inventory.sourcing.domain.supplier import OWN_STOCK
from services.inventory.sourcing.supplier_routes import Registration
from services.inventory.stock.wire import Listing
from services.order.connecting.api import OrderOfShop, OrdersBody
from services.order.connecting.commands import MAX_READ_ORDERS

SUPPLIER = "shop"
"""The supplier of the cards that a shop beside us brought along."""
RESERVE = "reserve"
"""The supplier of the cards that the operator sets apart for re-issues."""
LONGEST_NAME = 100
T = TypeVar("T")

Tell = Callable[[int], None]
"""Hears how many rows were sent by now."""


@dataclass
class Sent:
    """What came of it: goods, cards by their status afterwards, orders by what became of them; `ours`: rows that must go from the shop."""

    goods: int = 0
    cards: Counter[str] = field(default_factory=Counter)
    orders: Counter[str] = field(default_factory=Counter)
    ours: list[int] = field(default_factory=list)
    last_order: int = 0


@dataclass
class ShopPages:
    """Sends one shop's pages to the two services."""

    inventory: Caller
    order: Caller
    shop_id: str
    kind: str
    sent: Sent = field(default_factory=Sent)
    _listed: set[str] = field(default_factory=set)

    def goods(self, reading: ShopReading) -> None:
        """List the goods that the shop delivers by itself; one that is listed already, be it under another name, stays as it is.

        What the shop's people deliver by hand stays theirs, so it is no product here.
        """
        for code in (SUPPLIER, RESERVE):
            self.inventory.send("POST", "/suppliers", Registration(shop_id=self.shop_id, supplier_code=code, kind=OWN_STOCK))
        for good in reading.goods():
            if not isinstance(good, Unread) and good.is_automatic:
                self._list(good.product_code, good.name)

    def cards(self, reading: ShopReading, tell: Tell, *, is_handed_over: bool = False) -> None:
        """Make the cards known; handed over, the unsold ones become stock."""
        count = 0
        for page in _batched(_fit(reading.cards()), MAX_SEEN_CARDS):
            for card in page:
                self._list(card.product_code, card.product_code)
            cards = tuple(
                CardOfShop(shop_row=each.row_id, product_code=each.product_code, secret=each.secret, state=each.state.value)
                for each in page
            )
            body = PageOfShop(shop_id=self.shop_id, supplier_code=SUPPLIER, is_handed_over=is_handed_over, cards=cards)
            seen = msgspec.convert(self.inventory.send("POST", "/shop-cards", body), PageSeen)
            self.sent.cards.update(seen.statuses)
            self.sent.cards["no_card"] += len(seen.faults)
            self.sent.ours += seen.ours
            count += len(page)
            tell(count)

    def orders(self, reading: ShopReading, after: int, tell: Tell) -> None:
        """Make the orders behind a row known."""
        self.sent.last_order = after
        count = 0
        for page in _batched(reading.orders(after), MAX_READ_ORDERS):
            orders = tuple(_body(each) for each in page if isinstance(each, ShopOrder))
            if orders:
                body = OrdersBody(shop_id=self.shop_id, kind=self.kind, orders=orders)  # type: ignore[arg-type]
                self.sent.orders.update(self.order.send("POST", "/connection/orders", body))
            self.sent.last_order = max(self.sent.last_order, page[-1].row_id)
            count += len(page)
            tell(count)

    def _list(self, product_code: str, name: str) -> None:
        if product_code in self._listed:
            return
        self._listed.add(product_code)
        try:
            self.inventory.send("POST", "/products", Listing(shop_id=self.shop_id, product_code=product_code, name=name[:LONGEST_NAME]))
            self.sent.goods += 1
        except Refused as refusal:
            if refusal.status != 409:
                raise


def _batched(rows: Iterable[T], count: int) -> Iterator[tuple[T, ...]]:
    left = iter(rows)
    while page := tuple(islice(left, count)):
        yield page


def _fit(cards: Iterable[ShopCard | Unread]) -> Iterator[ShopCard]:
    return (card for card in cards if not isinstance(card, Unread))


def _body(order: ShopOrder) -> OrderOfShop:
    values: dict[str, Any] = order._asdict()
    return OrderOfShop(shop_row=values.pop("row_id"), **values)
