"""The suppliers of a shop, as they stand."""

from __future__ import annotations

from typing import Any

import msgspec

from chassis.view import Row, View
from contracts.values import Money
from services.inventory.sourcing.choice import score_key
from services.inventory.sourcing.domain.standing import SupplierStatus
from services.inventory.sourcing.domain.supplier import Supplier


class Suppliers(View):
    """One document a supplier, sorted by shop and code."""

    NAME = "suppliers"
    events = (
        Supplier.Registered,
        Supplier.Tilted,
        Supplier.Suspended,
        Supplier.ProbationBegan,
        Supplier.TrialEnded,
        Supplier.Resumed,
        Supplier.BalanceFloorSet,
        Supplier.BalanceNoted,
        Supplier.RanLow,
        Supplier.RanOut,
        Supplier.Funded,
    )

    @staticmethod
    def row_id(event: Any) -> str:
        return str(event.originator_id)

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row:
        document = _registered(event) if row is None else {**row.document, **_changed(event, row.document)}
        return Row(score_key(document["shop_id"], document["supplier_code"]), document)


def _registered(event: Supplier.Registered) -> dict[str, Any]:
    return {
        "shop_id": event.shop_id,
        "supplier_code": event.supplier_code,
        "kind": event.kind,
        "tilt": 0,
        "status": str(SupplierStatus.IN_SERVICE),
        "status_since": event.timestamp.isoformat(),
        "reason": None,
        "staff": None,
        "probation_at": None,
        "trials_passed": 0,
        "balance": None,
        "balance_at": None,
        "balance_floor": None,
        "is_low": False,
        "is_out_of_money": False,
    }


def _changed(event: Any, known: dict[str, Any]) -> dict[str, Any]:
    since = event.timestamp.isoformat()
    match event:
        case Supplier.Tilted():
            return {"tilt": event.tilt}
        case Supplier.BalanceFloorSet():
            return {"balance_floor": msgspec.to_builtins(event.floor), "is_low": False}
        case Supplier.BalanceNoted():
            floor = msgspec.convert(known["balance_floor"], Money | None)
            is_low = known["is_low"] and floor is not None and floor.currency == event.balance.currency and event.balance < floor
            return {"balance": msgspec.to_builtins(event.balance), "balance_at": since, "is_low": is_low}
        case Supplier.RanLow():
            return {"balance": msgspec.to_builtins(event.balance), "balance_at": since, "is_low": True}
        case Supplier.RanOut():
            return {"is_out_of_money": True}
        case Supplier.Funded():
            return {"is_out_of_money": False}
        case Supplier.TrialEnded():
            return {"trials_passed": known["trials_passed"] + (event.is_passed is True)}
        case Supplier.Suspended():
            probation_at = event.until.isoformat() if event.until is not None else None
            grounds = {"reason": event.reason, "staff": event.staff or None, "probation_at": probation_at}
            return {"status": str(SupplierStatus.SUSPENDED), "status_since": since, **grounds}
        case Supplier.ProbationBegan():
            return {"status": str(SupplierStatus.ON_PROBATION), "status_since": since, "probation_at": None, "trials_passed": 0}
        case _:
            grounds = {"reason": event.reason, "staff": event.staff or None, "probation_at": None}
            return {"status": str(SupplierStatus.IN_SERVICE), "status_since": since, **grounds}
