"""Raising a claim for a supplier order or a card, once; and again, with the same id, where a restore made us forget it."""

from __future__ import annotations

from uuid import UUID

from chassis.work import Work
from contracts.inventory import ClaimRaised
from contracts.values import Money
from services.inventory.claims.domain.claim import Claim
from services.inventory.claims.domain.terms import answer_limit_of
from services.inventory.claims.timers import await_answer
from services.inventory.settlement.domain.sale_line import SaleLine
from services.inventory.settlement.holding import hold_line, line_of
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.numbers import need_id_of
from services.inventory.stock.domain.card import Card
from services.inventory.stock.domain.product import Product

FORGOTTEN_NUMBER = ""
"""Stands for the number of a supplier order that no question brought to light."""


def raise_claim(need: Need, supplier_code: str, number: str, reason: str, work: Work, *, card_id: UUID | None) -> None:
    """Note that a supplier owes us for its order `number`; claimed already: nothing. `card_id`: the card that came."""
    if work.find(Claim, Claim.create_id(need.shop_id, number)) is not None:
        return
    card = work.find(Card, card_id) if card_id is not None else None
    line = line_of(need.shop_id, card_id, work)
    claim = Claim(
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
        amount=owed_for(line) or cost_at(need.shop_id, need.product_code, supplier_code, work),
        card_preview=card.preview if card is not None else None,
        answer_limit_seconds=answer_limit_of(work.advice("limits")),
    )
    await_answer(claim, work)
    if line is not None:
        hold_line(line, claim.hold_name, work)


def raise_claim_for_card(card: Card, need: Need, reason: str, work: Work) -> Claim:
    """The one claim for a card that was given to a need, whenever it proves bad: the standing one where there is one."""
    number = number_of(card)
    claim_id = Claim.create_id(card.shop_id, number)
    raise_claim(need, card.supplier_code, number, reason, work, card_id=card.id)
    return work.get(Claim, claim_id)


def number_of(card: Card) -> str:
    """What names the claim for a card: the supplier order that it came by, else the card itself."""
    origin = card.origin or ""
    return origin if need_id_of(origin) is not None else f"card-{card.id}"


def owed_for(line: SaleLine | None) -> Money | None:
    """What the supplier gets for a sold card, and owes where it was bad; None where that is not known."""
    if line is None or line.price is None or line.price.net_minor < 0:
        return None
    return Money(line.price.net_minor, line.price.currency)


def cost_at(shop_id: str, product_code: str, supplier_code: str, work: Work) -> Money | None:
    """What a card of the supplier costs us by its standing offer; None where it has none."""
    product = work.find(Product, Product.create_id(shop_id, product_code))
    source = product.sources.get(supplier_code) if product is not None else None
    return source.price if source is not None else None


def raise_claim_again(need: Need, message: ClaimRaised, work: Work) -> None:
    """Note again what was claimed before a restore. The number of the supplier order is the one whose claim has this id."""
    claim_id = UUID(message.claim_id)
    if work.find(Claim, claim_id) is not None:
        return
    numbers = (number for number in need.numbers_at(message.supplier_code) if Claim.create_id(need.shop_id, number) == claim_id)
    claim = Claim.again(
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
        amount=message.amount,
        card_preview=message.card_preview,
        answer_limit_seconds=max(0.0, (message.answer_due_at - work.now).total_seconds()) if message.answer_due_at is not None else None,
    )
    await_answer(claim, work)
