"""Routes of deposits.

GET  /deposits?shop_id=&limit=&cursor=                                   claims:read, or the supplier itself
GET  /deposits/{supplier_code}/{currency}/entries?shop_id=&cursor=       claims:read, or the supplier itself
POST /deposits/{supplier_code}/{currency}/entries                        deposits:write   (`key`: the entry's own name, made once)
PUT  /deposits/{supplier_code}/{currency}/lines                          deposits:write
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from msgspec import Struct

from chassis.desk import Desk
from chassis.errors import NotFound
from chassis.problem import decoded
from chassis.responses import response_of
from chassis.shops import shop_meant
from services.inventory.answering import AskedShop, Named, allowed
from services.inventory.claims.access import READ, caller, supplier_of
from services.inventory.claims.commands import Reason
from services.inventory.deposits.commands import Amount, EnterDeposit, EntryName, SetDepositLines, Signed
from services.inventory.deposits.views import DepositLedger, Deposits, deposits_key, ledger_key, ledger_prefix
from services.inventory.paging import Cursor, Limit, page
from services.inventory.stock.commands import ShopId

WRITE = "deposits:write"
InCurrency = Annotated[str, Path(pattern=r"^[A-Z]{3,4}$")]


class DepositEntry(Struct, frozen=True, kw_only=True):
    """`POST …/entries`: `key`, such as the bank's reference, names the entry for ever.

    `amount_minor` is below nothing for a release, and for a correction that takes away.
    """

    shop_id: ShopId | None = None
    key: EntryName
    kind: Literal["top_up", "release", "correction"]
    amount_minor: Signed
    reason: Reason


class DepositLines(Struct, frozen=True, kw_only=True):
    """`PUT …/lines`: in minor units."""

    shop_id: ShopId | None = None
    warning_minor: Amount
    floor_minor: Amount


def deposit_routes(desk: Desk) -> APIRouter:
    """The routes of deposits."""
    router = APIRouter()

    @router.get("/deposits")
    async def deposits(request: Request, asked_shop: AskedShop = None, limit: Limit = 100, cursor: Cursor = None) -> dict[str, Any]:
        """How the deposits of a shop's suppliers stand; a supplier sees its own."""
        principal = caller(desk, request, READ)
        supplier_code = supplier_of(principal)
        prefix = f"{shop_meant(principal, asked_shop)}|" + (f"{supplier_code}|" if supplier_code is not None else "")
        found, following = await page(desk, Deposits, prefix, limit, cursor, deposits_key)
        return {"deposits": [each for each in found if supplier_code in (None, each["supplier_code"])], "cursor": following}

    @router.get("/deposits/{supplier_code}/{currency}/entries")
    async def entries(
        request: Request,
        supplier_code: Named,
        currency: InCurrency,
        asked_shop: AskedShop = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> dict[str, Any]:
        """A deposit's entries, the newest first."""
        principal = caller(desk, request, READ)
        shop_id = shop_meant(principal, asked_shop)
        if supplier_of(principal) not in (None, supplier_code):
            raise NotFound(supplier_code=supplier_code)
        found, following = await page(desk, DepositLedger, ledger_prefix(shop_id, supplier_code, currency), limit, cursor, ledger_key)
        return {"entries": [each for each in found if supplier_code == each["supplier_code"]], "cursor": following}

    @router.post("/deposits/{supplier_code}/{currency}/entries", status_code=201)
    async def enter(request: Request, supplier_code: Named, currency: InCurrency) -> Response:
        """Note money that came in, went back or is corrected, once for each key."""
        principal = allowed(desk, request, WRITE)
        told = decoded(await request.body(), DepositEntry)
        shop_id = shop_meant(principal, told.shop_id)
        command = EnterDeposit(
            shop_id=shop_id,
            supplier_code=supplier_code,
            currency=currency,
            key=told.key,
            kind=told.kind,
            amount_minor=told.amount_minor,
            reason=told.reason,
            staff=principal.name,
        )
        return response_of(await desk.do(command, principal=principal.name, route="deposits/entries", key=None))

    @router.put("/deposits/{supplier_code}/{currency}/lines")
    async def set_lines(request: Request, supplier_code: Named, currency: InCurrency) -> Response:
        """Say below which balance the supplier is warned, and below which it gets no orders."""
        principal = allowed(desk, request, WRITE)
        told = decoded(await request.body(), DepositLines)
        command = SetDepositLines(
            shop_id=shop_meant(principal, told.shop_id),
            supplier_code=supplier_code,
            currency=currency,
            warning_minor=told.warning_minor,
            floor_minor=told.floor_minor,
            staff=principal.name,
        )
        return response_of(await desk.do(command, principal=principal.name, route="deposits/lines", key=None))

    return router
