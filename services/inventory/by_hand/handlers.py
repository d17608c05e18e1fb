"""Claims and deliveries of the staff, decided: each at the need, so that the hand or the order's last deadline wins, and never both."""

from __future__ import annotations

from chassis.errors import Refusal
from chassis.service import handles
from chassis.unit import Answer
from chassis.work import Work
from services.inventory.by_hand.commands import ClaimNeed, DeliverByHand, RefuseNeed, ShowBuyerFields
from services.inventory.by_hand.ending import claim_ended
from services.inventory.by_hand.timers import ClaimOver
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.saga import give
from services.inventory.stock.domain.card import Card, rank_of

BY_HAND = "by_hand"
"""Stands for the supplier of what the staff delivers."""
REFUSED = "refused_by_staff"


class CardKnown(Refusal):
    code = "card-known"
    title = "The card is known already: it was sold, or is in stock"


@handles(ClaimNeed)
def claim_need(command: ClaimNeed, work: Work) -> Answer:
    """Take a need on oneself for as long as its limits say, or give it back."""
    need = work.get(Need, command.need_id)
    if command.is_given_back:
        if need.unclaim(command.staff):
            claim_ended(need, work)
    elif need.claim(staff=command.staff, now=work.now):
        work.set_timer(ClaimOver(need.id), due_at=work.now + need.limits.claim)
    return Answer(200, {"need_id": str(need.id), "status": str(need.status), "claimed_by": need.claimed_by})


@handles(DeliverByHand)
def deliver_by_hand(command: DeliverByHand, work: Work) -> Answer:
    """Give the need what its claimant delivers; raises NeedNotWaiting, NeedClaimed, NeedNotClaimed, CardKnown."""
    need = work.get(Need, command.need_id)
    need.hand_over(staff=command.staff)
    if work.find(Card, Card.create_id(need.shop_id, command.fingerprint)) is not None:
        raise CardKnown(need_id=need.id)
    work.cancel_timer(ClaimOver, need.id)
    work.keep(command.reference)
    card = Card(
        shop_id=need.shop_id,
        fingerprint=command.fingerprint,
        preview=command.preview,
        reference=command.reference,
        product_code=need.product_code,
        supplier_code=BY_HAND,
        origin=str(need.id),
        rank=rank_of(work.now),
    )
    give(need, card, work)
    return Answer(200, {"need_id": str(need.id), "status": str(need.status), "card_id": str(card.id)})


@handles(ShowBuyerFields)
def show_buyer_fields(command: ShowBuyerFields, work: Work) -> Answer:
    """Note who is shown what the buyer filled in, before it is; raises NeedNotWaiting, NeedClaimed, NeedNotClaimed."""
    need = work.get(Need, command.need_id)
    need.show_buyer_fields(staff=command.staff)
    return Answer(200, {"need_id": str(need.id)})


@handles(RefuseNeed)
def refuse_need(command: RefuseNeed, work: Work) -> Answer:
    """Say that a need will not be delivered, so that its order need not wait; raises NeedNotWaiting, NeedClaimed."""
    need = work.get(Need, command.need_id)
    need.expect_free_for(command.staff)
    if need.unclaim(command.staff):
        work.cancel_timer(ClaimOver, need.id)
    need.fail(REFUSED)
    return Answer(202, {"need_id": str(need.id), "status": str(need.status)})
