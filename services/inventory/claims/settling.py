"""What follows when a claim is settled.

Where the supplier owes, it gets nothing for the card, if its sale is not paid out yet; else the amount is taken from its deposit, where it
has one. Where it does not owe, the sale goes on to be paid.
"""

from __future__ import annotations

from chassis.work import Work
from services.inventory.claims.domain.claim import Claim, ClaimOutcome
from services.inventory.deposits.entering import deduct_claim
from services.inventory.settlement.holding import line_of, release_line, withhold_line


def after_settling(claim: Claim, work: Work) -> None:
    """To be called in the unit that settled the claim, or may have; not settled: nothing."""
    if not claim.is_settled:
        return
    line = line_of(claim.shop_id, claim.card_id, work)
    if claim.outcome is ClaimOutcome.DROPPED:
        if line is not None:
            release_line(line, claim.hold_name, work)
    elif line is None or not withhold_line(line, claim.hold_name, work):
        deduct_claim(claim, work)
