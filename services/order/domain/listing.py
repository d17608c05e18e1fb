"""A listed product: known from inventory's ProductListed, so that an order for anything else is refused."""

from __future__ import annotations

from uuid import UUID

from chassis.aggregate import Aggregate, Created, event, stream_id


class Listing(Aggregate):
    """One product of one shop that may be ordered."""

    TOPIC = "order.Listing"

    class Listed(Created):
        TOPIC = "order.Listing.Listed"
        PRIVATE = True
        shop_id: str
        product_code: str
        product_id: str

    @event(Listed)
    def __init__(self, shop_id: str, product_code: str, product_id: str) -> None:
        self.shop_id = shop_id
        self.product_code = product_code
        self.product_id = product_id

    @staticmethod
    def create_id(shop_id: str, product_code: str) -> UUID:
        return stream_id(shop_id, "listing", product_code)

    @property
    def slot_key(self) -> str:
        return self.product_code
