"""A card that only our own published word still knows, since a restore took it away with its secret, is *lost*. It is what it was said
to be (allocated, held, void, or `lost` where it was stock), but cannot be opened until its secret comes back. Then it is regained: whole
again, where it stands; `lost` becomes free.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from chassis.aggregate import Created, Event, event
from services.inventory.stock.domain.card_part import CardPart
from services.inventory.stock.domain.card_status import CardStatus


class CardRegaining(CardPart):
    """See the module."""

    expires_at: datetime | None

    class Lost(Created):
        """Known from our own word alone, after a restore; its secret is gone."""

        TOPIC = "inventory.Card.Lost"
        PRIVATE = True
        shop_id: str
        preview: str
        product_code: str
        supplier_code: str
        rank: int

    class Regained(Event):
        """The secret of a lost card came back."""

        TOPIC = "inventory.Card.Regained"
        PRIVATE = True
        stock_key: str
        class_version = 2
        fingerprint: str
        preview: str
        reference: str
        was: CardStatus
        rank: int | None = None
        expires_at: datetime | None = None

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> dict[str, Any]:
            return {**state, "rank": None, "expires_at": None}

    @classmethod
    def lost(cls, card_id: UUID, *, shop_id: str, preview: str, product_code: str, supplier_code: str, rank: int) -> Self:
        """A card that our published word names and the store does not: it is nobody's until somebody is said to have it."""
        values = {"preview": preview, "product_code": product_code, "supplier_code": supplier_code, "rank": rank}
        return cls._create(cls.Lost, id=card_id, shop_id=shop_id, **values)

    @property
    def is_lost(self) -> bool:
        """Whether its secret is gone."""
        return self.reference is None and self.status is not CardStatus.SOLD_THERE

    def regain(
        self, *, fingerprint: str, preview: str, reference: str, rank: int | None = None, expires_at: datetime | None = None
    ) -> None:
        """Its secret is back, sealed under `reference`; `rank`: its place among the others, where that is not as before."""
        assert self.is_lost, "a card that is whole is regained"
        self._regained(
            stock_key=self.stock_key, fingerprint=fingerprint, preview=preview, reference=reference, was=self.status,
            rank=rank, expires_at=expires_at,
        )  # fmt: skip

    @event(Regained)
    def _regained(
        self,
        stock_key: str,
        fingerprint: str,
        preview: str,
        reference: str,
        was: CardStatus,
        rank: int | None,
        expires_at: datetime | None,
    ) -> None:
        self.rank = self.rank if rank is None else rank
        self.expires_at = expires_at
        self.fingerprint = fingerprint
        self.preview = preview
        self.reference = reference
        if was is CardStatus.LOST:
            self.status = CardStatus.FREE
