"""What products there are, and what becomes of an order that nobody pays."""

from __future__ import annotations

from chassis.service import on_timer, reacts_to
from chassis.work import Work
from contracts.inventory import ProductListed
from services.order.domain.listing import Listing
from services.order.domain.order import Order
from services.order.placing.timers import PaymentDue


@reacts_to(ProductListed, loads=lambda message: [Listing.create_id(message.shop_id, message.product_code)])
def on_product_listed(message: ProductListed, work: Work) -> None:
    """The product can be ordered from now on; listed again, it is known already."""
    if work.find(Listing, Listing.create_id(message.shop_id, message.product_code)) is None:
        Listing(shop_id=message.shop_id, product_code=message.product_code, product_id=message.product_id)


@on_timer(PaymentDue)
def on_payment_due(timer: PaymentDue, work: Work) -> None:
    """The order lapses and its reservations go back; a payment that comes later is late."""
    work.get(Order, timer.stream_id).expire()
