"""What products there are, and what becomes of an order that nobody pays."""

from __future__ import annotations

from chassis.service import on_timer, reacts_to
from chassis.work import Work
from contracts.inventory import AfterSalesPolicyChanged, ProductListed, ProductResumed, ProductSuspended
from services.order.domain.listing import Listing
from services.order.domain.order import Order
from services.order.domain.order_state import OrderState
from services.order.paying.following import LAST_PATIENCE, let_go, put_last_questions
from services.order.placing.timers import PaymentDue
from services.order.search.start import look_for_payment, may_be_forgotten, search_of

MANUAL, TOP_UP = "manual", "top_up"
"""Kinds whose buyers fill something in."""


@reacts_to(ProductListed, loads=lambda message: [Listing.create_id(message.shop_id, message.product_code)])
def on_product_listed(message: ProductListed, work: Work) -> None:
    """The product can be ordered from now on; listed again, it is known already."""
    listing = work.find(Listing, Listing.create_id(message.shop_id, message.product_code))
    if listing is None:
        listing = Listing(shop_id=message.shop_id, product_code=message.product_code, product_id=message.product_id)
    if message.kind in (MANUAL, TOP_UP):
        listing.hear_form(message.fields, is_personal=message.kind == MANUAL)


@reacts_to(AfterSalesPolicyChanged, loads=lambda message: [Listing.create_id(message.shop_id, message.product_code)])
def on_policy_changed(message: AfterSalesPolicyChanged, work: Work) -> None:
    """Orders that are paid from now on are promised this version; orders that are paid already keep theirs."""
    work.get(Listing, Listing.create_id(message.shop_id, message.product_code)).hear_policy(message.version, message.policy)


@reacts_to(ProductSuspended, loads=lambda message: [Listing.create_id(message.shop_id, message.product_code)])
def on_product_suspended(message: ProductSuspended, work: Work) -> None:
    """No new orders for it; those that were taken go on."""
    work.get(Listing, Listing.create_id(message.shop_id, message.product_code)).take_off_sale(message.reason)


@reacts_to(ProductResumed, loads=lambda message: [Listing.create_id(message.shop_id, message.product_code)])
def on_product_resumed(message: ProductResumed, work: Work) -> None:
    """Orders for it again."""
    work.get(Listing, Listing.create_id(message.shop_id, message.product_code)).come_back()


@on_timer(PaymentDue)
def on_payment_due(timer: PaymentDue, work: Work) -> None:
    """The order lapses and its reservations go back; a payment that comes later is late.

    Where a provider is known by which it may have been paid, that one is asked once more before; after a restore, when it may have been
    paid in the span that was lost, every one is.
    """
    order = work.get(Order, timer.stream_id)
    if order.state is not OrderState.PLACED:
        return
    search = search_of(order, work)
    if search is not None and not search.is_over:
        return  # it ends the order, one way or the other
    if may_be_forgotten(order, work):
        look_for_payment(order, work)
    elif put_last_questions(order, work):
        work.set_timer(PaymentDue(order.id), due_at=work.now + LAST_PATIENCE)
    else:
        let_go(order, work)
