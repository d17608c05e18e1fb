"""What claims tell the world."""

from __future__ import annotations

from chassis.service import publishes
from contracts.inventory import ClaimRaised
from services.inventory.claims.domain.claim import Claim


@publishes(Claim.Raised)
def claim_raised(event: Claim.Raised, claim: Claim) -> ClaimRaised:
    return ClaimRaised(
        shop_id=event.shop_id,
        order_number=event.order_number,
        line=event.line,
        unit=event.unit,
        need_id=str(event.need_id),
        claim_id=str(claim.id),
        product_code=event.product_code,
        supplier_code=event.supplier_code,
        reason=event.reason,
        card_id=str(event.card_id) if event.card_id is not None else None,
    )
