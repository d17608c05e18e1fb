"""Staff acts on a seed's plan of promises and quality, by the commands of the services' own routes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, cast

from contracts.values import AfterSalesPolicy
from redress.simulation.clock import Clock
from redress.simulation.people import Shop
from redress.simulation.plan import SHOP_ID, Plan
from redress.simulation.quality_plans import TELLER
from redress.simulation.requests import Request
from services.inventory.quality.commands import DecideBatch, VerifyCard
from services.inventory.sourcing.commands import RegisterSupplier
from services.inventory.stock.commands import SetPolicy
from services.inventory.stock.domain.card import Card

Decision = Literal["stop", "release", "withdraw"]


def queue_quality(plan: Plan, clock: Clock, shop: Shop, tell: Callable[[list[Request]], None]) -> None:
    """Have everything said when the plan says; a batch that is not there yet, or a card, is refused, as it would be."""
    quality = plan.quality

    def at(seconds: float, *requests: Request) -> None:
        clock.after(seconds, lambda: tell(list(requests)))

    for number, (seconds, code, days) in enumerate(quality.policies):
        policy = AfterSalesPolicy(refund="within_days", refund_days=days, warranty_days=days)
        at(seconds, shop.told(f"policy-{number}", SetPolicy(shop_id=SHOP_ID, product_code=code, policy=policy)))
    joining = shop.told("joining-teller", RegisterSupplier(shop_id=SHOP_ID, supplier_code=TELLER, kind="supplier_api"))
    for each in quality.files:
        at(each.at, joining, *shop.cards_imported(each.product_code, each.batch, list(each.states), TELLER))
    for number, (seconds, batch, decision) in enumerate(quality.decisions):
        command: Any = DecideBatch(shop_id=SHOP_ID, batch_id=batch, decision=cast(Decision, decision), reason="by_staff", staff="staff")
        at(seconds, shop.told(f"decision-{number}", command))
    for number, (seconds, secret) in enumerate(quality.checks):
        card_id = Card.create_id(SHOP_ID, shop.fingerprint_of(secret))
        at(seconds, shop.told(f"check-{number}", VerifyCard(shop_id=SHOP_ID, card_id=card_id, staff="staff")))
