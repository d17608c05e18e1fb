"""Free cards: what may be given away. The key is shop and product, the order first in, first out."""

from __future__ import annotations

from collections.abc import Iterable

from chassis.index import Drop, Index, Put
from services.inventory.stock.domain.card import Card
from services.inventory.stock.domain.card_status import CardStatus


class FreeCards(Index):
    """One row for each free card; whoever takes a card drops its row in the same commit. `data`: the card's origin."""

    NAME = "free_cards"
    events = (
        Card.Stocked,
        Card.Regained,
        Card.Reserved,
        Card.Released,
        Card.Allocated,
        Card.Lent,
        Card.Voided,
        Card.SetAside,
        Card.Restocked,
        Card.TakenOver,
        Card.LeftToShop,
        Card.SoldThere,
    )

    @staticmethod
    def fold(event: object, aggregate: Card) -> Iterable[Put | Drop]:
        row_id = str(aggregate.id)
        match event:
            case Card.Stocked() | Card.Released() | Card.Restocked() | Card.TakenOver() | Card.Regained(was=CardStatus.LOST):
                return (Put(row_id, aggregate.stock_key, aggregate.rank, aggregate.origin or ""),)
            case Card.Regained() | Card.Allocated(was=CardStatus.RESERVED) | Card.Allocated(was=CardStatus.LOST):
                return ()
            case Card.SoldThere(was=CardStatus.AT_SHOP) | Card.SoldThere(was=CardStatus.RESERVED):
                return ()
            case Card.Lent(is_last=False) | Card.SetAside(was=CardStatus.LOST) | Card.SetAside(was=CardStatus.HELD):
                return ()
            case _:
                return (Drop(row_id),)


class TakenOverCards(Index):
    """One row for each card that was taken over from the shop beside us and is neither given back nor told to the operator. By shop."""

    NAME = "taken_over_cards"
    events = (Card.TakenOver, Card.LeftToShop, Card.KeptFromShop, Card.SoldThere)

    @staticmethod
    def fold(event: object, aggregate: Card) -> Iterable[Put | Drop]:
        match event:
            case Card.TakenOver():
                return (Put(str(aggregate.id), aggregate.shop_id, event.rank),)
            case Card.LeftToShop(was_taken_over=True) | Card.KeptFromShop(was_taken_over=True) | Card.SoldThere(was_taken_over=True):
                return (Drop(str(aggregate.id)),)
            case _:
                return ()
