"""`POST|GET /orders/{number}/payments` and `GET /orders/{number}/payments/{channel}`: what the buyer can pay by.

The shop asks for a payment and looks again until it is open: the provider is called outside of the request, so that a slow one keeps
nobody waiting. The same again answers with the payment that there is.
"""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request, Response

from chassis.desk import Desk
from chassis.errors import NotFound
from chassis.problem import decoded
from chassis.responses import response_of
from services.order.access import shop_of
from services.order.channels.registry import CHANNELS
from services.order.domain.checkout import Checkout
from services.order.domain.order import Order
from services.order.domain.order_state import OrderState
from services.order.domain.refusals import OrderNumberUnfit, PaymentNotOffered
from services.order.paying.commands import CreateCheckout, PaymentsShown, shown
from services.order.settings import OrderSettings
from services.order.watching.standing import channels_of, is_offered


class PaymentBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`channel`: a provider that the shop takes payments by."""

    channel: str


def routes(desk: Desk) -> APIRouter:
    """The routes of the shop."""
    router = APIRouter()
    settings: OrderSettings = desk.settings

    @router.post("/orders/{order_number}/payments", status_code=202)
    async def create(order_number: str, request: Request) -> Response:
        """Have a payment created for an order that waits for it."""
        shop_id = shop_of(desk.authenticate(request.headers.get("authorization")), "orders:write")
        provider = decoded(await request.body(), PaymentBody).channel
        account = settings.shop(shop_id).account(provider)
        if account is None or settings.public_url is None or not CHANNELS[provider].is_creatable(account):
            raise PaymentNotOffered(channel=provider if provider in CHANNELS else "other")
        if not CHANNELS[provider].takes_number(order_number):
            raise OrderNumberUnfit(channel=provider)
        command = CreateCheckout(shop_id=shop_id, order_number=order_number, provider=provider)
        return response_of(await desk.do(command, principal=f"shop/{shop_id}", route=request.url.path, key=None))

    @router.get("/orders/{order_number}/payments")
    async def offered(order_number: str, request: Request) -> Response:
        """The channels that the buyer can be offered for this order now, and the payments that were begun."""
        shop_id = shop_of(desk.authenticate(request.headers.get("authorization")), "orders:read")
        order = await desk.get(Order, Order.create_id(shop_id, order_number))
        if order is None:
            raise NotFound(kind=Order.TOPIC)
        begun = [await desk.get(Checkout, Checkout.create_id(shop_id, order_number, code)) for code in order.channels]
        is_payable = order.state is OrderState.PLACED and not order.is_cancelled and desk.now() < order.expires_at
        choice = [
            each.channel
            for each in await channels_of(desk, shop_id)
            if is_offered(each, order.amount.currency) and CHANNELS[each.channel].takes_number(order_number)
        ]
        answer = PaymentsShown(
            order_number=order_number,
            state=order.state.value,
            channels=choice if is_payable else [],
            payments=[shown(checkout) for checkout in begun if checkout is not None],
        )
        return Response(msgspec.json.encode(answer), media_type="application/json")

    @router.get("/orders/{order_number}/payments/{channel}")
    async def show(order_number: str, channel: str, request: Request) -> Response:
        """How the payment stands."""
        shop_id = shop_of(desk.authenticate(request.headers.get("authorization")), "orders:read")
        checkout = await desk.get(Checkout, Checkout.create_id(shop_id, order_number, channel))
        if checkout is None:
            raise NotFound(kind=Checkout.TOPIC)
        return Response(msgspec.json.encode(shown(checkout)), media_type="application/json")

    return router
