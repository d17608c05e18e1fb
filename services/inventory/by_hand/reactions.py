"""What ends a claim that nobody gave back."""

from __future__ import annotations

from chassis.service import on_timer
from chassis.work import Work
from services.inventory.by_hand.ending import claim_ended
from services.inventory.by_hand.timers import ClaimOver
from services.inventory.sourcing.domain.need import Need


@on_timer(ClaimOver)
def on_claim_over(timer: ClaimOver, work: Work) -> None:
    """Whoever claimed the need has not delivered it in time: others may, or its order ends."""
    need = work.get(Need, timer.stream_id)
    if need.unclaim():
        claim_ended(need, work)
