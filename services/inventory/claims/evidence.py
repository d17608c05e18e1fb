"""A claim with all its evidence as one document, read from the logs of the claim, of its need and of its card.

The supplier reads it too: of the need's history it sees what concerns itself, never whom else we asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct

from chassis.attempts import sealed_of
from chassis.desk import Desk
from contracts.values import Money
from services.inventory.claims.domain.claim import Claim, ClaimStatus
from services.inventory.quality.domain.card_check import CardCheck
from services.inventory.sourcing.domain.need import Need
from services.inventory.stock.domain.card import Card

NOTE_KIND = "claim-note"


class Entry(Struct, frozen=True, kw_only=True):
    """One thing that happened: what, in one word, and its details."""

    at: datetime
    what: str
    details: dict[str, Any]


class ClaimNote(Struct, frozen=True, kw_only=True):
    """A note, opened."""

    at: datetime
    by: str
    text: str


class ClaimDocument(Struct, frozen=True, kw_only=True):
    """`GET /claims/{claim_id}`. `answer_due_at`: silence until then accepts; None: it waits for an answer, or has one."""

    claim_id: str
    shop_id: str
    supplier_code: str
    order_number: str
    line: int
    unit: int
    product_code: str
    reason: str
    status: str
    outcome: str | None
    amount: Money | None
    card_id: str | None
    card_preview: str | None
    supplier_order_number: str | None
    raised_at: datetime
    answer_due_at: datetime | None
    supplier_answers: tuple[Entry, ...]
    card_history: tuple[Entry, ...]
    checks: tuple[Entry, ...]
    notes: tuple[ClaimNote, ...]
    claim_history: tuple[Entry, ...]


async def document_of(desk: Desk, claim: Claim) -> ClaimDocument:
    """Everything about a claim; notes are opened from the vault."""
    own = await _events(desk, claim.id)
    card = await _events(desk, claim.card_id) if claim.card_id is not None else []
    return ClaimDocument(
        claim_id=str(claim.id),
        shop_id=claim.shop_id,
        supplier_code=claim.supplier_code,
        order_number=claim.order_number,
        line=claim.line,
        unit=claim.unit,
        product_code=claim.product_code,
        reason=claim.reason,
        status=str(claim.status),
        outcome=str(claim.outcome) if claim.outcome is not None else None,
        amount=claim.amount,
        card_id=str(claim.card_id) if claim.card_id is not None else None,
        card_preview=claim.card_preview,
        supplier_order_number=claim.number or None,
        raised_at=own[0].timestamp,
        answer_due_at=claim.answer_due_at if claim.status is ClaimStatus.RAISED else None,
        supplier_answers=tuple(_supplier_answers(await _events(desk, claim.need_id), claim.supplier_code)),
        card_history=tuple(_card_history(card)),
        checks=tuple(sorted(_checks(own, await _check_events(desk, claim)), key=lambda each: each.at)),
        notes=tuple(await _notes(desk, own)),
        claim_history=tuple(_claim_history(own)),
    )


async def _events(desk: Desk, stream_id: Any) -> list[Any]:
    return desk.service.codec.decode_all(await desk.ask(desk.store.stream, stream_id))


async def _check_events(desk: Desk, claim: Claim) -> list[Any]:
    """What the supplier said of the card, each time that it was asked."""
    return await _events(desk, CardCheck.create_id(claim.shop_id, claim.card_id)) if claim.card_id is not None else []


def _entry(event: Any, what: str, **details: Any) -> Entry:
    return Entry(at=event.timestamp, what=what, details=details)


def _supplier_answers(events: Iterable[Any], supplier_code: str) -> Iterable[Entry]:
    for event in events:
        if getattr(event, "supplier_code", None) != supplier_code:
            continue
        match event:
            case Need.Ordered():
                yield _entry(event, "ordered", number=event.number, sku_id=event.sku_id)
            case Need.CallFailed():
                yield _entry(event, "failed", number=event.number, error_class=event.error_class, is_final=event.is_answered)
            case Need.Delivered():
                yield _entry(event, "delivered", number=event.number, latency_milliseconds=event.latency_milliseconds)
            case Need.LateCardStocked():
                yield _entry(event, "came_late", number=event.number, card_id=str(event.card_id))
            case Need.Allocated():
                yield _entry(event, "given_to_order", card_id=str(event.card_id))
            case Need.AwaitsPerson():
                yield _entry(event, "silent", reason=event.reason)


def _checks(noted: Iterable[Any], answered: Iterable[Any]) -> Iterable[Entry]:
    for event in noted:
        if isinstance(event, Claim.CheckNoted):
            yield _entry(event, "checked", result=event.result, by=event.checked_by)
    for event in answered:
        if isinstance(event, CardCheck.Answered):
            yield _entry(event, "supplier_says", result=event.result, was_opened=event.was_opened)


def _card_history(events: Iterable[Any]) -> Iterable[Entry]:
    for event in events:
        match event:
            case Card.Stocked():
                yield _entry(event, "came_in", origin=event.origin)
            case Card.Allocated():
                yield _entry(event, "sold", order_number=event.order_number)
            case Card.Opened():
                yield _entry(event, "opened", opened_count=event.opened_count)
            case Card.Held():
                yield _entry(event, "held")
            case Card.Voided() | Card.SetAside():
                yield _entry(event, "kept_from_sale", reason=event.reason)


def _claim_history(events: Iterable[Any]) -> Iterable[Entry]:
    for event in events:
        match event:
            case Claim.Raised():
                yield _entry(event, "raised", reason=event.reason)
            case Claim.Answered():
                yield _entry(event, "accepted" if event.is_accepted else "rejected", reason=event.reason, by=event.answered_by)
            case Claim.Valued():
                yield _entry(event, "valued", amount_minor=event.amount.amount_minor, currency=event.amount.currency, by=event.staff)
            case Claim.Settled():
                yield _entry(event, "settled", outcome=str(event.outcome), reason=event.reason, by=event.decided_by)


async def _notes(desk: Desk, events: list[Any]) -> list[ClaimNote]:
    written = []
    for event in events:
        match event:
            case Claim.NoteAdded():
                written.append((event.timestamp, event.added_by, event.reference))
            case Claim.Answered(note_reference=str(reference)):
                written.append((event.timestamp, event.answered_by, reference))
    rows = await desk.ask(desk.store.vault, [reference for _, _, reference in written]) if written else []
    texts = {row.reference: desk.vault.open(sealed_of(row)).decode() for row in rows}
    return [ClaimNote(at=at, by=by, text=texts[reference]) for at, by, reference in written if reference in texts]
