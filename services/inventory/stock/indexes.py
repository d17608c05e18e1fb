"""Free cards: what may be given away. The key is shop and product, the order first in, first out."""

from __future__ import annotations

from collections.abc import Iterable

from chassis.index import Drop, Index, Put
from services.inventory.stock.domain.card import Card, CardStatus


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
    )

    @staticmethod
    def fold(event: object, aggregate: Card) -> Iterable[Put | Drop]:
        row_id = str(aggregate.id)
        match event:
            case Card.Stocked() | Card.Released() | Card.Restocked() | Card.Regained(was=CardStatus.LOST):
                return (Put(row_id, aggregate.stock_key, aggregate.rank, aggregate.origin or ""),)
            case Card.Regained() | Card.Allocated(was=CardStatus.RESERVED) | Card.Allocated(was=CardStatus.LOST):
                return ()
            case Card.Lent(is_last=False) | Card.SetAside(was=CardStatus.LOST) | Card.SetAside(was=CardStatus.HELD):
                return ()
            case _:
                return (Drop(row_id),)
