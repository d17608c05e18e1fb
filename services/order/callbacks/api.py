"""What was passed on to a shop, for staff and the shop.

GET  /forwardings                               orders:read
GET  /forwardings/{id}                          orders:read
POST /forwardings/{id}/replay                   orders:write
POST /forwardings/{id}/acknowledgement          orders:write    (given up, and left at that)

A shop and its staff see their own; those of the installation see every shop's, or that of the one named by `shop_id`.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request, Response

from chassis.desk import Desk
from chassis.errors import NotFound
from chassis.responses import response_of
from chassis.tokens import Principal
from services.order.access import SHOP_ID_PATTERN, shop_seen_by
from services.order.callbacks.commands import AcknowledgeForwarding, ReplayNotice
from services.order.callbacks.views import Forwardings, GivenUpNotices, given_up_prefix

NamedShop = Annotated[str | None, Query(pattern=SHOP_ID_PATTERN)]
Limit = Annotated[int, Query(ge=1, le=500)]


def routes(desk: Desk) -> APIRouter:
    """The routes of the delivery log."""
    router = APIRouter()

    @router.get("/forwardings")
    async def listed(
        request: Request, shop_id: NamedShop = None, limit: Limit = 100, is_open: bool | None = None, is_given_up: bool = False
    ) -> Response:
        """What was passed on, the latest first: of one shop with `is_open` only what the shop has (false) or has not (true) accepted.

        With `is_given_up` only what is tried no more, and was not left at that.
        """
        seen = shop_seen_by(_principal(request), "orders:read", shop_id)
        if is_given_up:
            rows = await desk.ask(desk.store.view_rows, GivenUpNotices.NAME, given_up_prefix(seen) if seen else "", limit)
            return _json(msgspec.json.encode({"forwardings": [msgspec.Raw(document) for _, document in rows]}))
        mark = "" if is_open is None or seen is None else ("open/" if is_open else "done/")
        rows = await desk.ask(desk.store.view_rows, Forwardings.NAME, f"{seen}/{mark}" if seen else "", limit)
        return _json(msgspec.json.encode({"forwardings": [msgspec.Raw(document) for _, document in rows]}))

    @router.get("/forwardings/{forwarding_id}")
    async def one(forwarding_id: UUID, request: Request) -> Response:
        """One notice with its newest tries."""
        return _json(await found(forwarding_id, _principal(request), "orders:read"))

    @router.post("/forwardings/{forwarding_id}/replay", status_code=202)
    async def replay(forwarding_id: UUID, request: Request) -> Response:
        """Pass it on once more, now."""
        principal = _principal(request)
        document = await found(forwarding_id, principal, "orders:write")
        shop_id = msgspec.json.decode(document)["shop_id"]
        command = ReplayNotice(shop_id=shop_id, forwarding_id=forwarding_id, replayed_by=principal.name)
        return response_of(await desk.do(command, principal=principal.name, route="forwarding-replay", key=None))

    @router.post("/forwardings/{forwarding_id}/acknowledgement")
    async def acknowledge(forwarding_id: UUID, request: Request) -> Response:
        """Leave what was given up at that: it alarms nobody any more."""
        principal = _principal(request)
        document = await found(forwarding_id, principal, "orders:write")
        shop_id = msgspec.json.decode(document)["shop_id"]
        command = AcknowledgeForwarding(shop_id=shop_id, forwarding_id=forwarding_id, acknowledged_by=principal.name)
        return response_of(await desk.do(command, principal=principal.name, route="forwarding-acknowledgement", key=None))

    def _principal(request: Request) -> Principal:
        return desk.authenticate(request.headers.get("authorization"))

    async def found(forwarding_id: UUID, principal: Principal, scope: str) -> bytes:
        principal.require(scope)
        row = await desk.ask(desk.store.view_row, Forwardings.NAME, str(forwarding_id))
        if row is None or not principal.is_of(msgspec.json.decode(row[1])["shop_id"]):
            raise NotFound(kind="forwarding")
        document: bytes = row[1]
        return document

    return router


def _json(body: bytes) -> Response:
    return Response(body, 200, {"cache-control": "no-store"}, "application/json")
