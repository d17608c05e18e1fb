"""Routes of settlement, for staff and for suppliers with their own credential.

PUT  /suppliers/{supplier_code}/settlement-terms               settlements:write
GET  /settlements?shop_id=&supplier_code=&limit=&cursor=       settlements:read, or the supplier itself
GET  /settlements/lines?shop_id=&supplier_code=&status=        settlements:read, or the supplier itself
GET  /settlements/check?shop_id=                               settlements:read
GET  /settlements/{settlement_id}                              settlements:read, or the supplier itself   (JSON; CSV where asked for)
POST /settlements/{settlement_id}/payout-request               settlements:write, or the supplier itself
POST /settlements/{settlement_id}/payout-refusal               settlements:pay
POST /settlements/{settlement_id}/payout-approval              settlements:pay
POST /settlements/{settlement_id}/payout-confirmation          settlements:pay   (another person than approved)
POST /settlements/{settlement_id}/payment                      settlements:pay
POST /settlements/lines/{line_id}/price                        settlements:write
POST /settlements/lines/{line_id}/hold                         settlements:write
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from msgspec import Struct

from chassis.desk import Desk
from chassis.errors import NotFound
from chassis.idempotency import idempotency_key
from chassis.problem import InvalidRequest, decoded
from chassis.responses import response_of
from chassis.shops import shop_meant
from chassis.tokens import Principal
from contracts.values import Money
from services.inventory.answering import Asked, AskedShop, Named, allowed, allowed_in
from services.inventory.claims.access import caller, inbox_name, supplier_of
from services.inventory.claims.commands import Reason
from services.inventory.deposits.commands import Signed
from services.inventory.paging import Cursor, Limit, page
from services.inventory.settlement.commands import Grade, HoldLine, MarkPaid, PayoutStep, PriceLine, SetTerms, StepPayout, TransferReference
from services.inventory.settlement.domain.sale_line import SaleLine
from services.inventory.settlement.domain.settlement import Settlement
from services.inventory.settlement.reconciling import reconcile
from services.inventory.settlement.statement import csv_of, statement_of
from services.inventory.settlement.views import SaleLines, Settlements, SettlementSums, sale_lines_key, settlements_key
from services.inventory.stock.commands import ShopId

READ, WRITE, PAY = "settlements:read", "settlements:write", "settlements:pay"
LineQuery = Annotated[Literal["unpriced", "pending", "frozen", "due", "withheld"], Query()]


class SettlementTerms(Struct, frozen=True, kw_only=True):
    """`PUT /suppliers/{supplier_code}/settlement-terms`. `grade`: of a consignor; null: the default one."""

    shop_id: ShopId | None = None
    is_on_account: bool = False
    grade: Grade | None = None


class LinePrice(Struct, frozen=True, kw_only=True):
    """`POST /settlements/lines/{line_id}/price`: what the card was sold for, and what of that is ours."""

    sale: Money
    commission_minor: Signed


class LineHold(Struct, frozen=True, kw_only=True):
    """`POST /settlements/lines/{line_id}/hold`."""

    action: Literal["hold", "release", "withhold"]
    reason: Reason


class Payment(Struct, frozen=True, kw_only=True):
    """`POST /settlements/{settlement_id}/payment`: the transfer's own reference."""

    reference: TransferReference


