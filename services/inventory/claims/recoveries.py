"""The answer and the end of a claim, said before a restore and forgotten. Its raising is in `sourcing/recoveries.py`."""

from __future__ import annotations

from uuid import UUID

from chassis.service import recovers
from chassis.work import Work
from contracts.inventory import ClaimAnswered, ClaimSettled
from services.inventory.claims.domain.claim import Claim, ClaimStatus
from services.inventory.claims.settling import after_settling
from services.inventory.claims.timers import ClaimUnanswered


@recovers(ClaimAnswered)
def answer_again(message: ClaimAnswered, work: Work) -> None:
    """The supplier has rejected it; that it accepted says the settling itself."""
    claim = work.get(Claim, UUID(message.claim_id))
    if claim.status is ClaimStatus.RAISED and not message.is_accepted:
        claim.answer(is_accepted=False, reason=message.reason, answered_by=claim.supplier_code, note_reference=None)
        work.cancel_timer(ClaimUnanswered, claim.id)


@recovers(ClaimSettled)
def settle_again(message: ClaimSettled, work: Work) -> None:
    """It is over, with the same words."""
    claim = work.get(Claim, UUID(message.claim_id))
    claim.settle_again(outcome=message.outcome, amount=message.amount, reason=message.reason)
    work.cancel_timer(ClaimUnanswered, claim.id)
    after_settling(claim, work)
