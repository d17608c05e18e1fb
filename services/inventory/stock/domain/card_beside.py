"""A card that a shop beside us has, or had: whose it is to issue.

    at_shop ──take over──▶ free ──give back──▶ at_shop        at_shop, free, reserved ──sold by the shop──▶ sold_there

The shop's table is never changed, so a card that stands unsold there is not ours, unless the shop's own delivery is off (it was *taken
over*). What was given to an order of ours while it was taken over stays ours for good, and its row is told to the operator, who removes
it from the shop before that delivers again. What both have sold is told as sold twice.
"""

from __future__ import annotations

from typing import Any, Self
from uuid import UUID

from chassis.aggregate import Created, Event, event
from services.inventory.stock.domain.card_part import CardPart
from services.inventory.stock.domain.card_status import CardStatus


class CardBeside(CardPart):
    """See the module. `shop_row`: its row in the shop's table."""

    shop_row: int | None
    is_taken_over: bool
    is_sold_twice: bool
    order_number: str | None

    class KnownAtShop(Created):
        """The shop has it. Of one that is sold already only the fingerprint is kept."""

        TOPIC = "inventory.Card.KnownAtShop"
        PRIVATE = True
        shop_id: str
        fingerprint: str
        preview: str
        reference: str | None
        product_code: str
        supplier_code: str
        rank: int
        shop_row: int | None
        becomes: CardStatus

        def apply(self, aggregate: Any) -> None:
            """After the constructor, whose parameters are those of a card of our own."""
            aggregate.shop_row = self.shop_row
            aggregate.status = self.becomes

    class TakenOver(Event):
        """The shop does not deliver by itself any more: the card is stock of ours."""

        TOPIC = "inventory.Card.TakenOver"
        PRIVATE = True
        stock_key: str
        rank: int

    class LeftToShop(Event):
        """It stands unsold in the shop, which may sell it: not ours (any more)."""

        TOPIC = "inventory.Card.LeftToShop"
        PRIVATE = True
        stock_key: str
        shop_row: int
        was_taken_over: bool

    class KeptFromShop(Event):
        """Given to an order of ours, or void, while the shop's row of it still says unsold: the operator removes that row."""

        TOPIC = "inventory.Card.KeptFromShop"
        PRIVATE = True
        shop_id: str
        product_code: str
        preview: str
        shop_row: int
        was_taken_over: bool

    class SoldThere(Event):
        """The shop has sold it."""

        TOPIC = "inventory.Card.SoldThere"
        PRIVATE = True
        stock_key: str
        was: CardStatus
        was_taken_over: bool

    class SoldTwice(Event):
        """The shop has sold what we had given to an order of ours. Told once."""

        TOPIC = "inventory.Card.SoldTwice"
        PRIVATE = True
        shop_id: str
        product_code: str
        preview: str
        order_number: str
        shop_order_number: str | None

    @classmethod
    def known_at_shop(cls, card_id: UUID, *, becomes: CardStatus, **values: Any) -> Self:
        """A card that the shop has and we did not know: `at_shop` with its sealed secret, or `sold_there` without."""
        assert becomes in (CardStatus.AT_SHOP, CardStatus.SOLD_THERE)
        return cls._create(cls.KnownAtShop, id=card_id, becomes=becomes, **values)

    def take_over(self, *, rank: int) -> None:
        """Make it stock of ours, because the shop does not deliver any more."""
        assert self.status is CardStatus.AT_SHOP, f"a {self.status} card is taken over"
        self._taken_over(stock_key=self.stock_key, rank=rank)

    @event(TakenOver)
    def _taken_over(self, stock_key: str, rank: int) -> None:
        self.status = CardStatus.FREE
        self.rank = rank
        self.is_taken_over = True

    def leave_to_shop(self, *, shop_row: int) -> None:
        """Leave a free card to the shop, where it stands unsold as well."""
        assert self.status is CardStatus.FREE, f"a {self.status} card is left to the shop"
        self._left_to_shop(stock_key=self.stock_key, shop_row=shop_row, was_taken_over=self.is_taken_over)

    @event(LeftToShop)
    def _left_to_shop(self, stock_key: str, shop_row: int, was_taken_over: bool) -> None:
        self.status = CardStatus.AT_SHOP
        self.shop_row = shop_row
        self.is_taken_over = False

    def keep_from_shop(self, *, shop_row: int) -> None:
        """Ours for good: tell the operator, once, that its row must go from the shop."""
        if self.is_taken_over or self.shop_row != shop_row:
            self._kept_from_shop(
                shop_id=self.shop_id,
                product_code=self.product_code,
                preview=self.preview,
                shop_row=shop_row,
                was_taken_over=self.is_taken_over,
            )

    @event(KeptFromShop)
    def _kept_from_shop(self, shop_id: str, product_code: str, preview: str, shop_row: int, was_taken_over: bool) -> None:
        self.shop_row = shop_row
        self.is_taken_over = False

    def sell_there(self) -> None:
        """The shop has sold a card that nobody of ours has."""
        assert self.status in (CardStatus.FREE, CardStatus.AT_SHOP, CardStatus.RESERVED), f"a {self.status} card is sold by the shop"
        self._sold_there(stock_key=self.stock_key, was=self.status, was_taken_over=self.is_taken_over)

    @event(SoldThere)
    def _sold_there(self, stock_key: str, was: CardStatus, was_taken_over: bool) -> None:
        self.status = CardStatus.SOLD_THERE
        self.is_taken_over = False

    def note_sold_twice(self, *, shop_order_number: str | None) -> None:
        """The shop has sold what an order of ours has; the same order there is the same sale."""
        if self.order_number is not None and self.order_number != shop_order_number and not self.is_sold_twice:
            self._sold_twice(
                shop_id=self.shop_id,
                product_code=self.product_code,
                preview=self.preview,
                order_number=self.order_number,
                shop_order_number=shop_order_number,
            )

    @event(SoldTwice)
    def _sold_twice(self, shop_id: str, product_code: str, preview: str, order_number: str, shop_order_number: str | None) -> None:
        self.is_sold_twice = True
