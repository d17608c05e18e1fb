"""What staff and the shop itself see: `GET /orders`, `GET /orders/manual`, `GET /orders/doubts` and `GET /orders/{order_number}`.

The lists come from views, so they may be a moment behind; the single order comes from its own stream. A shop sees its own orders only;
staff see every shop's, or the one named by `shop_id`.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request, Response

from chassis.desk import Desk
from chassis.errors import NotFound
from chassis.problem import InvalidRequest
from services.order.access import SHOP_ID_PATTERN, shop_seen_by
from services.order.domain.order import Order
from services.order.lookup.shown import shown
from services.order.settings import OrderSettings
from services.order.views import Doubts, ManualQueue, Orders

SCOPE = "orders:read"
NamedShop = Annotated[str | None, Query(pattern=SHOP_ID_PATTERN)]
Limit = Annotated[int, Query(ge=1, le=500)]


def routes(desk: Desk) -> APIRouter:
    """The routes of staff and shops."""
    router = APIRouter()

    @router.get("/orders")
    async def orders(request: Request, shop_id: NamedShop = None, limit: Limit = 100) -> Response:
        """Orders with state, units and timings, those placed last first."""
        return await _listed(desk, request, Orders.NAME, "orders", shop_id, limit)

    @router.get("/orders/manual")
    async def manual(request: Request, shop_id: NamedShop = None, limit: Limit = 100) -> Response:
        """Units that failed and wait for a person, the latest first."""
        return await _listed(desk, request, ManualQueue.NAME, "units", shop_id, limit)

    @router.get("/orders/doubts")
    async def doubts(request: Request, shop_id: NamedShop = None, limit: Limit = 100) -> Response:
        """What a restore has left for a person: payments in doubt, cards that contradict delivered ones; the latest first."""
        return await _listed(desk, request, Doubts.NAME, "doubts", shop_id, limit)

    @router.get("/orders/{order_number}")
    async def one(order_number: str, request: Request, shop_id: NamedShop = None) -> Response:
        """One order as it is right now."""
        settings: OrderSettings = desk.settings
        asked = _seen(desk, request, shop_id) or settings.only_shop_id()
        if asked is None:
            raise InvalidRequest([("query.shop_id", "is missing")])
        found = await desk.get(Order, Order.create_id(asked, order_number))
        if found is None:
            raise NotFound(order_number=order_number)
        return _json(msgspec.json.encode(shown(found)))

    return router


async def _listed(desk: Desk, request: Request, view: str, name: str, shop_id: str | None, limit: int) -> Response:
    seen = _seen(desk, request, shop_id)
    rows: list[tuple[str, bytes]] = await desk.ask(desk.store.view_rows, view, f"{seen}/" if seen else "", limit)
    return _json(msgspec.json.encode({name: [msgspec.Raw(document) for _, document in rows]}))


def _seen(desk: Desk, request: Request, shop_id: str | None) -> str | None:
    return shop_seen_by(desk.authenticate(request.headers.get("authorization")), SCOPE, shop_id)


def _json(body: bytes) -> Response:
    return Response(body, 200, {"cache-control": "no-store"}, "application/json")
