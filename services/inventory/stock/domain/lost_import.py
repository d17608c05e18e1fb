"""A finished import that a restore took away: cards that were said to be stock, and that only the file itself can bring back."""

from __future__ import annotations

from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id


class LostImport(Aggregate):
    """`batch_id`: the id of the batch, which follows from the name that the file was imported under."""

    TOPIC = "inventory.LostImport"

    class Noted(Created):
        TOPIC = "inventory.LostImport.Noted"
        PRIVATE = True
        shop_id: str
        batch_id: UUID
        product_code: str
        supplier_code: str
        card_count: int

    class MadeGood(Event):
        """The file was imported again under its name."""

        TOPIC = "inventory.LostImport.MadeGood"
        PRIVATE = True

    @event(Noted)
    def __init__(self, shop_id: str, batch_id: UUID, product_code: str, supplier_code: str, card_count: int) -> None:
        self.shop_id = shop_id
        self.batch_id = batch_id
        self.product_code = product_code
        self.supplier_code = supplier_code
        self.card_count = card_count
        self.is_made_good = False

    @staticmethod
    def create_id(batch_id: UUID) -> UUID:
        return stream_id("", "lost-import", batch_id)

    @property
    def slot_key(self) -> str:
        return self.product_code

    def make_good(self) -> None:
        """The file is there again; a second time changes nothing."""
        if not self.is_made_good:
            self._made_good()

    @event(MadeGood)
    def _made_good(self) -> None:
        self.is_made_good = True
