"""Routes for `redress connect` and for the operator of a shop beside us.

PUT  /connection          orders:connect    follow the shop from behind a row of its orders
PUT  /connection/mode     orders:connect    who delivers
POST /connection/orders   orders:connect    up to 40 orders, as they were read
GET  /connection          orders:read       how it stands

All take `shop_id` where who asks has several shops.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from msgspec import Meta, Struct

from chassis.desk import Desk
from chassis.errors import NotFound
from chassis.fingerprint import Fingerprints
from chassis.problem import decoded
from chassis.responses import response_of
from chassis.shops import shop_meant
from chassis.tokens import Principal
from chassis.unit import Lane
from chassis.vault import Sealed, Vault
from contracts.values import Money
from protocols.shops.port import MAX_QUANTITY, ShopOrder, ShopOrderState
from services.order.access import OrderNumber, ShopId
from services.order.connecting.commands import MAX_READ_ORDERS, ChangeMode, ConnectShop, ImportOrders
from services.order.connecting.reading import fit_for_us
from services.order.domain.connection import Connection, Mode

READ, WRITE = "orders:read", "orders:connect"
Kind = Literal["dujiaoka", "acg-faka", "dujiao-next"]


class ConnectBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: Kind
    after_row: Annotated[int, Meta(ge=0)] = 0
    shop_id: ShopId | None = None


class ModeBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`is_confirmed`: a person says that the shop's delivery is off (to take over), or that the named rows are gone (to give back)."""

    mode: Mode
    is_confirmed: bool = False
    fill_in_after_seconds: Annotated[float, Meta(ge=0)] | None = None
    shop_id: ShopId | None = None


class OrderOfShop(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order as it stands in the shop's table."""

    shop_row: Annotated[int, Meta(ge=1)]
    order_number: OrderNumber
    product_code: Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{1,100}\Z")]
    quantity: Annotated[int, Meta(ge=1, le=MAX_QUANTITY)]
    amount: Money
    contact: Annotated[str, Meta(min_length=1, max_length=256)]
    state: ShopOrderState
    placed_at: Annotated[datetime, Meta(tz=True)]
    ip: Annotated[str, Meta(max_length=64)] | None = None
    trade_number: Annotated[str, Meta(max_length=200)] | None = None
    cards: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"OrderOfShop(shop_row={self.shop_row})"


class OrdersBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: Kind
    orders: Annotated[tuple[OrderOfShop, ...], Meta(max_length=MAX_READ_ORDERS)]
    shop_id: ShopId | None = None


def routes(desk: Desk) -> APIRouter:
    """The routes over one desk."""
    router = APIRouter()

    @router.put("/connection")
    async def connect(request: Request) -> Response:
        """Follow the shop; connected already, nothing changes."""
        principal = _allowed(desk, request, WRITE)
        body = decoded(await request.body(), ConnectBody)
        command = ConnectShop(shop_id=shop_meant(principal, body.shop_id), kind=body.kind, after_row=body.after_row)
        return response_of(await desk.do(command, principal=principal.name, route="connection", key=None))

    @router.put("/connection/mode")
    async def change_mode(request: Request) -> Response:
        """Switch who delivers."""
        principal = _allowed(desk, request, WRITE)
        body = decoded(await request.body(), ModeBody)
        command = ChangeMode(
            shop_id=shop_meant(principal, body.shop_id),
            mode=body.mode.value,
            is_confirmed=body.is_confirmed,
            fill_in_after_seconds=body.fill_in_after_seconds,
            changed_by=principal.name,
        )
        return response_of(await desk.do(command, principal=principal.name, route="connection-mode", key=None))

    @router.post("/connection/orders")
    async def import_orders(request: Request) -> Response:
        """Know these orders; sent again, nothing is new."""
        principal = _allowed(desk, request, WRITE)
        body = decoded(await request.body(), OrdersBody)
        command, sealed = read_orders(body, shop_meant(principal, body.shop_id), desk.vault, desk.fingerprints)
        answer = await desk.do(command, principal=principal.name, route="connection-orders", key=None, sealed=sealed, lane=Lane.BULK)
        return response_of(answer)

    @router.get("/connection")
    async def standing(request: Request, shop_id: str | None = None) -> dict[str, Any]:
        """Who delivers the shop's orders."""
        shop = shop_meant(_allowed(desk, request, READ), shop_id)
        found = await desk.get(Connection, Connection.create_id(shop))
        if found is None:
            raise NotFound(shop_id=shop)
        return {"kind": found.kind, "mode": found.mode.value, "fill_in_after_seconds": found.fill_in_after_seconds}

    return router


def read_orders(body: OrdersBody, shop_id: str, vault: Vault, fingerprints: Fingerprints) -> tuple[ImportOrders, tuple[Sealed, ...]]:
    """The page's orders made fit for our store, and what was sealed for them."""
    orders, kept = [], list[Sealed]()
    for each in body.orders:
        read, sealed = fit_for_us(_shop_order(each), shop_id, vault, fingerprints)
        orders.append(read)
        kept += sealed
    return ImportOrders(shop_id=shop_id, kind=body.kind, orders=tuple(orders)), tuple(kept)


def _allowed(desk: Desk, request: Request, scope: str) -> Principal:
    principal = desk.authenticate(request.headers.get("authorization"))
    principal.require(scope)
    return principal


def _shop_order(each: OrderOfShop) -> ShopOrder:
    return ShopOrder(
        row_id=each.shop_row,
        order_number=each.order_number,
        product_code=each.product_code,
        quantity=each.quantity,
        amount=each.amount,
        contact=each.contact,
        ip=each.ip,
        state=each.state,
        placed_at=each.placed_at,
        trade_number=each.trade_number,
        cards=each.cards,
    )
