"""What was said about needs and cards before a restore and is forgotten: each word is made true again, or kept from being broken.

They are run before anything else is decided, those of one need or card in their order, those of different ones in any. A word about a
card or a need that is known nowhere any more waits, parked as early, for the message or the import that makes it known, and is handled
with that. The README has the whole table.
"""

from __future__ import annotations

from uuid import UUID

from chassis.service import recovers
from chassis.work import Work
from contracts.inventory import (
    AllocationFailed,
    CardAllocated,
    CardOpened,
    ClaimRaised,
    LateCardStocked,
    NeedClosed,
    NeedMessage,
    SourcingExhausted,
    SupplierRegistered,
    SupplierResumed,
    SupplierSuspended,
    TopUpSucceeded,
)
from contracts.order import CardDelivered
from services.inventory.advised import limits_from
from services.inventory.claims.raising import raise_claim_again
from services.inventory.settlement.selling import note_top_up
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.sourcing.domain.supplier import Supplier
from services.inventory.sourcing.domain.supplier_limits import SupplierLimits
from services.inventory.sourcing.orders import open_need
from services.inventory.sourcing.restoring import give_again, give_up_reservation, lend_again, lost_card, need_of
from services.inventory.sourcing.seeking import ask_back
from services.inventory.sourcing.timers import CardStillLost, ProbationDue, SupplierSilent, TrialOverdue
from services.inventory.stock.domain.card import Card, rank_of
from services.inventory.stock.domain.card_status import CardStatus

LATE_CARD = "late_card"


@recovers(CardAllocated)
def give_card_again(message: CardAllocated, work: Work) -> None:
    """The same card to the same need, and to no other."""
    need = need_of(message, message.product_code, work)
    card = work.find(Card, UUID(message.card_id))
    if card is None and lend_again(need, UUID(message.card_id), work):
        return
    if card is None:
        card = lost_card(UUID(message.card_id), need, message.supplier_code, work, preview=message.card_preview)
    give_again(need, card, message.card_preview, work)


@recovers(CardDelivered)
def give_delivered_card_again(message: CardDelivered, work: Work) -> None:
    """An echo: order has given the buyer a card because we had said so, and nobody can read any more that we did."""
    if message.card_id == message.need_id:  # of a top-up, which has no card
        _top_up_again(message.shop_id, message.order_number, message.line, message.unit, message.product_code, message.supplier_code, work)
        return
    give_card_again(
        CardAllocated(
            shop_id=message.shop_id,
            order_number=message.order_number,
            line=message.line,
            unit=message.unit,
            need_id=message.need_id,
            attempt=1,
            product_code=message.product_code,
            card_id=message.card_id,
            card_preview=message.card_preview,
            supplier_code=message.supplier_code,
        ),
        work,
    )


@recovers(TopUpSucceeded)
def top_up_again(message: TopUpSucceeded, work: Work) -> None:
    """The top-up is made, and no supplier is asked for it again."""
    _top_up_again(message.shop_id, message.order_number, message.line, message.unit, message.product_code, message.supplier_code, work)


def _top_up_again(shop_id: str, order_number: str, line: int, unit: int, product_code: str, supplier_code: str, work: Work) -> None:
    need = work.find(Need, Need.create_id(shop_id, order_number, line, unit))
    need = need or open_need(shop_id, order_number, line, unit, product_code, work)
    work.cancel_timer(SupplierSilent, need.id)
    if need.top_up_again(supplier_code=supplier_code):
        note_top_up(need, supplier_code, work)


@recovers(CardOpened)
def open_card_again(message: CardOpened, work: Work) -> None:
    """The buyer has seen the card, so it was his: what a refund asks about stays true."""
    card = work.get(Card, UUID(message.card_id))
    need = need_of(message, card.product_code, work)
    give_again(need, card, card.preview, work)
    if card.need_id == need.id:
        card.open_again(message.opened_count)


@recovers(NeedClosed)
def close_need_again(message: NeedClosed, work: Work) -> None:
    """The need is closed with the same words, and what it had is held."""
    card = work.get(Card, UUID(message.card_id)) if message.card_id is not None else None
    need = need_of(message, card.product_code, work) if card is not None else work.get(Need, UUID(message.need_id))
    if need.status is NeedStatus.CLOSED:
        return
    if card is not None:
        give_again(need, card, card.preview, work)
    give_up_reservation(need, work)
    work.cancel_timer(SupplierSilent, need.id)
    work.cancel_timer(CardStillLost, need.id)
    given = work.get(Card, need.card_id) if need.card_id is not None else None
    if given is not None and given.status is CardStatus.ALLOCATED:
        given.hold(holder_id=message.holder_id)
    need.close(holder_id=message.holder_id, card_id=card.id if card is not None else None, was_opened=message.was_opened)


