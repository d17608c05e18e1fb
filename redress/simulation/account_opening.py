"""The order service's `POST /vault/open`, as inventory's activities meet it: answered from the order's store of that moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chassis.aggregate import fold
from chassis.attempts import sealed_of
from chassis.errors import Fault
from chassis.store.memory import MemoryStore
from chassis.vault import Vault
from services.order.domain.order import Order
from services.order.service import order


class AccountOpening:
    """`store` gives the order service's store; set once there is one."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self.store: Callable[[], MemoryStore] | None = None

    async def call(self, service: str, method: str, path: str, body: Any) -> tuple[int, bytes]:
        store = self.store() if self.store is not None else None
        if store is None or store.is_away:
            raise Fault(peer=service)
        found: Order | None = fold(order.codec.decode_all(store.stream(Order.create_id(body.shop_id, body.order_number))))
        given = found.accounts.get(body.line) if found is not None else None
        if found is None or given is None:
            return 404, b"{}"
        if all(unit.key.line != body.line for unit in found.pending()):
            return 409, b"{}"
        (row,) = store.vault([given.reference])
        return 200, b'{"fields":' + self._vault.open(sealed_of(row)) + b"}"
