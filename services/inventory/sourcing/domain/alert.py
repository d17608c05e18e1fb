"""That a person has seen an alert. What is alarming stands in other streams; this one keeps who looked at it, and when."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id


class Alert(Aggregate):
    """One kind of alert about one supplier or product; opened when somebody acknowledges it for the first time."""

    TOPIC = "inventory.Alert"

    class Opened(Created):
        TOPIC = "inventory.Alert.Opened"
        PRIVATE = True
        shop_id: str
        kind: str
        supplier_code: str
        product_code: str

    class Acknowledged(Event):
        """As it was at `seen_at`: what happened later is not seen yet."""

        TOPIC = "inventory.Alert.Acknowledged"
        PRIVATE = True
        seen_at: datetime
        staff: str

    @event(Opened)
    def __init__(self, shop_id: str, kind: str, supplier_code: str, product_code: str) -> None:
        self.shop_id = shop_id
        self.kind = kind
        self.supplier_code = supplier_code
        self.product_code = product_code
        self.seen_at: datetime | None = None

    @staticmethod
    def create_id(shop_id: str, kind: str, supplier_code: str, product_code: str) -> UUID:
        return stream_id(shop_id, "alert", kind, supplier_code, product_code)

    @property
    def slot_key(self) -> str:
        return self.supplier_code or self.product_code

    def acknowledge(self, *, seen_at: datetime, staff: str) -> None:
        """Seen by a person; what was seen already changes nothing."""
        if self.seen_at is None or seen_at > self.seen_at:
            self._acknowledged(seen_at=seen_at, staff=staff)

    @event(Acknowledged)
    def _acknowledged(self, seen_at: datetime, staff: str) -> None:
        self.seen_at = seen_at
