"""Routes of those who deliver by hand. Whoever asks is the one who claims.

POST   /needs/{need_id}/claim       needs:write
DELETE /needs/{need_id}/claim       needs:write
POST   /needs/{need_id}/buyer-fields    needs:write, of who has claimed it
POST   /needs/{need_id}/delivery    needs:write
POST   /needs/{need_id}/refusal     needs:write
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response
from msgspec import Meta, Struct

from chassis.desk import Desk
from chassis.errors import NotFound
from chassis.idempotency import idempotency_key
from chassis.problem import decoded
from chassis.responses import response_of
from chassis.tokens import Principal
from services.inventory.answering import NEEDS, allowed
from services.inventory.by_hand.buyer_fields import fields_of
from services.inventory.by_hand.commands import ClaimNeed, DeliverByHand, RefuseNeed, ShowBuyerFields
from services.inventory.by_hand.content import MAX_CONTENT_CHARACTERS, delivered_text, seal_delivery
from services.inventory.sourcing.domain.need import Need
from services.inventory.stock.domain.product import Product

Short = Annotated[str, Meta(min_length=1, max_length=100)]


class HandDelivery(Struct, frozen=True, kw_only=True):
    """`POST /needs/{need_id}/delivery`: the content, or for goods the carrier and the tracking number."""

    content: Annotated[str, Meta(min_length=1, max_length=MAX_CONTENT_CHARACTERS)] | None = None
    carrier: Short | None = None
    tracking_number: Short | None = None

    def __repr__(self) -> str:
        return "HandDelivery(…)"


def by_hand_routes(desk: Desk) -> APIRouter:
    """The routes of those who deliver by hand."""
    router = APIRouter()

    @router.post("/needs/{need_id}/claim")
    async def claim(request: Request, need_id: UUID) -> Response:
        """Take a need of the manual queue on oneself; others are refused, and its order waits, until the claim's limit is over."""
        return await _claim(request, need_id, is_given_back=False)

    @router.delete("/needs/{need_id}/claim")
    async def unclaim(request: Request, need_id: UUID) -> Response:
        """Give a need back to the queue."""
        return await _claim(request, need_id, is_given_back=True)

    async def _claim(request: Request, need_id: UUID, *, is_given_back: bool) -> Response:
        principal = allowed(desk, request, NEEDS)
        await _need(principal, need_id)
        command = ClaimNeed(need_id=need_id, staff=principal.name, is_given_back=is_given_back)
        return response_of(await desk.do(command, principal=principal.name, route="needs/claim", key=None))

    @router.post("/needs/{need_id}/buyer-fields")
    async def show_buyer_fields(request: Request, need_id: UUID) -> Response:
        """What the buyer filled in for a need that one has claimed, such as where to send it; each look is recorded."""
        principal = allowed(desk, request, NEEDS)
        need = await _need(principal, need_id)
        answer = await desk.do(
            ShowBuyerFields(need_id=need_id, staff=principal.name), principal=principal.name, route="needs/buyer-fields", key=None
        )
        if answer.status != 200:
            return response_of(answer)
        fields = await fields_of(need, desk)
        return Response(msgspec.json.encode(fields), headers={"cache-control": "no-store"}, media_type="application/json")

    @router.post("/needs/{need_id}/delivery")
    async def deliver(request: Request, need_id: UUID) -> Response:
        """Deliver what one has claimed."""
        principal = allowed(desk, request, NEEDS)
        body = await request.body()
        delivery = decoded(body, HandDelivery)
        need = await _need(principal, need_id)
        product = await desk.get(Product, Product.create_id(need.shop_id, need.product_code))
        if product is None:
            raise NotFound(product_code=need.product_code)
        text = delivered_text(product, content=delivery.content, carrier=delivery.carrier, tracking_number=delivery.tracking_number)
        fingerprint, sealed, preview = seal_delivery(text, product, need_id, desk.vault, desk.fingerprints)
        command = DeliverByHand(need_id=need_id, staff=principal.name, fingerprint=fingerprint, reference=sealed.reference, preview=preview)
        key = idempotency_key(request)
        route = f"needs/{need_id}/delivery"
        return response_of(await desk.do(command, principal=principal.name, route=route, key=key, request_body=body, sealed=(sealed,)))

    @router.post("/needs/{need_id}/refusal", status_code=202)
    async def refuse(request: Request, need_id: UUID) -> Response:
        """Say that a need of the manual queue will not be delivered: its order ends at once."""
        principal = allowed(desk, request, NEEDS)
        await _need(principal, need_id)
        command = RefuseNeed(need_id=need_id, staff=principal.name)
        key = idempotency_key(request)
        route = "needs/refusal"
        return response_of(await desk.do(command, principal=principal.name, route=route, key=key, request_body=need_id.bytes))

    async def _need(principal: Principal, need_id: UUID) -> Need:
        """A need of a shop that the principal belongs to; raises NotFound."""
        need = await desk.get(Need, need_id)
        if need is None or not principal.is_of(need.shop_id):
            raise NotFound(kind=Need.TOPIC, stream_id=need_id)
        return need

    return router
