"""Whose a connected shop's unsold cards are: the shop's own, or ours while it is taken over. Told by the order service."""

from __future__ import annotations

from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from chassis.errors import Refusal


class ShopNotTakenOver(Refusal):
    code = "shop-not-taken-over"
    title = "The shop sells its cards itself: take it over first"
    is_kept = False  # the word may be on its way


class ShopStock(Aggregate):
    """One for each shop beside us."""

    TOPIC = "inventory.ShopStock"

    class Connected(Created):
        TOPIC = "inventory.ShopStock.Connected"
        PRIVATE = True
        shop_id: str
        is_taken_over: bool
        change_count: int

    class Changed(Event):
        TOPIC = "inventory.ShopStock.Changed"
        PRIVATE = True
        is_taken_over: bool
        change_count: int

    @event(Connected)
    def __init__(self, shop_id: str, is_taken_over: bool, change_count: int) -> None:
        self.shop_id = shop_id
        self.is_taken_over = is_taken_over
        self.change_count = change_count

    @staticmethod
    def create_id(shop_id: str) -> UUID:
        return stream_id(shop_id, "shop-stock")

    @property
    def slot_key(self) -> str:
        return self.shop_id

    def change(self, *, is_taken_over: bool, change_count: int) -> None:
        """Follow the order service's word; an older one, or one that changes nothing, is passed over."""
        if change_count > self.change_count and is_taken_over != self.is_taken_over:
            self._changed(is_taken_over=is_taken_over, change_count=change_count)

    @event(Changed)
    def _changed(self, is_taken_over: bool, change_count: int) -> None:
        self.is_taken_over = is_taken_over
        self.change_count = change_count

    def expect_taken_over(self) -> None:
        """Raises ShopNotTakenOver."""
        if not self.is_taken_over:
            raise ShopNotTakenOver(shop_id=self.shop_id)
