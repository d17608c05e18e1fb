"""`POST /vault/open`: what a buyer filled in, for the service that has a top-up made or a person deliver, while the unit waits for it.

One table says who may open what, and what for. What is opened goes into one call to a supplier, or to the person who has claimed the
delivery, and is kept nowhere.
"""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request, Response

from chassis.attempts import sealed_of
from chassis.desk import Desk
from chassis.errors import Forbidden, NotFound, Refusal
from chassis.problem import decoded
from services.order.access import OrderNumber, ShopId
from services.order.domain.order import Order
from services.order.placing.account_form import ACCOUNT_KIND

ALLOWED = frozenset({("inventory", ACCOUNT_KIND, "top_up"), ("inventory", ACCOUNT_KIND, "hand_delivery")})
"""Which service may open what, and what for."""


class AccountNotNeeded(Refusal):
    code = "account-not-needed"
    title = "No paid unit of this line waits for what its buyer filled in"


class OpenBody(msgspec.Struct, frozen=True, kw_only=True):
    """Of which line of which order."""

    shop_id: ShopId
    order_number: OrderNumber
    line: int
    purpose: str


def routes(desk: Desk) -> APIRouter:
    """The route for other services."""
    router = APIRouter()

    @router.post("/vault/open")
    async def open_account(request: Request) -> Response:
        """The fields that the buyer filled in; refused unless the order is paid and a unit of the line is pending."""
        principal = desk.authenticate(request.headers.get("authorization"))
        if principal.kind != "service":
            raise Forbidden()
        body = decoded(await request.body(), OpenBody)
        if (principal.name, ACCOUNT_KIND, body.purpose) not in ALLOWED:
            raise Forbidden(purpose=body.purpose)
        order = await desk.get(Order, Order.create_id(body.shop_id, body.order_number))
        given = None if order is None else order.accounts.get(body.line)
        if order is None or given is None:
            raise NotFound(order_number=body.order_number)
        if all(unit.key.line != body.line for unit in order.pending()):
            raise AccountNotNeeded(order_number=body.order_number, line=body.line)
        rows = await desk.ask(desk.store.vault, [given.reference])
        if not rows:
            raise NotFound(order_number=body.order_number)
        (row,) = rows
        content = b'{"fields":' + desk.vault.open(sealed_of(row)) + b"}"
        return Response(content, 200, {"cache-control": "no-store"}, "application/json")

    return router
