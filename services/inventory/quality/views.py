"""What operators are shown: batches that are stopped, and cards that somebody knew before their buyer."""

from __future__ import annotations

from typing import Any

from chassis.view import Row, View
from services.inventory.quality.domain.card_check import CardCheck
from services.inventory.stock.domain.batch import CardBatch


class StockAlerts(View):
    """One document for each batch that is stopped, until it is released or withdrawn, and for each suspected leak. Sorted by shop, time.

    `kind`: `batch_stopped` or `leak_suspected`.
    """

    NAME = "stock_alerts"
    events = (CardBatch.Stopped, CardBatch.Released, CardBatch.Withdrawn, CardCheck.LeakSuspected)

    @staticmethod
    def row_id(event: Any) -> str:
        return str(event.originator_id)

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row | None:
        if isinstance(event, CardBatch.Released | CardBatch.Withdrawn):
            return None
        at = event.timestamp.isoformat(timespec="microseconds")
        document = {"shop_id": event.shop_id, "product_code": event.product_code, "supplier_code": event.supplier_code, "at": at}
        if isinstance(event, CardBatch.Stopped):
            document |= {"kind": "batch_stopped", "batch_id": event.batch_id, "reason": event.reason, "stopped_by": event.stopped_by}
            document |= {"bad_count": event.bad_count, "told_count": event.told_count}
        else:
            document |= {"kind": "leak_suspected", "card_id": str(event.card_id), "order_number": event.order_number}
        return Row(f"{event.shop_id}|{at}", document)
