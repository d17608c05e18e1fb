"""Claims' commands, decided."""

from __future__ import annotations

from chassis.errors import Refusal
from chassis.service import handles
from chassis.unit import Answer
from chassis.work import Work
from services.inventory.claims.commands import AddClaimNote, AnswerClaim, DecideClaim, NoteCheck, RaiseClaim, ValueClaim
from services.inventory.claims.domain.claim import Claim
from services.inventory.claims.raising import raise_claim_for_card
from services.inventory.claims.settling import after_settling
from services.inventory.claims.timers import ClaimUnanswered
from services.inventory.sourcing.domain.need import Need
from services.inventory.stock.domain.card import Card


class CardNotSold(Refusal):
    code = "claim-card-not-sold"
    title = "A claim is raised for a card that was given to an order"


@handles(RaiseClaim)
def raise_for_card(command: RaiseClaim, work: Work) -> Answer:
    """Claim for a card that was sold; claimed before: the standing claim."""
    card = work.get(Card, command.card_id)
    need = work.find(Need, card.need_id) if card.need_id is not None and card.order_number is not None else None
    if need is None:
        raise CardNotSold(card_id=card.id)
    return _answer(raise_claim_for_card(card, need, command.reason, work), 201)


@handles(AnswerClaim)
def answer_claim(command: AnswerClaim, work: Work) -> Answer:
    """Take the supplier's answer, once."""
    claim = work.get(Claim, command.claim_id)
    if command.note_reference is not None:
        work.keep(command.note_reference)
    claim.answer(
        is_accepted=command.is_accepted,
        reason=command.reason,
        answered_by=command.answered_by,
        note_reference=command.note_reference,
    )
    work.cancel_timer(ClaimUnanswered, claim.id)
    after_settling(claim, work)
    return _answer(claim)


@handles(DecideClaim)
def decide_claim(command: DecideClaim, work: Work) -> Answer:
    """Uphold or drop what the supplier rejected."""
    claim = work.get(Claim, command.claim_id)
    claim.decide(is_upheld=command.is_upheld, reason=command.reason, staff=command.staff)
    after_settling(claim, work)
    return _answer(claim)


@handles(ValueClaim)
def value_claim(command: ValueClaim, work: Work) -> Answer:
    """Name the amount of a claim."""
    claim = work.get(Claim, command.claim_id)
    claim.value(command.amount, staff=command.staff)
    return _answer(claim)


@handles(AddClaimNote)
def add_claim_note(command: AddClaimNote, work: Work) -> Answer:
    """Keep a note as evidence."""
    claim = work.get(Claim, command.claim_id)
    work.keep(command.reference)
    claim.add_note(command.reference, added_by=command.added_by)
    return _answer(claim, 201)


@handles(NoteCheck)
def note_check(command: NoteCheck, work: Work) -> Answer:
    """Keep what a verification said as evidence."""
    claim = work.get(Claim, command.claim_id)
    claim.note_check(command.result, checked_by=command.checked_by)
    return _answer(claim, 201)


def _answer(claim: Claim, status: int = 200) -> Answer:
    return Answer(status, {"claim_id": str(claim.id), "status": str(claim.status), "outcome": claim.outcome})