def settlement_routes(desk: Desk) -> APIRouter:
    """The routes of settlement."""
    router = APIRouter()

    @router.put("/suppliers/{supplier_code}/settlement-terms")
    async def set_terms(request: Request, supplier_code: Named) -> Response:
        """Say how a supplier's sales are settled from now on."""
        principal = allowed(desk, request, WRITE)
        told = decoded(await request.body(), SettlementTerms)
        command = SetTerms(
            shop_id=shop_meant(principal, told.shop_id),
            supplier_code=supplier_code,
            is_on_account=told.is_on_account,
            grade=told.grade,
            staff=principal.name,
        )
        return response_of(await desk.do(command, principal=principal.name, route="settlement-terms", key=None))

    @router.get("/settlements")
    async def settlements(
        request: Request, asked_shop: AskedShop = None, supplier_code: Asked | None = None, limit: Limit = 100, cursor: Cursor = None
    ) -> dict[str, Any]:
        """A shop's settlements, by supplier and the newest first; a supplier sees its own."""
        principal = caller(desk, request, READ)
        wanted = supplier_of(principal) or supplier_code
        prefix = f"{shop_meant(principal, asked_shop)}|" + (f"{wanted}|" if wanted is not None else "")
        found, following = await page(desk, Settlements, prefix, limit, cursor, settlements_key)
        return {"settlements": [each for each in found if wanted in (None, each["supplier_code"])], "cursor": following}

    @router.get("/settlements/lines")
    async def lines(
        request: Request,
        asked_shop: AskedShop = None,
        supplier_code: Asked | None = None,
        status: LineQuery = "frozen",
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> dict[str, Any]:
        """A supplier's sales that stand so, the newest first."""
        principal = caller(desk, request, READ)
        wanted = supplier_of(principal) or supplier_code
        if wanted is None:
            raise InvalidRequest([("query.supplier_code", "is missing")])
        prefix = f"{shop_meant(principal, asked_shop)}|{wanted}|{status}|"
        found, following = await page(desk, SaleLines, prefix, limit, cursor, sale_lines_key)
        return {"lines": [each for each in found if wanted == each["supplier_code"]], "cursor": following}

    @router.get("/settlements/check")
    async def check(request: Request, asked_shop: AskedShop = None) -> Response:
        """Whether sales, commission, what is held, due and paid agree: `settlement_difference` is 0."""
        shop_id = allowed_in(desk, request, READ, asked_shop)
        rows = await desk.ask(desk.store.view_rows, SettlementSums.NAME, f"{shop_id}|", 10_000)
        judged = reconcile(msgspec.json.decode(data) for _, data in rows)
        return Response(msgspec.json.encode(judged), headers={"cache-control": "no-store"}, media_type="application/json")

    @router.get("/settlements/{settlement_id}")
    async def settlement(request: Request, settlement_id: UUID) -> Response:
        """A settlement with its lines; as CSV where that is asked for."""
        found = await _seen(desk, caller(desk, request, READ), settlement_id)
        headers = {"cache-control": "no-store"}
        if "text/csv" in request.headers.get("accept", ""):
            headers["content-disposition"] = f'attachment; filename="settlement-{found.currency}-{found.ordinal}.csv"'
            return Response(csv_of(found), headers=headers, media_type="text/csv; charset=utf-8")
        return Response(msgspec.json.encode(statement_of(found)), headers=headers, media_type="application/json")

    @router.post("/settlements/{settlement_id}/payout-request")
    async def request_payout(request: Request, settlement_id: UUID) -> Response:
        """Ask for what is due; the settlement takes no more lines."""
        return await _step(request, caller(desk, request, WRITE), settlement_id, "request")

    @router.post("/settlements/{settlement_id}/payout-refusal")
    async def refuse_payout(request: Request, settlement_id: UUID) -> Response:
        """Do not pay now."""
        return await _step(request, allowed(desk, request, PAY), settlement_id, "refusal")

    @router.post("/settlements/{settlement_id}/payout-approval")
    async def approve_payout(request: Request, settlement_id: UUID) -> Response:
        """Agree, as the first person."""
        return await _step(request, allowed(desk, request, PAY), settlement_id, "approval")

    @router.post("/settlements/{settlement_id}/payout-confirmation")
    async def confirm_payout(request: Request, settlement_id: UUID) -> Response:
        """Agree, as the second person."""
        return await _step(request, allowed(desk, request, PAY), settlement_id, "confirmation")

    @router.post("/settlements/{settlement_id}/payment")
    async def pay(request: Request, settlement_id: UUID) -> Response:
        """Note that the transfer was made."""
        principal = allowed(desk, request, PAY)
        body = await request.body()
        told = decoded(body, Payment)
        await _seen(desk, principal, settlement_id)
        command = MarkPaid(settlement_id=settlement_id, reference=told.reference, staff=principal.name)
        key, route = idempotency_key(request), f"settlements/{settlement_id}/payment"
        return response_of(await desk.do(command, principal=principal.name, route=route, key=key, request_body=body))

    @router.post("/settlements/lines/{line_id}/price")
    async def price_line(request: Request, line_id: UUID) -> Response:
        """Say what a sale was worth, where nobody knew."""
        principal = allowed(desk, request, WRITE)
        told = decoded(await request.body(), LinePrice)
        await _line(desk, principal, line_id)
        command = PriceLine(line_id=line_id, sale=told.sale, commission_minor=told.commission_minor, staff=principal.name)
        return response_of(await desk.do(command, principal=principal.name, route="settlements/price", key=None))

    @router.post("/settlements/lines/{line_id}/hold")
    async def hold_line(request: Request, line_id: UUID) -> Response:
        """Freeze a sale while there is a case about it, let it go on, or keep it from the supplier for good."""
        principal = allowed(desk, request, WRITE)
        told = decoded(await request.body(), LineHold)
        await _line(desk, principal, line_id)
        command = HoldLine(line_id=line_id, action=told.action, reason=told.reason, staff=principal.name)
        return response_of(await desk.do(command, principal=principal.name, route="settlements/hold", key=None))

    async def _step(request: Request, principal: Principal, settlement_id: UUID, step: PayoutStep) -> Response:
        await _seen(desk, principal, settlement_id)
        command = StepPayout(settlement_id=settlement_id, step=step, by=principal.name)
        key, route = idempotency_key(request), f"settlements/{step}"
        return response_of(await desk.do(command, principal=inbox_name(principal), route=route, key=key, request_body=settlement_id.bytes))

    return router


async def _seen(desk: Desk, principal: Principal, settlement_id: UUID) -> Settlement:
    """A settlement that the principal may see; raises NotFound."""
    found = await desk.get(Settlement, settlement_id)
    if found is None or not principal.is_of(found.shop_id) or supplier_of(principal) not in (None, found.supplier_code):
        raise NotFound(kind=Settlement.TOPIC, stream_id=settlement_id)
    return found


async def _line(desk: Desk, principal: Principal, line_id: UUID) -> SaleLine:
    """A line of the principal's shop; raises NotFound."""
    found = await desk.get(SaleLine, line_id)
    if found is None or not principal.is_of(found.shop_id):
        raise NotFound(kind=SaleLine.TOPIC, stream_id=line_id)
    return found
