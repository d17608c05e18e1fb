"""Switching who delivers a connected shop's orders, step by step, so that no card can be issued in two places.

Taking over: the operator has turned the shop's own delivery off; both services learn it; the shop's cards are read anew, and what it has
sold meanwhile is marked; only then do we deliver. Giving back: we stop; unsold cards go back to the shop; its table is read anew, and as
long as it still offers a card of ours, the shop must not deliver again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from protocols.shops.reading import ShopReading
from redress.asking import Caller
from redress.connecting.pages import ShopPages, Tell
from redress.errors import UserError

WAIT_SECONDS = 60.0
PAUSE_SECONDS = 0.2

Opened = Callable[[], AbstractContextManager[ShopReading]]
"""Opens the shop, as it is at that moment."""


@dataclass
class Switch:
    """One shop; `pause` waits between two questions, `clock` counts seconds."""

    inventory: Caller
    order: Caller
    shop_id: str
    pause: Callable[[], None] = lambda: time.sleep(PAUSE_SECONDS)
    clock: Callable[[], float] = time.monotonic

    def mode(self) -> str:
        """How the shop stands now; raises Refused where it is not connected."""
        return str(self.order.get("/connection", shop_id=self.shop_id)["mode"])

    def kind(self) -> str:
        """What the shop runs on."""
        return str(self.order.get("/connection", shop_id=self.shop_id)["kind"])

    def take_over(self, reading: Opened, tell: Tell) -> ShopPages:
        """Take the shop over; its delivery is off, by the operator's word. Raises UserError."""
        self.change("taking_over", is_confirmed=True)
        self._await(lambda standing: bool(standing["is_taken_over"]))
        pages = self._pages()
        with reading() as shop:
            pages.cards(shop, tell, is_handed_over=True)
        self.change("take_over")
        return pages

    def give_back(self, reading: Opened, mode: str, tell: Tell) -> list[dict[str, Any]]:
        """Give the shop back, to be watched or filled in. Rows of our cards that it still offers: they must go first, and it is not yet
        given back; none: it may deliver again. Raises UserError."""
        if self.mode() in ("taking_over", "take_over"):
            self.change("giving_back")
        self._await(lambda standing: not standing["is_taken_over"] and not standing["taken_over_count"])
        pages = self._pages()
        with reading() as shop:
            pages.cards(shop, tell)
        offered = set(pages.sent.ours)
        if offered:
            told = self.inventory.get("/shop-cards", shop_id=self.shop_id)["rows_to_remove"]
            named = {row["shop_row"]: row for row in told}
            return [named.get(row, {"shop_row": row}) for row in sorted(offered)]
        self.change(mode, is_confirmed=True)
        return []

    def change(self, mode: str, *, is_confirmed: bool = False, fill_in_after_seconds: float | None = None) -> None:
        """Tell the order service; raises Refused."""
        body = {"shop_id": self.shop_id, "mode": mode, "is_confirmed": is_confirmed, "fill_in_after_seconds": fill_in_after_seconds}
        self.order.send("PUT", "/connection/mode", body)

    def _pages(self) -> ShopPages:
        return ShopPages(self.inventory, self.order, self.shop_id, self.kind())

    def _await(self, is_so: Callable[[dict[str, Any]], bool]) -> None:
        deadline = self.clock() + WAIT_SECONDS
        while not is_so(self.inventory.get("/shop-cards", shop_id=self.shop_id)):
            if self.clock() > deadline:
                raise UserError("The inventory service has not heard of it yet. Run the same command again: it goes on where it stands.")
            self.pause()
