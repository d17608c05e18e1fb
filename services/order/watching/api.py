"""`GET /channels` and `POST /channels/{channel}/restoration`: how the payment channels of a shop fare, and bringing one back."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request, Response

from chassis.desk import Desk
from chassis.errors import NotFound
from chassis.problem import InvalidRequest, decoded
from chassis.responses import response_of
from chassis.tokens import Principal
from services.order.access import SHOP_ID_PATTERN, ShopId, shop_seen_by
from services.order.channels.registry import CHANNELS
from services.order.domain.channel_watch import ChannelWatch
from services.order.settings import OrderSettings
from services.order.watching.commands import BringChannelBack, ChannelShown
from services.order.watching.standing import channels_of

NamedShop = Annotated[str | None, Query(pattern=SHOP_ID_PATTERN)]
SCOPE = "ops"


class RestorationBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`shop_id` may be left out where there is one shop only."""

    shop_id: ShopId | None = None


class ChannelsShown(msgspec.Struct, frozen=True, kw_only=True):
    shop_id: str
    channels: list[ChannelShown]


def routes(desk: Desk) -> APIRouter:
    """The routes of shops and their staff."""
    router = APIRouter()
    settings: OrderSettings = desk.settings

    def shop_of(principal: Principal, scope: str, asked: str | None) -> str:
        shop_id = shop_seen_by(principal, scope, asked) or settings.only_shop_id()
        if shop_id is None:
            raise InvalidRequest([("shop_id", "is missing")])
        return shop_id

    @router.get("/channels")
    async def listed(request: Request, shop_id: NamedShop = None) -> Response:
        """Every provider that the shop takes payments by, and how it fares."""
        shop = shop_of(desk.authenticate(request.headers.get("authorization")), "orders:read", shop_id)
        shown = ChannelsShown(shop_id=shop, channels=await channels_of(desk, shop))
        return Response(msgspec.json.encode(shown), media_type="application/json")

    @router.post("/channels/{channel}/restoration")
    async def restore(channel: str, request: Request) -> Response:
        """Offer a hidden channel again now."""
        principal = desk.authenticate(request.headers.get("authorization"))
        principal.require(SCOPE)
        body = decoded(await request.body() or b"{}", RestorationBody)
        shop_id = shop_of(principal, SCOPE, body.shop_id)
        if channel not in CHANNELS:
            raise NotFound(kind=ChannelWatch.TOPIC)
        command = BringChannelBack(shop_id=shop_id, provider=channel, decided_by=principal.name)
        return response_of(await desk.do(command, principal=principal.name, route="channel-restoration", key=None))

    return router
