"""What the people who keep accounts say to inventory, as its routes make it. With `shop_requests.py` it knows the service's own code."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from redress.simulation.accounts_plan import CONSIGNOR, AccountsPlan, DepositPlan
from redress.simulation.plan import SHOP_ID
from services.inventory.claims.commands import AnswerClaim, DecideClaim, RaiseClaim
from services.inventory.deposits.commands import EnterDeposit, SetDepositLines
from services.inventory.settlement.commands import MarkPaid, SetTerms, StepPayout
from services.inventory.settlement.domain.terms import TERMS_NAME
from services.inventory.sourcing.commands import RegisterSupplier

CURRENCY = "CNY"


def terms_advice(plan: AccountsPlan) -> dict[str, Any]:
    """The terms of settlement of a world, for its advice: days would be longer than a world."""
    return {TERMS_NAME: {"delay_seconds": plan.delay_seconds, "warranty_day_seconds": 20.0}}


def consignor_admitted() -> list[Any]:
    """The consignor is known, with a grade."""
    return [
        RegisterSupplier(shop_id=SHOP_ID, supplier_code=CONSIGNOR, kind="consignor"),
        SetTerms(shop_id=SHOP_ID, supplier_code=CONSIGNOR, is_on_account=False, grade="C", staff="ann"),
    ]


def put_on_account(supplier_code: str) -> list[Any]:
    return [SetTerms(shop_id=SHOP_ID, supplier_code=supplier_code, is_on_account=True, grade=None, staff="ann")]


def deposit_opened(plan: DepositPlan) -> list[Any]:
    """Lines and first top-up of a deposit."""
    lines = SetDepositLines(
        shop_id=SHOP_ID,
        supplier_code=plan.supplier_code,
        currency=CURRENCY,
        warning_minor=plan.warning_minor,
        floor_minor=plan.floor_minor,
        staff="ann",
    )
    return [topped_up(plan, "first", plan.first_minor), lines]


def topped_up(plan: DepositPlan, name: str, amount_minor: int) -> Any:
    return EnterDeposit(
        shop_id=SHOP_ID,
        supplier_code=plan.supplier_code,
        currency=CURRENCY,
        key=f"{plan.supplier_code}-{name}",
        kind="top_up",
        amount_minor=amount_minor,
        reason="bank",
        staff="ann",
    )


def claim_raised(card_id: UUID) -> Any:
    return RaiseClaim(card_id=card_id, reason="already_used", staff="ann")


def claim_answered(claim_id: str, *, is_accepted: bool) -> Any:
    return AnswerClaim(claim_id=UUID(claim_id), is_accepted=is_accepted, reason="looked_into", answered_by="supplier")


def claim_decided(claim_id: str, *, is_upheld: bool) -> Any:
    return DecideClaim(claim_id=UUID(claim_id), is_upheld=is_upheld, reason="looked_into", staff="ann")


def payout_steps(settlement_id: UUID) -> list[Any]:
    """All that it takes to have a settlement paid."""
    return [
        StepPayout(settlement_id=settlement_id, step="request", by="supplier"),
        StepPayout(settlement_id=settlement_id, step="approval", by="ann"),
        StepPayout(settlement_id=settlement_id, step="confirmation", by="bob"),
        MarkPaid(settlement_id=settlement_id, reference=f"T-{settlement_id}", staff="bob"),
    ]
