"""Raising a claim for a supplier order, once; and again, with the same id, where a restore made us forget it."""

from __future__ import annotations

from uuid import UUID

from chassis.work import Work
from contracts.inventory import ClaimRaised
from services.inventory.claims.domain.claim import Claim
from services.inventory.sourcing.domain.need import Need

FORGOTTEN_NUMBER = ""
"""Stands for the number of a supplier order that no question brought to light."""


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


def raise_claim_again(need: Need, message: ClaimRaised, work: Work) -> None:
    """Note again what was claimed before a restore. The number of the supplier order is the one whose claim has this id."""
    claim_id = UUID(message.claim_id)
    if work.find(Claim, claim_id) is not None:
        return
    numbers = (number for number in need.numbers_at(message.supplier_code) if Claim.create_id(need.shop_id, number) == claim_id)
    Claim.again(
        claim_id,
        shop_id=message.shop_id,
        number=next(numbers, FORGOTTEN_NUMBER),
        supplier_code=message.supplier_code,
        need_id=need.id,
        order_number=message.order_number,
        line=message.line,
        unit=message.unit,
        product_code=message.product_code,
        reason=message.reason,
        card_id=UUID(message.card_id) if message.card_id is not None else None,
    )
