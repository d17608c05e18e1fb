"""Withdrawing unsold cards: chosen ones, or all of a product. A card that is reserved, sold or gone is left, and why is told.

While a restore is not released nothing is withdrawn: a free card may turn out to be somebody's.
"""

from __future__ import annotations

from chassis.errors import Refusal
from chassis.service import handles
from chassis.unit import Answer
from chassis.work import Work
from services.inventory.stock.availability import note_removed
from services.inventory.stock.commands import MAX_CHUNK_CARDS, WithdrawCards, WithdrawStock
from services.inventory.stock.domain.card import Card, CardNotUnsold, stock_key_of
from services.inventory.stock.domain.product import Product
from services.inventory.stock.indexes import FreeCards


class StockRecovering(Refusal):
    code = "stock-recovering"
    title = "A restore is not released yet: which cards are unsold is not known for certain"
    is_kept = False  # the release turns it


@handles(WithdrawCards, loads=lambda command: command.card_ids)
def withdraw_cards(command: WithdrawCards, work: Work) -> Answer:
    """Withdraw those that are unsold; of the others, the reason: `unknown`, or the status that a card has."""
    expect_certainty(work)
    refused = []
    for card_id in dict.fromkeys(command.card_ids):
        card = work.find(Card, card_id)
        if card is None or card.shop_id != command.shop_id:
            refused.append({"card_id": card_id, "reason": "unknown"})
            continue
        try:
            card.withdraw(reason=command.reason)
        except CardNotUnsold as refusal:
            refused.append({"card_id": card_id, "reason": refusal.facts["card_status"]})
    return Answer(200, {"withdrawn": len(dict.fromkeys(command.card_ids)) - len(refused), "refused": refused})


@handles(WithdrawStock)
def withdraw_stock(command: WithdrawStock, work: Work) -> Answer:
    """Withdraw the next unsold cards of a product; `is_done`: there are no more."""
    expect_certainty(work)
    product = work.get(Product, Product.create_id(command.shop_id, command.product_code))
    rows = work.claim(FreeCards.NAME, stock_key_of(command.shop_id, command.product_code), MAX_CHUNK_CARDS)
    for row in rows:
        work.get(Card, row.stream_id).withdraw(reason=command.reason)
    note_removed(product, work)
    return Answer(200, {"withdrawn": len(rows), "is_done": len(rows) < MAX_CHUNK_CARDS})


def expect_certainty(work: Work) -> None:
    """Raises StockRecovering while a free card may turn out to be somebody's."""
    if work.is_recovering:
        raise StockRecovering()
