"""Suppliers that do not fit their accounts in the settings are told."""

from __future__ import annotations

from typing import Any

from chassis.secret import Secret
from redress.supplier_accounts import misfits
from services.inventory.settings import InventorySettings, SupplierAccount


def supplier(code: str, kind: str) -> dict[str, Any]:
    return {"shop_id": "shop", "supplier_code": code, "kind": kind}


def test_an_account_must_be_of_the_kind_that_its_supplier_is_registered_with() -> None:
    account = SupplierAccount(kind="acg_faka", base_url="http://n", api_key="k", api_secret=Secret("s"))
    settings = InventorySettings(suppliers={"north": account, "south": account, "own": account})
    suppliers = [
        supplier("north", "acg_faka"),
        supplier("south", "dujiao_next"),
        supplier("west", "supplier_api"),
        supplier("kept", "consignor"),
    ]
    assert list(misfits(suppliers, settings)) == [
        "supplier south of shop is registered as dujiao_next, and its account in the settings is acg_faka",
    ]
    assert list(misfits([supplier("north", "acg_faka")], settings)) == []
