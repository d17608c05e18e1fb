"""The routes of the inventory service, one router a subject."""

from __future__ import annotations

from fastapi import APIRouter

from chassis.desk import Desk
from services.inventory.beside.api import beside_routes
from services.inventory.by_hand.api import by_hand_routes
from services.inventory.claims.api import claims_routes
from services.inventory.deposits.api import deposit_routes
from services.inventory.quality.api import quality_routes
from services.inventory.settlement.api import settlement_routes
from services.inventory.sourcing.alert_routes import alert_routes
from services.inventory.sourcing.api import sourcing_routes
from services.inventory.sourcing.rerun_routes import rerun_routes
from services.inventory.sourcing.supplier_routes import supplier_routes
from services.inventory.stock.api import stock_routes
from services.inventory.stock.opening import vault_routes
from services.inventory.stock.policy_routes import policy_routes
from services.inventory.stock.withdrawal_routes import withdrawal_routes


def routes(desk: Desk) -> APIRouter:
    """All routes over one desk."""
    router = APIRouter()
    for subject in (
        stock_routes,
        policy_routes,
        withdrawal_routes,
        vault_routes,
        sourcing_routes,
        supplier_routes,
        rerun_routes,
        by_hand_routes,
        alert_routes,
        claims_routes,
        deposit_routes,
        quality_routes,
        settlement_routes,
        beside_routes,
    ):
        router.include_router(subject(desk))
    return router
