"""`GET|POST /notices/{provider}/{shop_id}/heard`: a shop that takes payments itself passes on what its provider has told it.

Query, body and the provider's own headers come as they were, and the shop's credential beside them in `authorization`. The notice is
judged as if it had come from the provider; the answer tells the shop what we make of it, and is not the provider's success word.
"""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request, Response

from chassis.desk import Desk
from chassis.errors import Forbidden, Refusal
from chassis.problem import InvalidRequest
from services.order.access import shop_of
from services.order.callbacks.settings import CallbackMode
from services.order.channels.port import RawNotice
from services.order.domain.notice import UNKNOWN_ORDER, NoticeState
from services.order.notices.judging import judge, note_refusal
from services.order.notices.reading import Unfit, read_notice
from services.order.settings import OrderSettings


class NotBeside(Refusal):
    code = "not-beside"
    title = "The shop's settings do not say that it passes on what this provider tells it"


class NoticeHeard(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: accepted, awaiting (the provider is being asked), disregarded (says nothing of a payment) or refused, then with a `reason`.

    `is_genuine`: rightly signed and meant for this shop's account; where `state` is awaiting, that proves nothing yet.
    """

    state: str
    is_genuine: bool
    is_order_known: bool | None
    order_number: str | None
    trade_number: str | None
    reason: str | None


def routes(desk: Desk) -> APIRouter:
    """The route of shops that Redress stands beside."""
    router = APIRouter()
    settings: OrderSettings = desk.settings

    @router.get("/notices/{provider}/{shop_id}/heard")
    async def heard_as_query(provider: str, shop_id: str, request: Request) -> Response:
        """A notice that the shop got as a query."""
        return await take(provider, shop_id, request, b"")

    @router.post("/notices/{provider}/{shop_id}/heard")
    async def heard_as_body(provider: str, shop_id: str, request: Request) -> Response:
        """A notice that the shop got as a form or as JSON."""
        return await take(provider, shop_id, request, await request.body())

    async def take(provider: str, shop_id: str, request: Request, body: bytes) -> Response:
        if shop_of(desk.authenticate(request.headers.get("authorization")), "orders:write") != shop_id:
            raise Forbidden(reason="another-shop")
        shop = settings.shop(shop_id)
        if shop.callback(provider).mode is not CallbackMode.BESIDE:
            raise NotBeside(provider=provider)
        raw = RawNotice(request.method, request.url.query.encode(), request.headers, body, desk.now())
        read = read_notice(provider, shop_id, shop, raw)
        if isinstance(read, Unfit):
            await note_refusal(desk, request, provider, shop_id, read)
            if read.field is not None:
                raise InvalidRequest([(read.field, "is missing or malformed")])
            refused, numbers = NoticeState.REFUSED.value, (read.order_number, read.trade_number)
            return _said(NoticeHeard(state=refused, is_genuine=False, is_order_known=None, reason=read.reason, **_named(*numbers)))
        judged = await judge(desk, request, read)
        is_known = None if judged.state == NoticeState.DISREGARDED else judged.reason != UNKNOWN_ORDER
        return _said(
            NoticeHeard(
                state=judged.state,
                is_genuine=True,
                is_order_known=is_known,
                reason=judged.reason,
                **_named(read.order_number, read.trade_number),
            )
        )

    return router


def _named(order_number: str | None, trade_number: str | None) -> dict[str, str | None]:
    return {"order_number": order_number, "trade_number": trade_number}


def _said(heard: NoticeHeard) -> Response:
    return Response(msgspec.json.encode(heard), 200, media_type="application/json")
