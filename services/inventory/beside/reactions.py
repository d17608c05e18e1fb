"""What the order service tells of a shop beside us: who delivers, and what it has delivered itself."""

from __future__ import annotations

from typing import ClassVar

from chassis.service import on_timer, reacts_to
from chassis.timer import Timer
from chassis.work import Work
from contracts.order import OrderDeliveredOutside, ShopModeChanged
from services.inventory.beside.domain.shop_stock import ShopStock
from services.inventory.beside.seeing import see_sold
from services.inventory.stock.domain.card import Card, rank_of
from services.inventory.stock.domain.card_status import CardStatus
from services.inventory.stock.indexes import TakenOverCards

RETURNED_CARDS = 90
NO_SUPPLIER = "shop"
"""Stands for the supplier of a card that only the shop's sale made known."""


class ReturnDue(Timer, frozen=True):
    """The next cards go back to the shop. The aggregate is the shop's stock."""

    NAME: ClassVar[str] = "inventory.ReturnDue"


@reacts_to(ShopModeChanged, loads=lambda message: [ShopStock.create_id(message.shop_id)])
def on_shop_mode_changed(message: ShopModeChanged, work: Work) -> None:
    """Whose the shop's unsold cards are from now on; what is not sold of those taken over goes back, step by step."""
    stock = work.find(ShopStock, ShopStock.create_id(message.shop_id))
    if stock is None:
        ShopStock(shop_id=message.shop_id, is_taken_over=message.is_taken_over, change_count=message.change_count)
        return
    was_taken_over = stock.is_taken_over
    stock.change(is_taken_over=message.is_taken_over, change_count=message.change_count)
    if was_taken_over and not stock.is_taken_over:
        work.set_timer(ReturnDue(stock.id), due_at=work.now)


@on_timer(ReturnDue)
def on_return_due(timer: ReturnDue, work: Work) -> None:
    """Leave the unsold ones to the shop; those that an order of ours has stay ours, and the operator is told their rows."""
    stock = work.get(ShopStock, timer.stream_id)
    if stock.is_taken_over:
        return
    rows = work.claim(TakenOverCards.NAME, stock.shop_id, RETURNED_CARDS)
    for row in rows:
        card = work.get(Card, row.stream_id)
        assert card.shop_row is not None, "a card that was taken over has its row"
        if card.status is CardStatus.FREE:
            card.leave_to_shop(shop_row=card.shop_row)
        else:
            card.keep_from_shop(shop_row=card.shop_row)
    if len(rows) == RETURNED_CARDS:
        work.set_timer(ReturnDue(stock.id), due_at=work.now)


@reacts_to(OrderDeliveredOutside, loads=lambda message: [Card.create_id(message.shop_id, each) for each in message.card_fingerprints])
def on_order_delivered_outside(message: OrderDeliveredOutside, work: Work) -> None:
    """The shop has given these cards to a buyer: nobody else may have them, and if somebody has, it is told."""
    for position, fingerprint in enumerate(message.card_fingerprints):
        card_id = Card.create_id(message.shop_id, fingerprint)
        card = work.find(Card, card_id)
        if card is not None:
            see_sold(card, work, shop_order_number=message.order_number)
            continue
        Card.known_at_shop(
            card_id,
            becomes=CardStatus.SOLD_THERE,
            shop_id=message.shop_id,
            fingerprint=fingerprint,
            preview="",
            reference=None,
            product_code=message.product_code,
            supplier_code=NO_SUPPLIER,
            rank=rank_of(work.now, position),
            shop_row=None,
        )
