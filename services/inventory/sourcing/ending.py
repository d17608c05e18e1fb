"""How a need ends without its order having a card: asked for the end by the order's last deadline, or closed since its unit has failed.

    DeliveryTimedOut   the order still takes a card. What nobody sent yet is taken back; a supplier order that was sent is cancelled where
                       that can be done, and answered first in any case: with a card, which is given, or without one. A person who
                       claimed the need has until the limit of the claim.
    DeliveryFailed     the order takes none any more: what comes is stock.

Either is answered by exactly one NeedClosed, unless a card was given. It is decided here, at the need, and nowhere else, so a hand, a
supplier and a deadline cannot all win (ADR 22).
"""

from __future__ import annotations

from uuid import UUID

from chassis.service import reacts_to
from chassis.work import Work
from contracts.order import DeliveryFailed, DeliveryTimedOut
from services.inventory.by_hand.timers import ClaimOver
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.sourcing.reactions import waited_for
from services.inventory.sourcing.saga import cancel_awaited, close_for, seek_before_closing

_OVER = (NeedStatus.CLOSING, NeedStatus.CLOSED)


@reacts_to(DeliveryTimedOut)
def on_delivery_timed_out(message: DeliveryTimedOut, work: Work) -> None:
    """Look no further. A card that was given is on its way to the order, and nothing is to be done."""
    need = work.get(Need, UUID(message.need_id))
    if need.status in (*_OVER, NeedStatus.ALLOCATED, NeedStatus.ENDING):
        return
    if need.claimed_by is not None:
        need.put_off_end(message.order_id)
    elif _is_under_way(need, work):
        need.begin_ending(holder_id=message.order_id)
        _hurry(need, work)
    else:
        close_for(need, message.order_id, work)


@reacts_to(DeliveryFailed)
def on_delivery_failed(message: DeliveryFailed, work: Work) -> None:
    """Make sure that no card reaches the buyer any more, then say so, exactly once."""
    need = work.get(Need, UUID(message.need_id))
    if need.status in _OVER:
        return
    work.cancel_timer(ClaimOver, need.id)
    need.unclaim()
    if _is_under_way(need, work):
        need.begin_closing(holder_id=message.order_id)
        _hurry(need, work)
    else:
        close_for(need, message.order_id, work)


def _is_under_way(need: Need, work: Work) -> bool:
    """Whether a supplier has to answer first; what nobody has sent yet is taken back."""
    return need.status is not NeedStatus.ALLOCATED and (
        bool(need.searches) or (need.awaited is not None and not work.withdraw(need.awaited)) or seek_before_closing(need, work)
    )


def _hurry(need: Need, work: Work) -> None:
    if need.awaited is not None:
        cancel_awaited(need, need.awaited, work)
    for key in waited_for(need):
        work.hasten(key)
