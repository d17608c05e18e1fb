"""What was said of cards and batches before a restore and is forgotten: what was bad or stopped is not sold again.

A check or an inspection that was lost is not made up: it is asked for again, or begins with the next file.
"""

from __future__ import annotations

from uuid import UUID

from chassis.service import recovers
from chassis.work import Work
from contracts.inventory import BatchRecalled, BatchReleased, BatchWithdrawn, CardVerified
from services.inventory.quality.checking import BY_ITSELF
from services.inventory.quality.domain.card_check import BAD
from services.inventory.quality.stopping import release, stop, withdraw
from services.inventory.stock.domain.batch import CardBatch
from services.inventory.stock.domain.batch_recall import BatchStatus
from services.inventory.stock.domain.card import Card
from services.inventory.stock.domain.card_status import CardStatus


@recovers(BatchRecalled)
def stop_again(message: BatchRecalled, work: Work) -> None:
    batch = work.find(CardBatch, UUID(message.batch_id))
    if batch is not None:
        counts = {"bad_count": message.bad_count, "told_count": message.told_count}
        stop(batch, work, reason=message.reason, stopped_by=BY_ITSELF, **counts)


@recovers(BatchReleased)
def release_again(message: BatchReleased, work: Work) -> None:
    batch = work.find(CardBatch, UUID(message.batch_id))
    if batch is not None and batch.status is BatchStatus.STOPPED:
        release(batch, work, released_by=BY_ITSELF)


@recovers(BatchWithdrawn)
def withdraw_again(message: BatchWithdrawn, work: Work) -> None:
    batch = work.find(CardBatch, UUID(message.batch_id))
    if batch is not None and batch.status is BatchStatus.STOPPED:
        withdraw(batch, work, withdrawn_by=BY_ITSELF)


@recovers(CardVerified)
def put_out_again(message: CardVerified, work: Work) -> None:
    """A card that was found bad while nobody had it is not sold."""
    card = work.find(Card, UUID(message.card_id))
    if message.result in BAD and message.order_number is None and card is not None and card.status is CardStatus.FREE:
        card.void(reason=message.result)
