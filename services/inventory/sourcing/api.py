"""Routes of sourcing: needs for operators, callbacks from suppliers.

GET  /needs?status=                                inventory:read
POST /needs/{need_id}/run                          needs:write
POST /needs/{need_id}/supplier-word                needs:write
POST /suppliers/{supplier_code}/callback           signed by the supplier
POST /suppliers/{shop_id}/{supplier_code}/callback the same, of a shop that has an account of its own

Those of operators are about one shop, `shop_id` in the query or the body; who belongs to one shop only may leave it out. A need of
another shop is answered as one that there is not.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response
from msgspec import Meta, Struct

from chassis.desk import Desk
from chassis.errors import ContractError, NotFound, Unauthorised
from chassis.idempotency import idempotency_key
from chassis.problem import decoded
from chassis.responses import response_of
from chassis.tokens import Principal
from chassis.vault import Sealed
from protocols.errors import MalformedNotice
from protocols.http import HttpRequest
from protocols.supplier import SignatureRefused, SupplierOrderStatus
from services.inventory.answering import NEEDS, READ, Asked, AskedShop, allowed, allowed_in
from services.inventory.settings import InventorySettings
from services.inventory.sourcing.commands import NoteCallback, RerunNeed, TellForSupplier
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.numbers import need_id_of
from services.inventory.sourcing.intents import SupplierDelivery
from services.inventory.sourcing.receiving import receive
from services.inventory.sourcing.sites.kinds import site_class
from services.inventory.sourcing.sites.port import SiteOrder, TakesNoCallbacks
from services.inventory.sourcing.views import Needs, needs_prefix
from services.inventory.stock.commands import Name
from services.inventory.stock.domain.card_rules import MAX_CARD_CHARACTERS
from services.inventory.stock.domain.product import Product
from services.inventory.stock.domain.product_kind import TOP_UP


class SupplierWord(Struct, frozen=True, kw_only=True):
    """`POST /needs/{need_id}/supplier-word`: what a person found out; no card: nothing was delivered and nothing will be."""

    supplier_code: Name
    card: Annotated[str, Meta(min_length=1, max_length=MAX_CARD_CHARACTERS)] | None = None

    def __repr__(self) -> str:
        return f"SupplierWord(supplier_code={self.supplier_code!r})"


class UnfitCard(ContractError):
    code = "card-unfit"
    title = "The card does not look like the product's cards"


class UnfitCallback(ContractError):
    code = "supplier-callback-unfit"
    title = "The callback does not fit the interface"


def sourcing_routes(desk: Desk) -> APIRouter:
    """The routes of sourcing."""
    router = APIRouter()
    settings: InventorySettings = desk.settings

    @router.get("/needs")
    async def needs(request: Request, asked_shop: AskedShop = None, status: Asked | None = None, limit: int = 100) -> dict[str, Any]:
        """A shop's needs, the last changed first where a status is given; `manual` is the queue that waits for people."""
        shop_id = allowed_in(desk, request, READ, asked_shop)
        rows = await desk.ask(desk.store.view_rows, Needs.NAME, needs_prefix(shop_id, status), max(1, min(limit, 1_000)))
        return {"needs": [msgspec.json.decode(data) for _, data in rows]}

    @router.post("/needs/{need_id}/run", status_code=202)
    async def run_need(request: Request, need_id: UUID) -> Response:
        """Try a need of the manual queue again."""
        principal = allowed(desk, request, NEEDS)
        await _need(principal, need_id)
        key = idempotency_key(request)
        command = RerunNeed(need_id=need_id, staff=principal.name)
        return response_of(await desk.do(command, principal=principal.name, route="needs/run", key=key, request_body=need_id.bytes))

    @router.post("/needs/{need_id}/supplier-word")
    async def tell_for_supplier(request: Request, need_id: UUID) -> Response:
        """Say what a supplier did that cannot be asked, or does not answer, as a person found it out."""
        principal = allowed(desk, request, NEEDS)
        body = await request.body()
        word = decoded(body, SupplierWord)
        need = await _need(principal, need_id)
        delivery: SupplierDelivery | None = None
        sealed: tuple[Sealed, ...] = ()
        if word.card is not None:
            delivery, sealed = await _received(SiteOrder(SupplierOrderStatus.DELIVERED, (word.card,)), need, None)
            if delivery.cards and not delivery.cards[0].is_valid:
                raise UnfitCard()
        command = TellForSupplier(need_id=need_id, supplier_code=word.supplier_code, staff=principal.name, delivery=delivery)
        key, route = idempotency_key(request), f"needs/{need_id}/supplier-word"
        return response_of(await desk.do(command, principal=principal.name, route=route, key=key, request_body=body, sealed=sealed))

    async def _need(principal: Principal, need_id: UUID) -> Need:
        """A need of a shop that the principal belongs to; raises NotFound."""
        need = await desk.get(Need, need_id)
        if need is None or not principal.is_of(need.shop_id):
            raise NotFound(kind=Need.TOPIC, stream_id=need_id)
        return need

    async def _received(order: SiteOrder, need: Need, sku_id: int | None) -> tuple[SupplierDelivery, tuple[Sealed, ...]]:
        product = await desk.get(Product, Product.create_id(need.shop_id, need.product_code))
        return receive(
            order,
            shop_id=need.shop_id,
            sku_id=sku_id,
            card_pattern=product.card_pattern if product is not None else None,
            vault=desk.vault,
            fingerprints=desk.fingerprints,
            is_top_up=product is not None and product.kind == TOP_UP,
        )

    @router.post("/suppliers/{supplier_code}/callback")
    async def callback(request: Request, supplier_code: str) -> Response:
        """A supplier tells that something became of our order; only a verified one is listened to."""
        return await _hear(request, None, supplier_code)

    @router.post("/suppliers/{shop_id}/{supplier_code}/callback")
    async def callback_of_shop(request: Request, shop_id: str, supplier_code: str) -> Response:
        """The same, from a supplier where the shop has an account of its own."""
        return await _hear(request, shop_id, supplier_code)

    async def _hear(request: Request, shop_id: str | None, supplier_code: str) -> Response:
        account = settings.own_account(shop_id, supplier_code)
        if account is None:
            raise NotFound(supplier_code=supplier_code)
        site = site_class(account)
        signed_path = account.callback_path(supplier_code, shop_id) or request.url.path
        told = HttpRequest("POST", signed_path, headers=tuple(request.headers.items()), body=await request.body())
        try:
            order = site.read_callback(told, account, now=desk.now())
        except SignatureRefused as refusal:
            raise Unauthorised(reason=refusal.code) from None
        except MalformedNotice as malformed:
            raise UnfitCallback(field=malformed.field) from None
        except TakesNoCallbacks:
            raise NotFound(supplier_code=supplier_code) from None
        number = order.number or ""
        need_id = need_id_of(number)
        need = await desk.get(Need, need_id) if need_id is not None else None
        if need is None or number not in (*need.orders, *need.numbers_at(supplier_code)):
            raise NotFound()
        if settings.account(need.shop_id, supplier_code) is not account:
            raise NotFound()  # another shop's supplier speaks of our number
        delivery: SupplierDelivery | None = None
        sealed: tuple[Sealed, ...] = ()
        if order.status is SupplierOrderStatus.DELIVERED:
            delivery, sealed = await _received(order, need, need.orders[number].sku_id if number in need.orders else None)
        command = NoteCallback(need_id=need.id, supplier_code=supplier_code, number=number, delivery=delivery)
        answer = await desk.do(command, principal=f"supplier/{supplier_code}", route="callback", key=None, sealed=sealed)
        if answer.status != 200:
            return response_of(answer)
        reply = site.callback_reply()
        return Response(reply.body, reply.status, dict(reply.headers))

    return router
