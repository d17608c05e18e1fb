"""What deposits tell the world: each entry, and each drawing of the lines."""

from __future__ import annotations

from typing import Any

from chassis.service import publishes
from contracts.inventory import DepositChanged
from services.inventory.deposits.domain.deposit import Deposit


def _standing(deposit: Deposit) -> dict[str, Any]:
    return {
        "shop_id": deposit.shop_id,
        "supplier_code": deposit.supplier_code,
        "currency": deposit.currency,
        "balance_minor": deposit.balance_minor,
        "warning_minor": deposit.warning_minor,
        "floor_minor": deposit.floor_minor,
        "level": str(deposit.level),
    }


@publishes(Deposit.Entered)
def deposit_entered(event: Deposit.Entered, deposit: Deposit) -> DepositChanged:
    return DepositChanged(
        **_standing(deposit), kind=str(event.kind), entry_key=event.key, amount_minor=event.amount_minor, reason=event.reason
    )


@publishes(Deposit.LinesSet)
def deposit_lines_set(event: Deposit.LinesSet, deposit: Deposit) -> DepositChanged:
    return DepositChanged(**_standing(deposit), kind="lines", entry_key=None, amount_minor=0, reason="lines_set")
