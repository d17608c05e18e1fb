"""Raising a claim for a supplier order, once."""

from __future__ import annotations

from uuid import UUID

from chassis.work import Work
from services.inventory.claims.domain.claim import Claim
from services.inventory.sourcing.domain.need import Need


def raise_claim(need: Need, supplier_code: str, number: str, reason: str, work: Work, *, card_id: UUID | None) -> None:
    """Note that a supplier owes us for its order `number`; claimed already: nothing. `card_id`: the card that came."""
    if work.find(Claim, Claim.create_id(need.shop_id, number)) is None:
        Claim(
            shop_id=need.shop_id,
            number=number,
            supplier_code=supplier_code,
            need_id=need.id,
            order_number=need.order_number,
            line=need.line,
            unit=need.unit,
            product_code=need.product_code,
            reason=reason,
            card_id=card_id,
        )
