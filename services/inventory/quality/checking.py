"""Checks: the question goes out, and what the answer means for the card, its need, its batch and the sample that waits for it.

A card that is used or invalid and that nobody has yet is void, at once; where it was reserved, its need stays payable without it. A
card that somebody used before its buyer could have seen it raises an alert, and its batch is stopped: who knew this card knew others.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from chassis.work import Work
from services.inventory.advised import limits_from
from services.inventory.quality.domain.card_check import BAD, USED, CardCheck
from services.inventory.quality.domain.limits import CheckLimits
from services.inventory.quality.intents import AskCardStatus
from services.inventory.quality.stopping import stop
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.stock.domain.batch import CardBatch
from services.inventory.stock.domain.card import Card
from services.inventory.stock.domain.card_status import CardStatus

LEAK_SUSPECTED = "leak_suspected"
BY_ITSELF = "redress"


def check_card(card: Card, work: Work, *, asked_by: str, for_inspection: UUID | None = None) -> CardCheck:
    """Have the supplier asked about a card that is whole; being asked already: nothing new."""
    check = work.find(CardCheck, CardCheck.create_id(card.shop_id, card.id))
    if check is None:
        check = CardCheck(
            shop_id=card.shop_id,
            card_id=card.id,
            product_code=card.product_code,
            supplier_code=card.supplier_code,
            limits=limits_from(CheckLimits, work.advice("limits")),
        )
    if check.ask(asked_by=asked_by, for_inspection=for_inspection):
        put_question(check, card, work)
    return check


def put_question(check: CardCheck, card: Card, work: Work, pause: timedelta | None = None) -> None:
    """Send the question under way, after a pause or at once, each under a key of its own."""
    assert card.reference is not None, "a lost card is asked about"
    work.intend(
        AskCardStatus(
            key=f"card-status/{check.id}/{check.question}",
            target=check.supplier_code,
            shop_id=check.shop_id,
            check_id=check.id,
            question=check.question,
            reference=card.reference,
            number=None if batch_id_of(card) is not None else card.origin,
        ),
        not_before=work.now + pause if pause is not None else None,
    )


def settle(check: CardCheck, card: Card, result: str, work: Work) -> None:
    """Take the answer that stands."""
    was_opened = card.opened_count > 0
    is_anybodys = card.order_number is not None
    check.answer(
        result,
        order_number=card.order_number,
        line=card.line if is_anybodys else None,
        unit=card.unit if is_anybodys else None,
        was_opened=was_opened,
    )
    if result == USED and not was_opened and card.status is not CardStatus.VOID:
        _suspect_leak(check, card, work)
    if result in BAD:
        _put_out(card, result, work)


def batch_id_of(card: Card) -> UUID | None:
    """The batch that a card came in; None where a supplier order brought it, or that is not known."""
    try:
        return UUID(card.origin) if card.origin is not None else None
    except ValueError:
        return None


def _suspect_leak(check: CardCheck, card: Card, work: Work) -> None:
    batch_id = batch_id_of(card)
    batch = work.find(CardBatch, batch_id) if batch_id is not None else None
    check.suspect_leak(batch_id=batch.id if batch is not None else None, order_number=card.order_number)
    if batch is not None:
        stop(batch, work, reason=LEAK_SUSPECTED, stopped_by=BY_ITSELF)


def _put_out(card: Card, reason: str, work: Work) -> None:
    if work.is_recovering:
        return  # what looks free may be somebody's; the answer is told, and nothing else is done
    if card.status is CardStatus.RESERVED and card.need_id is not None:
        need = work.get(Need, card.need_id)
        if need.status is not NeedStatus.OPEN:
            return
        need.unreserve()
        card.release(need_id=need.id)
    if card.status is CardStatus.FREE:
        card.void(reason=reason)
    elif card.is_withheld:
        card.discard(reason=reason)
