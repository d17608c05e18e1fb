"""Wanting a payment."""

from __future__ import annotations

from chassis.service import handles
from chassis.unit import Answer
from chassis.work import Work
from services.order.domain.channel_watch import ChannelState, ChannelWatch
from services.order.domain.checkout import Checkout, CheckoutState
from services.order.domain.order import Order
from services.order.domain.order_state import OrderState
from services.order.domain.refusals import ChannelHiddenNow, OrderNotPayable
from services.order.paying.commands import CreateCheckout, shown
from services.order.paying.following import stop_asking
from services.order.paying.intents import CreatePayment


@handles(CreateCheckout)
def create_checkout(command: CreateCheckout, work: Work) -> Answer:
    """Have a payment created, or show the one that there is: 202. Raises NotFound, OrderNotPayable, ChannelHiddenNow."""
    order = work.get(Order, Order.create_id(command.shop_id, command.order_number))
    if order.state is not OrderState.PLACED or order.is_cancelled or work.now >= order.expires_at:
        raise OrderNotPayable(order_number=command.order_number)
    checkout = work.find(Checkout, Checkout.create_id(command.shop_id, command.order_number, command.provider))
    is_wanted = checkout is None
    watch = work.find(ChannelWatch, ChannelWatch.create_id(command.shop_id, command.provider))
    is_new = checkout is None or checkout.is_bare
    if is_new and watch is not None and watch.state is ChannelState.HIDDEN:
        raise ChannelHiddenNow(channel=command.provider)
    if checkout is None:
        checkout = Checkout(shop_id=command.shop_id, order_number=command.order_number, provider=command.provider)
    was_open = checkout.state is CheckoutState.OPEN
    if is_wanted or checkout.request_again():
        if was_open:
            stop_asking(checkout, order, work)
        order.name_channel(command.provider)
        work.intend(
            CreatePayment(
                key=f"create-payment/{checkout.id}",
                target=f"{checkout.provider}/{checkout.shop_id}",
                shop_id=checkout.shop_id,
                checkout_id=checkout.id,
                order_number=checkout.order_number,
                provider=checkout.provider,
                amount=order.amount,
                expires_at=order.expires_at,
                wanted_at=work.now,
            )
        )
    return Answer(202, shown(checkout))
