"""A world of inventory behind its routes, and those who may ask there."""

from __future__ import annotations

from typing import Any

import httpx2

from chassis.secret import Secret
from chassis.tokens import Principal
from services.inventory.service import inventory
from services.inventory.settings import InventorySettings, SupplierAccount
from services.inventory.sourcing.domain.need import Need
from tests.desk import MemoryDesk
from tests.inventory.world import PATTERN, PRODUCT, SHOP, World, need_id

SECRET = "GAME-0001-AAAA-BBBB"


class Shop:
    """A desk with a world around it."""

    def __init__(self) -> None:
        account = SupplierAccount(base_url="http://north", api_key="key", api_secret=Secret("api-secret"))
        self.desk = MemoryDesk(inventory, InventorySettings(suppliers={"north": account}))
        self.client = self.desk.client()
        self.operator = self.desk.admit(
            "operator", Principal("ann", "staff", frozenset({"inventory:read", "inventory:write", "needs:write"}))
        )
        self.order = self.desk.admit("order", Principal("order", "service"))
        self.world = World.__new__(World)
        self.world.bench, self.world.vault, self.world.fingerprints = self.desk.bench, self.desk.vault, self.desk.fingerprints

    async def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> httpx2.Response:
        return await self.client.request(method, path, json=body, headers=self.operator if headers is None else headers)

    async def set_up(self, *suppliers: str) -> None:
        listing = {"shop_id": SHOP, "product_code": PRODUCT, "name": "A game", "card_pattern": PATTERN}
        assert (await self.call("POST", "/products", listing)).status_code == 201
        own = {"shop_id": SHOP, "supplier_code": "own", "kind": "own_stock"}
        assert (await self.call("POST", "/suppliers", own)).status_code == 201
        for code in suppliers:
            account = self.desk.settings.suppliers.get(code)
            kind = account.kind if account is not None else "dujiao_next"
            await self.call("POST", "/suppliers", {"shop_id": SHOP, "supplier_code": code, "kind": kind})
            offer = {"shop_id": SHOP, "sku_id": 7, "price": {"amount_minor": 100, "currency": "CNY"}}
            answer = await self.call("PUT", f"/products/{PRODUCT}/sources/{code}", offer)
            assert answer.status_code == 200, answer.text

    async def supplier(self, code: str) -> dict[str, Any]:
        """What is told of a supplier."""
        told = (await self.call("GET", f"/suppliers?shop_id={SHOP}")).json()["suppliers"]
        return next(each for each in told if each["supplier_code"] == code)

    async def send_chunk(self, *secrets: str, chunk_number: int = 1, **changed: Any) -> httpx2.Response:
        cards = [{"line": line, "secret": secret} for line, secret in enumerate(secrets, start=1)]
        body = {"shop_id": SHOP, "product_code": PRODUCT, "supplier_code": "own", "chunk_number": chunk_number, "cards": cards}
        return await self.call("POST", "/batches/b1/chunks", body | changed)

    async def sold(self, order: str = "A1") -> str:
        """A card is in stock and sold; its id."""
        await self.set_up()
        await self.send_chunk(SECRET)
        self.world.buy(order)
        need: Need = self.desk.bench.aggregate(need_id(order))
        return str(need.card_id)

    async def open(self, *references: str, headers: dict[str, str] | None = None, **changed: Any) -> httpx2.Response:
        body = {"references": references, "purpose": "reveal", "order_number": "A1", "ip": "203.0.113.9", "device": "phone-1"}
        return await self.call("POST", "/vault/open", body | changed, self.order if headers is None else headers)


async def send(shop: Shop, request: Any) -> httpx2.Response:
    return await shop.client.post(request.url_path, content=request.body, headers=dict(request.headers))
