"""A reserved card goes back: to stock, or aside where its batch was stopped meanwhile."""

from __future__ import annotations

from uuid import UUID

from chassis.work import Work
from services.inventory.stock.availability import note_added
from services.inventory.stock.domain.card import Card
from services.inventory.stock.domain.product import Product


def give_back(card: Card, need_id: UUID, work: Work) -> None:
    """The need that the card is reserved for does not want it any more, or may not have it."""
    card.release(need_id=need_id)
    product = work.find(Product, Product.create_id(card.shop_id, card.product_code))
    if product is not None and product.is_stopped(card.origin):
        card.withhold()
    else:
        note_added(product, work)
