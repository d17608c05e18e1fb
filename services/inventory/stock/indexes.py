"""Free cards: what may be given away. The key is shop and product, the order first in, first out."""

from __future__ import annotations

from collections.abc import Iterable

from chassis.index import Drop, Index, Put
from services.inventory.stock.domain.card import Card, CardStatus


class FreeCards(Index):
    """One row for each free card; whoever takes a card drops its row in the same commit."""

    NAME = "free_cards"
    events = (Card.Stocked, Card.Regained, Card.Reserved, Card.Released, Card.Allocated, Card.Lent, Card.Voided, Card.SetAside)

    @staticmethod
    def fold(event: object, aggregate: Card) -> Iterable[Put | Drop]:
        row_id = str(aggregate.id)
        match event:
            case Card.Stocked() | Card.Released():
                return (Put(row_id, aggregate.stock_key, aggregate.rank),)
            case Card.Regained(was=CardStatus.LOST):
                return (Put(row_id, aggregate.stock_key, aggregate.rank),)
            case Card.Regained() | Card.Allocated(was=CardStatus.RESERVED) | Card.Allocated(was=CardStatus.LOST):
                return ()
            case Card.Lent(is_last=False):
                return ()
            case Card.SetAside(was=CardStatus.LOST):
                return ()
            case _:
                return (Drop(row_id),)
