"""Routes about the quality of cards, for operators. Each is about one shop, as those of the stock.

POST /cards/{card_id}/verification       inventory:write    (ask its supplier whether it still works)
GET  /cards/{card_id}/verification       inventory:read
POST /batches/{batch_id}/decision        inventory:write    (stop, release, withdraw)
POST /batches/{batch_id}/sample          inventory:write
GET  /stock/alerts                       inventory:read
"""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response
from msgspec import Struct

from chassis.desk import Desk
from chassis.errors import NotFound
from chassis.problem import decoded
from chassis.responses import response_of
from chassis.shops import shop_meant
from services.inventory.answering import READ, WRITE, AskedShop, Named, allowed, allowed_in
from services.inventory.quality.commands import DecideBatch, SampleBatch, VerifyCard
from services.inventory.quality.domain.card_check import CardCheck
from services.inventory.quality.views import StockAlerts
from services.inventory.stock.commands import Name, ShopId

MOST_ALERTS = 1_000


class OfShop(Struct, frozen=True, kw_only=True):
    """A body that says no more than which shop is meant, where that is not clear."""

    shop_id: ShopId | None = None


class BatchDecision(Struct, frozen=True, kw_only=True):
    """`POST /batches/{batch_id}/decision`. `reason`: a word for those who read it later."""

    shop_id: ShopId | None = None
    decision: Literal["stop", "release", "withdraw"]
    reason: Name = "by_staff"


def quality_routes(desk: Desk) -> APIRouter:
    """The routes about the quality of cards."""
    router = APIRouter()

    @router.post("/cards/{card_id}/verification", status_code=202)
    async def verify(request: Request, card_id: UUID) -> Response:
        """Have the supplier asked whether a card still works; the answer is a CardVerified, and stands under the same path."""
        principal = allowed(desk, request, WRITE)
        shop_id = shop_meant(principal, decoded(await request.body() or b"{}", OfShop).shop_id)
        command = VerifyCard(shop_id=shop_id, card_id=card_id, staff=principal.name)
        return response_of(await desk.do(command, principal=principal.name, route="verification", key=None))

    @router.get("/cards/{card_id}/verification")
    async def verification(request: Request, card_id: UUID, asked_shop: AskedShop = None) -> dict[str, Any]:
        """The newest answer; `result` is null while there is none, and `is_asking` tells that one is awaited."""
        shop_id = allowed_in(desk, request, READ, asked_shop)
        check = await desk.get(CardCheck, CardCheck.create_id(shop_id, card_id))
        if check is None:
            raise NotFound()
        return {"card_id": str(card_id), "result": check.result, "is_asking": check.is_asking, "is_leak_suspected": check.is_leak_suspected}

    @router.post("/batches/{batch_id}/decision", status_code=202)
    async def decide(request: Request, batch_id: Named) -> Response:
        """Stop a batch before it is sold, put it on sale again, or take what is unsold of it out of stock."""
        principal = allowed(desk, request, WRITE)
        asked = decoded(await request.body(), BatchDecision)
        command = DecideBatch(
            shop_id=shop_meant(principal, asked.shop_id),
            batch_id=batch_id,
            decision=asked.decision,
            reason=asked.reason,
            staff=principal.name,
        )
        return response_of(await desk.do(command, principal=principal.name, route="decision", key=None))

    @router.post("/batches/{batch_id}/sample", status_code=202)
    async def sample(request: Request, batch_id: Named) -> Response:
        """Draw a sample of a batch now."""
        principal = allowed(desk, request, WRITE)
        shop_id = shop_meant(principal, decoded(await request.body() or b"{}", OfShop).shop_id)
        command = SampleBatch(shop_id=shop_id, batch_id=batch_id)
        return response_of(await desk.do(command, principal=principal.name, route="sample", key=None))

    @router.get("/stock/alerts")
    async def alerts(request: Request, asked_shop: AskedShop = None) -> dict[str, Any]:
        """Batches that are stopped, and suspected leaks, the newest first."""
        shop_id = allowed_in(desk, request, READ, asked_shop)
        rows = await desk.ask(desk.store.view_rows, StockAlerts.NAME, f"{shop_id}|", MOST_ALERTS)
        return {"alerts": [msgspec.json.decode(data) for _, data in rows]}

    return router
