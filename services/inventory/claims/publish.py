"""What claims tell the world."""

from __future__ import annotations

from typing import Any

from chassis.service import publishes
from contracts.inventory import ClaimAnswered, ClaimRaised, ClaimSettled
from services.inventory.claims.domain.claim import Claim


def _named(claim: Claim) -> dict[str, Any]:
    return {
        "shop_id": claim.shop_id,
        "order_number": claim.order_number,
        "line": claim.line,
        "unit": claim.unit,
        "need_id": str(claim.need_id),
        "claim_id": str(claim.id),
        "product_code": claim.product_code,
        "supplier_code": claim.supplier_code,
    }


@publishes(Claim.Raised)
def claim_raised(event: Claim.Raised, claim: Claim) -> ClaimRaised:
    return ClaimRaised(
        **_named(claim),
        reason=event.reason,
        card_id=str(event.card_id) if event.card_id is not None else None,
        amount=event.amount,
        card_preview=event.card_preview,
        answer_due_at=claim.answer_due_at,
    )


@publishes(Claim.Answered)
def claim_answered(event: Claim.Answered, claim: Claim) -> ClaimAnswered:
    return ClaimAnswered(**_named(claim), is_accepted=event.is_accepted, reason=event.reason)


@publishes(Claim.Settled)
def claim_settled(event: Claim.Settled, claim: Claim) -> ClaimSettled:
    return ClaimSettled(**_named(claim), outcome=str(event.outcome), amount=event.amount, reason=event.reason)
