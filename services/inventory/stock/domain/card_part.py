"""What every part of a card knows of the whole."""

from __future__ import annotations

from chassis.aggregate import Part
from services.inventory.stock.domain.card_status import CardStatus


class CardPart(Part):
    """Where the card stands, what it is, and what of its secret this stream knows: None once that is lost."""

    status: CardStatus
    fingerprint: str | None
    preview: str
    reference: str | None
    product_code: str
    supplier_code: str
    rank: int

    @property
    def stock_key(self) -> str:
        """The key under which it is counted."""
        raise AssertionError("the whole card says it")
