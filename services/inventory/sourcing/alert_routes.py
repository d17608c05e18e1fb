"""Routes of alerts, for operators.

GET  /alerts?status=open|seen                      inventory:read
POST /alerts/{alert_id}/acknowledgement            inventory:write

`shop_id` in the query or the body; who belongs to one shop only may leave it out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from msgspec import Struct

from chassis.desk import Desk
from chassis.errors import NotFound
from chassis.problem import decoded
from chassis.responses import response_of
from chassis.shops import shop_meant
from contracts.fields import Moment
from services.inventory.answering import READ, WRITE, AskedShop, allowed, allowed_in
from services.inventory.sourcing.alerts import OPEN, Alerts, alerts_prefix
from services.inventory.sourcing.commands import AcknowledgeAlert
from services.inventory.sourcing.domain.alert import Alert
from services.inventory.stock.commands import ShopId


class Acknowledgement(Struct, frozen=True, kw_only=True):
    """`POST /alerts/{alert_id}/acknowledgement`. `seen_at`: the alert's `last_at` as it was shown; None: as it is known now."""

    shop_id: ShopId | None = None
    seen_at: Moment | None = None


def alert_routes(desk: Desk) -> APIRouter:
    """The routes of alerts."""
    router = APIRouter()

    @router.get("/alerts")
    async def alerts(
        request: Request,
        asked_shop: AskedShop = None,
        status: Literal["open", "seen"] = OPEN,  # type: ignore[assignment]
        limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    ) -> dict[str, Any]:
        """What a person should look at, or has looked at; what happened last comes first."""
        shop_id = allowed_in(desk, request, READ, asked_shop)
        rows = await desk.ask(desk.store.view_rows, Alerts.NAME, alerts_prefix(shop_id, status), limit)
        return {"alerts": [msgspec.json.decode(data) for _, data in rows]}

    @router.post("/alerts/{alert_id}/acknowledgement")
    async def acknowledge(request: Request, alert_id: UUID) -> Response:
        """Say that an alert was seen."""
        principal = allowed(desk, request, WRITE)
        asked = decoded(await request.body(), Acknowledgement)
        shop_id = shop_meant(principal, asked.shop_id)
        known = await desk.ask(desk.store.view_rows_of, Alerts.NAME, [str(alert_id)])
        document = msgspec.json.decode(known[str(alert_id)][1]) if known else None
        if document is None or document["shop_id"] != shop_id:
            raise NotFound(kind=Alert.TOPIC, stream_id=alert_id)
        command = AcknowledgeAlert(
            shop_id=shop_id,
            kind=document["kind"],
            supplier_code=document["supplier_code"],
            product_code=document["product_code"],
            seen_at=asked.seen_at or datetime.fromisoformat(document["last_at"]),
            staff=principal.name,
        )
        return response_of(await desk.do(command, principal=principal.name, route="alerts/acknowledgement", key=None))

    return router
