"""The commands about the quality of cards, decided."""

from __future__ import annotations

from chassis.errors import NotFound
from chassis.service import handles
from chassis.unit import Answer
from chassis.work import Work
from services.inventory.quality.checking import check_card
from services.inventory.quality.commands import DecideBatch, SampleBatch, VerifyCard
from services.inventory.quality.domain.inspection import BatchInspection
from services.inventory.quality.sampling import begin_inspection
from services.inventory.quality.stopping import release, stop, withdraw
from services.inventory.quality.timers import SampleDue
from services.inventory.stock.domain.batch import CardBatch
from services.inventory.stock.domain.card import Card, CardLost


@handles(VerifyCard)
def verify_card(command: VerifyCard, work: Work) -> Answer:
    """Have the supplier asked; asked already, the answer under way serves both."""
    card = work.get(Card, command.card_id)
    if card.shop_id != command.shop_id:
        raise NotFound(kind=Card.TOPIC, stream_id=command.card_id)
    if card.is_lost:
        raise CardLost(card_id=card.id)
    check = check_card(card, work, asked_by=command.staff)
    return Answer(202, {"card_id": str(card.id), "question": check.question})


@handles(DecideBatch)
def decide_batch(command: DecideBatch, work: Work) -> Answer:
    """Stop, release or withdraw; what is stopped already stays stopped."""
    batch = work.get(CardBatch, CardBatch.create_id(command.shop_id, command.batch_id))
    match command.decision:
        case "stop":
            stop(batch, work, reason=command.reason, stopped_by=command.staff)
        case "release":
            release(batch, work, released_by=command.staff)
        case "withdraw":
            withdraw(batch, work, withdrawn_by=command.staff)
    return Answer(202, {"batch_id": batch.batch_id, "status": batch.status.value})


@handles(SampleBatch)
def sample_batch(command: SampleBatch, work: Work) -> Answer:
    """Draw a sample now; `is_inspected` is False where the supplier does not tell of cards, or the inspection is over."""
    batch = work.get(CardBatch, CardBatch.create_id(command.shop_id, command.batch_id))
    inspection = work.find(BatchInspection, BatchInspection.create_id(batch.shop_id, batch.id)) or begin_inspection(batch, work)
    if inspection is not None and not inspection.is_over:
        work.cancel_timer(SampleDue, inspection.id)
        work.set_timer(SampleDue(inspection.id), due_at=work.now)
    return Answer(202, {"batch_id": batch.batch_id, "is_inspected": inspection is not None and not inspection.is_over})
