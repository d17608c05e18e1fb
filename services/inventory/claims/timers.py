"""Deadlines of claims, and what happens when one has passed."""

from __future__ import annotations

from typing import ClassVar

from chassis.service import on_timer
from chassis.timer import Timer
from chassis.work import Work
from services.inventory.claims.domain.claim import Claim, ClaimStatus
from services.inventory.claims.settling import after_settling


class ClaimUnanswered(Timer, frozen=True):
    """The supplier had until now to answer a claim."""

    NAME: ClassVar[str] = "inventory.ClaimUnanswered"


def await_answer(claim: Claim, work: Work) -> None:
    """Have silence accept the claim when its limit is over."""
    if claim.answer_due_at is not None:
        work.set_timer(ClaimUnanswered(claim.id), due_at=claim.answer_due_at)


@on_timer(ClaimUnanswered)
def on_claim_unanswered(timer: ClaimUnanswered, work: Work) -> None:
    """Silence accepts."""
    claim = work.get(Claim, timer.stream_id)
    if claim.status is ClaimStatus.RAISED:
        claim.accept_silence()
        after_settling(claim, work)
