"""Stopping a batch, and releasing or withdrawing it: the word at once, its cards in steps.

With the commit of the stop the product knows that cards of this batch are given to nobody: those in stock are passed over, reserved
ones are swapped at the payment. Then the cards are put aside, chunk by chunk, so that nobody has to pass over them. A release puts them
back the same way, a withdrawal takes them out of stock for good. While a restore is not released the steps wait: a card that looks
free may be somebody's.
"""

from __future__ import annotations

from datetime import timedelta

from chassis.service import on_timer
from chassis.work import Work
from services.inventory.quality.timers import StopStep
from services.inventory.stock.availability import note_added, note_removed
from services.inventory.stock.domain.batch import BatchChunk, CardBatch
from services.inventory.stock.domain.batch_recall import BatchStatus
from services.inventory.stock.domain.card import Card
from services.inventory.stock.domain.card_status import CardStatus
from services.inventory.stock.domain.product import Product

RECOVERING_PAUSE = timedelta(minutes=1)
WITHDRAWN = "batch_withdrawn"


def stop(batch: CardBatch, work: Work, *, reason: str, stopped_by: str, bad_count: int = 0, told_count: int = 0) -> None:
    """Keep a batch from being sold; one that is stopped already stays so."""
    if batch.stop(reason=reason, stopped_by=stopped_by, bad_count=bad_count, told_count=told_count):
        _product_of(batch, work).stop_batch(str(batch.id))
        _begin(batch, work)


def release(batch: CardBatch, work: Work, *, released_by: str) -> None:
    """Put a batch on sale again; raises BatchNotStopped."""
    batch.release(released_by=released_by)
    _product_of(batch, work).release_batch(str(batch.id))
    _begin(batch, work)


def withdraw(batch: CardBatch, work: Work, *, withdrawn_by: str) -> None:
    """Take what is unsold of a stopped batch out of stock for good; raises BatchNotStopped."""
    batch.withdraw(withdrawn_by=withdrawn_by)
    _begin(batch, work)


@on_timer(StopStep)
def on_stop_step(timer: StopStep, work: Work) -> None:
    """One chunk's cards. What is reserved or sold stays; a reserved one is put aside when it comes back or is paid."""
    batch = work.get(CardBatch, timer.stream_id)
    numbers = sorted(batch.chunks)
    if batch.decision_count != timer.decision or timer.place >= len(numbers):
        return
    if work.is_recovering:
        work.set_timer(timer, due_at=work.now + RECOVERING_PAUSE)
        return
    chunk = work.get(BatchChunk, BatchChunk.create_id(batch.shop_id, batch.batch_id, numbers[timer.place]))
    for card_id in chunk.card_ids:
        _follow(work.get(Card, card_id), batch)
    if timer.place + 1 < len(numbers):
        work.set_timer(StopStep(batch.id, timer.decision, timer.place + 1), due_at=work.now)
    elif batch.status is BatchStatus.ON_SALE:
        note_added(_product_of(batch, work), work)
    else:
        note_removed(_product_of(batch, work), work)


def _follow(card: Card, batch: CardBatch) -> None:
    """Bring a card to where its batch stands; one that came from elsewhere as well (it was lost, and regained by this file) stays."""
    if card.origin != str(batch.id):
        return
    match batch.status:
        case BatchStatus.STOPPED if card.status is CardStatus.FREE:
            card.withhold()
        case BatchStatus.ON_SALE if card.is_withheld:
            card.restock()
        case BatchStatus.WITHDRAWN if card.is_withheld:
            card.discard(reason=WITHDRAWN)
        case BatchStatus.WITHDRAWN if card.status is CardStatus.FREE:
            card.void(reason=WITHDRAWN)


def _begin(batch: CardBatch, work: Work) -> None:
    work.cancel_timer(StopStep, batch.id)
    work.set_timer(StopStep(batch.id, batch.decision_count, 0), due_at=work.now)


def _product_of(batch: CardBatch, work: Work) -> Product:
    return work.get(Product, Product.create_id(batch.shop_id, batch.product_code))
