"""Routes of suppliers, for operators.

POST /suppliers                                    inventory:write
PUT  /suppliers/{supplier_code}/suspension         inventory:write
PUT  /suppliers/{supplier_code}/terms              inventory:write
GET  /suppliers                                    inventory:read

All are about one shop, `shop_id` in the query or the body; who belongs to one shop only may leave it out.
"""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response
from msgspec import Struct

from chassis.desk import Desk
from chassis.errors import Refusal
from chassis.problem import decoded
from chassis.responses import response_of
from chassis.shops import shop_meant
from contracts.values import Money
from services.inventory.answering import READ, WRITE, AskedShop, Named, allowed, allowed_in
from services.inventory.settings import InventorySettings
from services.inventory.sourcing.choice import score_key
from services.inventory.sourcing.commands import RegisterSupplier, SetSupplyTerms, SuspendSupplier
from services.inventory.sourcing.domain.score import NO_TALLY
from services.inventory.sourcing.domain.standing import BY_HAND
from services.inventory.sourcing.supplier_views import Suppliers
from services.inventory.sourcing.tallies import SupplierTallies, tally_in
from services.inventory.stock.commands import Name, ShopId, Tilt

MOST_SUPPLIERS = 1_000


class Registration(Struct, frozen=True, kw_only=True):
    """`POST /suppliers`."""

    shop_id: ShopId | None = None
    supplier_code: Name
    kind: str


class Suspension(Struct, frozen=True, kw_only=True):
    """`PUT /suppliers/{supplier_code}/suspension`; `reason` in a word or two."""

    shop_id: ShopId | None = None
    is_suspended: bool
    reason: Name = BY_HAND


class Terms(Struct, frozen=True, kw_only=True):
    """`PUT /suppliers/{supplier_code}/terms`: what is left out stays as it is."""

    shop_id: ShopId | None = None
    tilt: Tilt | None = None
    balance_floor: Money | None = None
    is_balance_floor_lifted: bool = False


class AccountOfAnotherKind(Refusal):
    """The settings say that the supplier's site speaks another protocol than it is registered with."""

    code = "supplier-account-of-another-kind"
    title = "The account at this supplier is of another kind in the settings"


def supplier_routes(desk: Desk) -> APIRouter:
    """The routes of suppliers."""
    router = APIRouter()

    @router.post("/suppliers", status_code=201)
    async def register_supplier(request: Request) -> Response:
        """Make a supplier known."""
        principal = allowed(desk, request, WRITE)
        asked = decoded(await request.body(), Registration)
        shop_id = shop_meant(principal, asked.shop_id)
        expect_kind_of_account(desk.settings, shop_id, asked.supplier_code, asked.kind)
        command = RegisterSupplier(shop_id=shop_id, supplier_code=asked.supplier_code, kind=asked.kind)
        return response_of(await desk.do(command, principal=principal.name, route="suppliers", key=None))

    @router.put("/suppliers/{supplier_code}/suspension")
    async def suspend_supplier(request: Request, supplier_code: Named) -> Response:
        """Order nothing more at a supplier, or order there again."""
        principal = allowed(desk, request, WRITE)
        asked = decoded(await request.body(), Suspension)
        command = SuspendSupplier(
            shop_id=shop_meant(principal, asked.shop_id),
            supplier_code=supplier_code,
            is_suspended=asked.is_suspended,
            reason=asked.reason,
            staff=principal.name,
        )
        return response_of(await desk.do(command, principal=principal.name, route="suspension", key=None))

    @router.put("/suppliers/{supplier_code}/terms")
    async def set_supply_terms(request: Request, supplier_code: Named) -> Response:
        """Say how the shop deals with a supplier."""
        principal = allowed(desk, request, WRITE)
        asked = decoded(await request.body(), Terms)
        about = {"shop_id": shop_meant(principal, asked.shop_id), "supplier_code": supplier_code}
        command = SetSupplyTerms(**msgspec.structs.asdict(asked) | about)
        return response_of(await desk.do(command, principal=principal.name, route="terms", key=None))

    @router.get("/suppliers")
    async def suppliers(request: Request, asked_shop: AskedShop = None) -> dict[str, Any]:
        """The suppliers of a shop: how they stand, and their scores as of now."""
        shop_id = allowed_in(desk, request, READ, asked_shop)
        rows = await desk.ask(desk.store.view_rows, Suppliers.NAME, f"{shop_id}|", MOST_SUPPLIERS)
        tallied = await desk.ask(desk.store.view_rows, SupplierTallies.NAME, f"{shop_id}|", MOST_SUPPLIERS)
        tallies = {key: tally_in(msgspec.json.decode(data)) for key, data in tallied}
        documents = [msgspec.json.decode(data) for _, data in rows]
        scores = [tallies.get(score_key(shop_id, each["supplier_code"]), NO_TALLY).score(desk.now()) for each in documents]
        return {
            "suppliers": [
                {**each, "score": score.score, "sample_count": score.sample_count} for each, score in zip(documents, scores, strict=True)
            ]
        }

    return router


def expect_kind_of_account(settings: InventorySettings, shop_id: str, supplier_code: str, kind: str) -> None:
    """Raises AccountOfAnotherKind where the settings have an account at the supplier that is of another kind."""
    account = settings.account(shop_id, supplier_code)
    if account is not None and account.kind != kind:
        raise AccountOfAnotherKind(supplier_code=supplier_code, account_kind=account.kind, registered_kind=kind)
