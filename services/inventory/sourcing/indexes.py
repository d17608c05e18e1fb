"""Which suppliers of a shop can be asked, whatever its products say that they offer."""

from __future__ import annotations

from collections.abc import Iterable

from chassis.index import Index, Put
from services.inventory.sourcing.domain.supplier import Supplier


class AskableSuppliers(Index):
    """One row for each supplier whose site knows orders by our number; key: the shop; data: the supplier's code."""

    NAME = "askable_suppliers"
    events = (Supplier.Registered,)

    @staticmethod
    def fold(event: Supplier.Registered, aggregate: Supplier) -> Iterable[Put]:
        return (Put(str(aggregate.id), event.shop_id, data=event.supplier_code),) if aggregate.is_askable else ()