@recovers(SourcingExhausted)
def exhaust_again(message: SourcingExhausted, work: Work) -> None:
    """It waits for a person, as was said."""
    need = _ended_without_card(message, message.product_code, work)
    if need is not None:
        need.exhaust_again(message.tried_suppliers, message.passed_over_suppliers)


@recovers(AllocationFailed)
def fail_again(message: AllocationFailed, work: Work) -> None:
    """It waits for a person, as was said."""
    need = _ended_without_card(message, message.product_code, work)
    if need is not None:
        need.fail(message.reason)


def _ended_without_card(message: NeedMessage, product_code: str, work: Work) -> Need | None:
    """The need, paid and without a card; None where it got further or stands there already."""
    need = need_of(message, product_code, work)
    if need.status not in (NeedStatus.OPEN, NeedStatus.LAPSED, NeedStatus.SOURCING):
        return None
    give_up_reservation(need, work)
    work.cancel_timer(SupplierSilent, need.id)
    if not need.is_paid:
        need.pay(is_late=need.status is NeedStatus.LAPSED)
    return need


@recovers(LateCardStocked)
def stock_late_card_again(message: LateCardStocked, work: Work) -> None:
    """The card is stock whose secret is lost, unless it was given on, and its supplier is asked for it.

    The need may not be known again yet and is not waited for, since what else was said about it would wait as well; the claim that goes
    with such a card names the need in full.
    """
    card_id = UUID(message.card_id)
    card, need = work.find(Card, card_id), work.find(Need, UUID(message.need_id))
    if card is None:
        card = Card.lost(
            card_id,
            shop_id=message.shop_id,
            preview="",
            product_code=message.product_code,
            supplier_code=message.supplier_code,
            rank=rank_of(work.now),
        )
    if need is not None:
        _stock_late(card, need, message.supplier_code, work)


def _stock_late(card: Card, need: Need, supplier_code: str, work: Work) -> None:
    if card.is_lost and card.id not in need.late_cards:
        need.stock_late_card_again(supplier_code=supplier_code, card_id=card.id)
        ask_back(card, need, work)


@recovers(ClaimRaised)
def claim_again(message: ClaimRaised, work: Work) -> None:
    """The supplier owes us. A bad card that was evidence is kept from being sold, should it come again."""
    need = need_of(message, message.product_code, work)
    raise_claim_again(need, message, work)
    card = work.find(Card, UUID(message.card_id)) if message.card_id is not None else None
    if message.reason == LATE_CARD and card is not None:
        _stock_late(card, need, message.supplier_code, work)
    elif message.reason != LATE_CARD and message.card_id is not None and card is None:
        bad = lost_card(UUID(message.card_id), need, message.supplier_code, work)
        bad.set_aside(becomes=CardStatus.VOID, reason=message.reason)


@recovers(SupplierRegistered)
def register_again(message: SupplierRegistered, work: Work) -> None:
    """The supplier is known, as was said. What it offers an operator must say again."""
    if work.find(Supplier, Supplier.create_id(message.shop_id, message.supplier_code)) is None:
        Supplier(shop_id=message.shop_id, supplier_code=message.supplier_code, kind=message.kind)


@recovers(SupplierSuspended)
def suspend_again(message: SupplierSuspended, work: Work) -> None:
    """It gets no new orders, as was said."""
    supplier = work.get(Supplier, Supplier.create_id(message.shop_id, message.supplier_code))
    limits, until = limits_from(SupplierLimits, work.advice("limits")), message.probation_at
    supplier.suspend(
        reason=message.reason,
        limits=limits,
        until=until,
        score=message.score,
        sample_count=message.sample_count,
        faults_in_row=message.faults_in_row,
    )
    if until is not None and supplier.probation_at == until:
        work.cancel_timer(ProbationDue, supplier.id)
        work.set_timer(ProbationDue(supplier.id, supplier.standing), due_at=until)


@recovers(SupplierResumed)
def resume_again(message: SupplierResumed, work: Work) -> None:
    """It gets orders again, as was said."""
    supplier = work.get(Supplier, Supplier.create_id(message.shop_id, message.supplier_code))
    supplier.resume(reason=message.reason)
    work.cancel_timer(ProbationDue, supplier.id)
    work.cancel_timer(TrialOverdue, supplier.id)
