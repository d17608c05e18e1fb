"""Pages of the shop's cards, decided."""

from __future__ import annotations

from uuid import UUID

from chassis.service import handles
from chassis.unit import Answer
from chassis.work import Work
from services.inventory.beside.commands import SeenCard, SeeShopCards
from services.inventory.beside.domain.shop_stock import ShopStock
from services.inventory.beside.seeing import OURS, see_sold, see_unsold
from services.inventory.stock.domain.card import Card, rank_of
from services.inventory.stock.domain.card_status import CardStatus
from services.inventory.stock.withdrawing import expect_certainty


def _streams(command: SeeShopCards) -> list[UUID]:
    return [ShopStock.create_id(command.shop_id), *(Card.create_id(command.shop_id, seen.fingerprint) for seen in command.cards)]


@handles(SeeShopCards, loads=_streams)
def see_shop_cards(command: SeeShopCards, work: Work) -> Answer:
    """Know these cards. `ours`: rows that say unsold though the card is an order's of ours, or void: they must go from the shop.

    Raises ShopNotTakenOver where they are handed over and the shop is not; StockRecovering.
    """
    if command.is_handed_over:
        expect_certainty(work)
        work.get(ShopStock, ShopStock.create_id(command.shop_id)).expect_taken_over()
    statuses = []
    ours = []
    for position, seen in enumerate(command.cards):
        card = _known(command, seen, position, work)
        if seen.state == "sold":
            see_sold(card, work, shop_order_number=None)
        else:
            see_unsold(
                card, work, shop_row=seen.shop_row, is_handed_over=command.is_handed_over and seen.state == "unsold", position=position
            )
            if card.status in OURS:
                ours.append(seen.shop_row)
        statuses.append(card.status)
    counts = {status.value: statuses.count(status) for status in dict.fromkeys(statuses)}
    return Answer(200, {"statuses": counts, "ours": ours})


def _known(command: SeeShopCards, seen: SeenCard, position: int, work: Work) -> Card:
    card_id = Card.create_id(command.shop_id, seen.fingerprint)
    known = work.find(Card, card_id)
    if known is not None:
        return known
    is_sold = seen.state == "sold"
    if not is_sold:
        work.keep(seen.reference)
    return Card.known_at_shop(
        card_id,
        becomes=CardStatus.SOLD_THERE if is_sold else CardStatus.AT_SHOP,
        shop_id=command.shop_id,
        fingerprint=seen.fingerprint,
        preview=seen.preview,
        reference=None if is_sold else seen.reference,
        product_code=seen.product_code,
        supplier_code=command.supplier_code,
        rank=rank_of(work.now, position),
        shop_row=seen.shop_row,
    )
