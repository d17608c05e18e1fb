"""Which settlement of a supplier takes lines now, and how many there were."""

from __future__ import annotations

from collections.abc import Iterable

from chassis.index import Drop, Index, Put
from services.inventory.settlement.domain.settlement import Settlement


def account_key(shop_id: str, supplier_code: str, currency: str) -> str:
    """The key of a supplier's account in a currency; neither a shop's id nor a currency holds a bar."""
    return f"{shop_id}|{currency}|{supplier_code}"


class LastSettlements(Index):
    """One row for each account: its newest settlement, whether it takes lines or not."""

    NAME = "last_settlements"
    events = (Settlement.Opened,)

    @staticmethod
    def fold(event: Settlement.Opened, aggregate: Settlement) -> Iterable[Put | Drop]:
        key = account_key(event.shop_id, event.supplier_code, event.currency)
        put = Put(str(aggregate.id), key)
        if event.ordinal == 1:
            return (put,)
        before = Settlement.create_id(event.shop_id, event.supplier_code, event.currency, event.ordinal - 1)
        return (Drop(str(before)), put)
