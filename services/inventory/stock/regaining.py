"""A lost card's secret comes back, by a file or from its supplier: the card is whole again where it stands, and no new stock."""

from __future__ import annotations

from datetime import datetime

from chassis.work import Work
from services.inventory.sourcing.timers import CardIsBack
from services.inventory.stock.domain.card import Card


def regain(
    card: Card,
    work: Work,
    *,
    fingerprint: str,
    preview: str,
    reference: str,
    rank: int | None = None,
    expires_at: datetime | None = None,
) -> None:
    """Keep the sealed secret of a lost card.

    The need that has the card hears of it by a timer that is due at once: a unit that imports many cards cannot touch their needs too.
    """
    work.keep(reference)
    card.regain(fingerprint=fingerprint, preview=preview, reference=reference, rank=rank, expires_at=expires_at)
    if card.need_id is not None:
        work.set_timer(CardIsBack(card.id), due_at=work.now)
