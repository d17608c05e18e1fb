"""`POST /orders/{order_number}/payment-decision`: an operator, who has looked at the provider's own pages, ends a doubt.

With the scope `ops`, since doubts are left by restores. The doubts are listed by `GET /orders/doubts`.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import Meta

from chassis.desk import Desk
from chassis.problem import InvalidRequest, decoded
from chassis.responses import response_of
from services.order.access import ShopId, shop_seen_by
from services.order.channels.registry import CHANNELS
from services.order.search.commands import DecidePayment
from services.order.settings import OrderSettings

SCOPE = "ops"


class DecisionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`shop_id` may be left out where there is one shop only; `provider` and `trade_number` where we had named the payment ourselves."""

    is_paid: bool
    provider: str | None = None
    trade_number: Annotated[str, Meta(pattern=r"^[0-9A-Za-z_\-|*@.]{1,64}\Z")] | None = None
    shop_id: ShopId | None = None


def routes(desk: Desk) -> APIRouter:
    """The route of operators."""
    router = APIRouter()
    settings: OrderSettings = desk.settings

    @router.post("/orders/{order_number}/payment-decision")
    async def decide(order_number: str, request: Request) -> Response:
        """End the doubt about an order's payment."""
        principal = desk.authenticate(request.headers.get("authorization"))
        principal.require(SCOPE)
        body = decoded(await request.body(), DecisionBody)
        shop_id = shop_seen_by(principal, SCOPE, body.shop_id) or settings.only_shop_id()
        if shop_id is None:
            raise InvalidRequest([("shop_id", "is missing")])
        if body.provider not in (None, *CHANNELS):
            raise InvalidRequest([("provider", "is not known")])
        command = DecidePayment(
            shop_id=shop_id,
            order_number=order_number,
            is_paid=body.is_paid,
            provider=body.provider,
            trade_number=body.trade_number,
            decided_by=principal.name,
        )
        return response_of(await desk.do(command, principal=principal.name, route="payment-decision", key=None))

    return router
