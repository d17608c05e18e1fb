"""What comes when a claim ends without a delivery."""

from __future__ import annotations

from chassis.work import Work
from services.inventory.by_hand.timers import ClaimOver
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.saga import close_for


def claim_ended(need: Need, work: Work) -> None:
    """Others may take the need; or it is closed, where its order asked for the end meanwhile."""
    work.cancel_timer(ClaimOver, need.id)
    if need.end_asked_by is not None:
        close_for(need, need.end_asked_by, work)
