"""A claim: what a supplier owes for one supplier order that was paid for and brought nothing that could be sold in time."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chassis.aggregate import Aggregate, Created, event, stream_id


class Claim(Aggregate):
    """The id comes from our number of the supplier order, so there is one claim for it, ever."""

    TOPIC = "inventory.Claim"

    class Raised(Created):
        TOPIC = "inventory.Claim.Raised"
        shop_id: str
        number: str
        supplier_code: str
        need_id: UUID
        order_number: str
        line: int
        unit: int
        product_code: str
        reason: str
        card_id: UUID | None

    @event(Raised)
    def __init__(
        self,
        shop_id: str,
        number: str,
        supplier_code: str,
        need_id: UUID,
        order_number: str,
        line: int,
        unit: int,
        product_code: str,
        reason: str,
        card_id: UUID | None,
    ) -> None:
        self.shop_id = shop_id
        self.number = number
        self.supplier_code = supplier_code
        self.order_number = order_number
        self.product_code = product_code
        self.reason = reason
        self.need_id = need_id
        self.line = line
        self.unit = unit
        self.card_id = card_id

    @classmethod
    def again(cls, claim_id: UUID, **raised: Any) -> Claim:
        """A claim of before a restore, by its id: the number of its order may be forgotten. Takes what `Raised` has."""
        return cls._create(cls.Raised, id=claim_id, **raised)

    @staticmethod
    def create_id(shop_id: str, number: str) -> UUID:
        return stream_id(shop_id, "claim", number)

    @property
    def slot_key(self) -> str:
        return self.product_code

    @property
    def subject(self) -> str | None:
        return self.order_number
