"""Inspecting a batch: drawing samples, and judging them when the supplier has told of every card."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from uuid import UUID

from chassis.service import on_timer
from chassis.work import Work
from services.inventory.advised import limits_from
from services.inventory.quality.checking import BY_ITSELF, check_card
from services.inventory.quality.domain.inspection import BatchInspection, positions
from services.inventory.quality.domain.limits import MAX_SAMPLE_CARDS, InspectionLimits
from services.inventory.quality.stopping import stop
from services.inventory.quality.timers import SampleDue
from services.inventory.sourcing.domain.supplier import SUPPLIER_API, Supplier
from services.inventory.stock.domain.batch import BatchChunk, CardBatch
from services.inventory.stock.domain.batch_recall import BatchStatus
from services.inventory.stock.domain.card import Card
from services.inventory.stock.domain.card_status import CardStatus

LOOKED_AT = 3
"""Where the card in its place is sold, the next ones are looked at, up to so many."""
BAD_SAMPLE = "bad_sample"


def begin_inspection(batch: CardBatch, work: Work) -> BatchInspection | None:
    """Have a complete batch inspected from now on, where its supplier speaks a protocol that tells of cards; else None."""
    supplier = work.find(Supplier, Supplier.create_id(batch.shop_id, batch.supplier_code))
    if supplier is None or supplier.kind != SUPPLIER_API:
        return None
    limits = limits_from(InspectionLimits, work.advice("limits"))
    inspection = BatchInspection(shop_id=batch.shop_id, batch_id=batch.id, product_code=batch.product_code, limits=limits)
    work.set_timer(SampleDue(inspection.id), due_at=work.now)
    return inspection


@on_timer(SampleDue)
def on_sample_due(timer: SampleDue, work: Work) -> None:
    """Draw the next sample. After a batch was stopped or all of it is sold, none."""
    inspection = work.get(BatchInspection, timer.stream_id)
    batch = work.get(CardBatch, inspection.batch_id)
    if inspection.is_over or inspection.awaited:
        return
    if batch.status is not BatchStatus.ON_SALE:
        inspection.end(batch.status.value)
        return
    cards = _drawn(batch, inspection, work)
    if not cards:
        inspection.end("nothing_unsold")
        return
    inspection.sample(tuple(card.id for card in cards))
    for card in cards:
        check = check_card(card, work, asked_by=BY_ITSELF, for_inspection=inspection.id)
        if check.for_inspection != inspection.id:  # somebody else asks about it just now: it counts in another round
            inspection.tell(card.id, "asked_already")
    if not inspection.awaited:
        _judge(inspection, batch, work)


def tell_inspection(inspection_id: UUID, card_id: UUID, result: str, work: Work) -> None:
    """A card of the sample was told about; the last one decides."""
    inspection = work.get(BatchInspection, inspection_id)
    if inspection.tell(card_id, result):
        _judge(inspection, work.get(CardBatch, inspection.batch_id), work)


def _judge(inspection: BatchInspection, batch: CardBatch, work: Work) -> None:
    if inspection.is_too_bad:
        counts = {"bad_count": inspection.bad_count, "told_count": inspection.told_count}
        stop(batch, work, reason=BAD_SAMPLE, stopped_by=BY_ITSELF, **counts)
        inspection.end(BAD_SAMPLE)
    elif inspection.is_not_askable:
        inspection.end("not_askable")
    elif not inspection.has_rounds_left:
        inspection.end("rounds_used_up")
    else:
        work.set_timer(SampleDue(inspection.id), due_at=work.now + inspection.limits.pause)


def _drawn(batch: CardBatch, inspection: BatchInspection, work: Work) -> list[Card]:
    numbers = sorted(batch.chunks)
    ends = list(accumulate(batch.chunks[number].card_count for number in numbers))
    found: dict[UUID, Card] = {}
    wanted = min(inspection.limits.sample_cards, MAX_SAMPLE_CARDS)
    for position in positions(batch.card_count, wanted, inspection.round_number + 1):
        place = bisect_right(ends, position)
        chunk = work.get(BatchChunk, BatchChunk.create_id(batch.shop_id, batch.batch_id, numbers[place]))
        start = position - (ends[place] - batch.chunks[numbers[place]].card_count)
        card = _first_unsold(chunk, start, found, work)
        if card is not None:
            found[card.id] = card
    return list(found.values())


def _first_unsold(chunk: BatchChunk, start: int, found: dict[UUID, Card], work: Work) -> Card | None:
    count = len(chunk.card_ids)
    for step in range(min(LOOKED_AT, count)):
        card = work.get(Card, chunk.card_ids[(start + step) % count])
        if card.id not in found and card.status is CardStatus.FREE:
            return card
    return None
