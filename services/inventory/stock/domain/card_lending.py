"""A *reusable* card stays free and is lent: each need that it is given to has a copy of its own, a card with the same secret that is
allocated from the first and goes its own way. With a limit of uses it ends void with the last.
"""

from __future__ import annotations

from typing import Self
from uuid import UUID

from chassis.aggregate import Created, Event, event, stream_id
from services.inventory.stock.domain.card_part import CardPart
from services.inventory.stock.domain.card_status import CardStatus


class CardLending(CardPart):
    """See the module. `use_count`: of one with a limit; nobody counts the others, whose streams would grow with it."""

    is_reusable: bool
    use_limit: int | None
    use_count: int

    class Copied(Created):
        """One giving of a reusable card: a card of its own, with the same secret, allocated from the first."""

        TOPIC = "inventory.Card.Copied"
        PRIVATE = True
        shop_id: str
        fingerprint: str
        preview: str
        reference: str
        product_code: str
        supplier_code: str
        origin: str
        rank: int
        need_id: UUID
        order_number: str
        line: int
        unit: int

    class Lent(Event):
        """A reusable card with a limit was given once more; `is_last`: it is used up."""

        TOPIC = "inventory.Card.Lent"
        PRIVATE = True
        stock_key: str
        use_count: int
        is_last: bool

    @staticmethod
    def copy_id(shop_id: str, fingerprint: str, need_id: UUID) -> UUID:
        """The card that a reusable one becomes for a need."""
        return stream_id(shop_id, "card", fingerprint, need_id)

    def lend(self, *, need_id: UUID, order_number: str, line: int, unit: int) -> Self:
        """Give a reusable card to one more need: the copy that is its own from now on."""
        assert self.status is CardStatus.FREE, f"a {self.status} card is lent"
        assert self.is_reusable, "a card that is not reusable is lent"
        assert self.fingerprint is not None
        if self.use_limit is not None:
            use_count = self.use_count + 1
            self._lent(stock_key=self.stock_key, use_count=use_count, is_last=use_count >= self.use_limit)
        return self._create(
            self.Copied,
            id=self.copy_id(self.shop_id, self.fingerprint, need_id),
            shop_id=self.shop_id,
            fingerprint=self.fingerprint,
            preview=self.preview,
            reference=self.reference,
            product_code=self.product_code,
            supplier_code=self.supplier_code,
            origin=str(self.id),
            rank=self.rank,
            need_id=need_id,
            order_number=order_number,
            line=line,
            unit=unit,
        )

    @event(Lent)
    def _lent(self, stock_key: str, use_count: int, is_last: bool) -> None:
        self.use_count = use_count
        if is_last:
            self.status = CardStatus.VOID
