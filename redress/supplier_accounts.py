"""Whether the suppliers that are registered fit the accounts in the settings; `redress doctor` tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import psycopg

from services.inventory.settings import InventorySettings
from services.inventory.sourcing.domain.supplier import Supplier
from services.inventory.sourcing.supplier_views import Suppliers


def registered_suppliers(connection: psycopg.Connection) -> list[dict[str, Any]]:
    """The suppliers in the database of inventory, as its view shows them."""
    rows = connection.execute("SELECT data FROM view_row WHERE view = %s ORDER BY sort_key", [Suppliers.NAME]).fetchall()
    return [msgspec.json.decode(data) for (data,) in rows]


def misfits(suppliers: Iterable[dict[str, Any]], settings: InventorySettings) -> Iterator[str]:
    """What is wrong between suppliers and accounts, a sentence each."""
    for each in suppliers:
        shop_id, code, kind = each["shop_id"], each["supplier_code"], each["kind"]
        account = settings.account(shop_id, code)
        if account is not None and account.kind != kind and kind not in Supplier.IMPORTED:
            yield f"supplier {code} of {shop_id} is registered as {kind}, and its account in the settings is {account.kind}"
