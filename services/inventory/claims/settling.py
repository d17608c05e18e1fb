"""What follows when a claim is settled: what the supplier owes is taken from its deposit, where it has one."""

from __future__ import annotations

from chassis.work import Work
from services.inventory.claims.domain.claim import Claim
from services.inventory.deposits.entering import deduct_claim


def after_settling(claim: Claim, work: Work) -> None:
    """To be called in the unit that settled the claim, or may have; not settled: nothing."""
    if claim.is_settled:
        deduct_claim(claim, work)
