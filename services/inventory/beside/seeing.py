"""What becomes of a card that is seen at the shop, unsold or sold. Seen again, nothing new comes of it."""

from __future__ import annotations

from chassis.work import Work
from services.inventory.sourcing.domain.need import Need
from services.inventory.stock.domain.card import Card, rank_of
from services.inventory.stock.domain.card_status import CardStatus

OURS = (CardStatus.RESERVED, CardStatus.ALLOCATED, CardStatus.HELD, CardStatus.VOID)
"""No order of the shop may have these any more, whatever its table says."""


def see_unsold(card: Card, work: Work, *, shop_row: int, is_handed_over: bool, position: int) -> None:
    """It stands unsold in the shop: the shop's, unless it was handed over or an order of ours has it."""
    if card.status is CardStatus.FREE and not card.is_taken_over:
        card.leave_to_shop(shop_row=shop_row)
    if card.status is CardStatus.AT_SHOP and is_handed_over:
        card.take_over(rank=rank_of(work.now, position))
    elif card.status in OURS:
        card.keep_from_shop(shop_row=shop_row)


def see_sold(card: Card, work: Work, *, shop_order_number: str | None) -> None:
    """The shop has sold it. What was only reserved here stays payable from other stock; what was given away is sold twice."""
    if card.status in (CardStatus.FREE, CardStatus.AT_SHOP):
        card.sell_there()
    elif card.status is CardStatus.RESERVED:
        assert card.need_id is not None, "a reserved card has its need"
        work.get(Need, card.need_id).unreserve()
        card.sell_there()
    else:
        card.note_sold_twice(shop_order_number=shop_order_number)
