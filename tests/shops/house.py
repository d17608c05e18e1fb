"""Every service of the house on memory stores, with the public messages carried between them, and two shops in it.

`House()` has the shops ALPHA and BETA in its settings. `await house.trade(ALPHA)` lets a shop list, stock, sell and deliver; `carry`
takes what the services said to those that hear it. Each role of each shop is admitted under its own token, as the keyring would.
"""

from __future__ import annotations

from typing import Any

import httpx2

from chassis.records import feed_unit
from chassis.secret import Secret
from chassis.tokens import SUPPLIER_KIND, Principal
from contracts.values import Money
from redress.composition import SERVICES
from redress.keyring import SHOP_SCOPES, scopes_of
from services.inventory.settings import InventorySettings, ShopSuppliers, SupplierAccount
from services.notify.settings import NotifySettings
from services.order.callbacks.in_front import keep_for_shop
from services.order.callbacks.settings import CallbackMode, CallbackSettings
from services.order.channels.epay import EpaySettings
from services.order.channels.port import RawNotice
from services.order.notices.commands import TakeNotice
from services.order.settings import OrderSettings, ShopSettings
from tests.desk import MemoryDesk

ALPHA, BETA = "alpha", "beta"
NUMBER, PRODUCT, SUPPLIER, CONSIGNOR, BATCH = "K1", "game-50", "north", "lee", "b1"
PRICE_MINOR = 2_500
PRICE = {"amount_minor": PRICE_MINOR, "currency": "CNY"}
HOOK = "https://192.0.2.1/hook"
ROLES = ("owner", "operator", "viewer")


def _settings() -> dict[str, Any]:
    epay = {shop: EpaySettings(pid=shop, key=Secret(f"key-of-{shop}"), gateway_url="https://epay.example") for shop in (ALPHA, BETA)}
    in_front = {shop: CallbackSettings(mode=CallbackMode.IN_FRONT, shop_url=f"https://{shop}.example/notify") for shop in epay}
    account = {
        shop: SupplierAccount(base_url=f"https://{shop}.example", api_key=shop, api_secret=Secret(f"secret-of-{shop}"))
        for shop in (ALPHA, BETA)
    }
    return {
        "order": OrderSettings(
            shops={shop: ShopSettings(epay=epay[shop], callbacks={"epay": in_front[shop]}) for shop in epay},
            public_url="https://redress.example",
        ),
        "inventory": InventorySettings(shops={shop: ShopSuppliers(suppliers={SUPPLIER: account[shop]}) for shop in account}),
        "notify": NotifySettings(are_private_targets_allowed=True),
    }


class House:
    """See the module."""

    def __init__(self) -> None:
        given = _settings()
        self.desks = {
            name: MemoryDesk(service, given.get(name) or (service.settings() if service.settings is not None else None))
            for name, service in SERVICES.items()
        }
        self.desks["inventory"].bench.committer.advice = {"limits": {"settlement": {"delay_seconds": 0.0}}}
        self._carried = dict.fromkeys(SERVICES, 0)
        for shop in (ALPHA, BETA):
            self.admit(f"{SUPPLIER}-{shop}", Principal(SUPPLIER, SUPPLIER_KIND, frozenset(), frozenset({shop})))
            self.admit(f"shop-{shop}", Principal(shop, "shop", SHOP_SCOPES))
            for role in ROLES:
                self.admit(f"{role}-{shop}", Principal(f"{role}-{shop}", "staff", scopes_of(role), frozenset({shop})))  # type: ignore[arg-type]

    def admit(self, token: str, principal: Principal) -> None:
        for desk in self.desks.values():
            desk.admit(token, principal)

    async def call(self, service: str, token: str, method: str, path: str, body: Any = None, key: str | None = None) -> httpx2.Response:
        """A request of one route, as whoever has the token, under an idempotency key where one is given."""
        headers = {"authorization": f"Bearer {token}"} | ({"idempotency-key": key} if key is not None else {})
        async with self.desks[service].client() as client:
            return await client.request(method, path, json=body, headers=headers)

    async def done(self, service: str, token: str, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
        """The same, which must succeed; the answer's JSON."""
        answer = await self.call(service, token, method, path, body, key)
        assert answer.status_code < 300, (path, answer.text)
        return answer.json()

    def carry(self) -> None:
        """Take every public message to those that hear it, until nobody says anything new."""
        is_moving = True
        while is_moving:
            is_moving = False
            for name, desk in self.desks.items():
                for row in desk.store.public_after(self._carried[name], 1_000):
                    self._carried[name] = row.log_id
                    is_moving = True
                    for other in self.desks.values():
                        if other is not desk and name in other.service.sources:
                            other.bench.commit(feed_unit(row))
                            assert not other.bench.bugs, other.bench.bugs
        for desk in self.desks.values():
            desk.refresh_views()

    async def trade(self, shop: str, *, card: str = "CARD-1") -> None:
        """The shop lists a product, offers it at a supplier, stocks a card, and delivers it for an order; a second order stays unpaid."""
        owner = f"owner-{shop}"
        await self.done("inventory", owner, "POST", "/suppliers", {"supplier_code": "own", "kind": "own_stock"})
        await self.done("inventory", owner, "POST", "/suppliers", {"supplier_code": SUPPLIER, "kind": "dujiao_next"})
        await self.done("inventory", owner, "POST", "/products", {"product_code": PRODUCT, "name": f"A game of {shop}"})
        await self.done("inventory", owner, "PUT", f"/products/{PRODUCT}/sources/{SUPPLIER}", {"sku_id": 7, "price": PRICE})
        await self.done("inventory", owner, "POST", "/suppliers", {"supplier_code": CONSIGNOR, "kind": "consignor"})
        chunk = {"product_code": PRODUCT, "supplier_code": CONSIGNOR, "chunk_number": 1}
        cards = [{"line": 1, "secret": f"{card}-{shop}"}, {"line": 2, "secret": f"{card}-of-both"}]
        await self.done("inventory", owner, "POST", f"/batches/{BATCH}/chunks", chunk | {"cards": cards})
        await self.done("notify", owner, "POST", "/webhooks", {"url": HOOK}, key=HOOK)
        self.carry()
        for number in (NUMBER, "K2", "K3"):
            line = {"product_code": PRODUCT, "unit_price": PRICE, "quantity": 2 if number == "K3" else 1}
            body = {"order_number": number, "lines": [line], "contact": f"buyer@{shop}.example"}
            await self.done("order", f"shop-{shop}", "POST", "/orders", body)
        for number, count in ((NUMBER, 1), ("K3", 2)):
            self.pay(shop, number, PRICE_MINOR * count)
        await self.keep(shop, NUMBER)
        self.carry()
        self.desks["inventory"].bench.advance(seconds=0)
        self.carry()
        (sold,) = (await self.done("inventory", owner, "GET", "/needs?status=allocated"))["needs"]
        lines = {"warning_minor": 200, "floor_minor": 100}
        await self.done("inventory", owner, "PUT", f"/deposits/{SUPPLIER}/CNY/lines", lines)
        await self.done("inventory", owner, "POST", "/claims", {"card_id": sold["card_id"], "reason": "invalid_card"})
        self.carry()

    def pay(self, shop: str, number: str, amount_minor: int) -> None:
        """A proven notice of the provider arrives."""
        notice = self._notice(shop, number, amount_minor)
        assert self.desks["order"].bench.do(notice, key=f"{shop}/{number}").status == 200

    async def keep(self, shop: str, number: str) -> None:
        """A genuine notice is kept for the shop, in front of which we stand."""
        desk: Any = self.desks["order"]
        raw = RawNotice("GET", b"", {}, b"", desk.now())
        await keep_for_shop(desk, desk.settings.shop(shop).callback("epay"), self._notice(shop, number, PRICE_MINOR), raw)

    def _notice(self, shop: str, number: str, amount_minor: int) -> TakeNotice:
        return TakeNotice(
            shop_id=shop,
            provider="alipay",
            identity=f"{shop}/{number}",
            order_number=number,
            trade_number=f"T-{number}",
            amount=Money(amount_minor, "CNY"),
            paid_at=self.desks["order"].bench.now,
            is_payment=True,
            needs_confirmation=False,
        )

    def events_of(self, shop: str) -> list[tuple[str, str, int]]:
        """What every service has recorded for a shop: service, stream, version."""
        return [
            (name, str(row.stream_id), row.version)
            for name, desk in self.desks.items()
            for row in desk.store.events_after(0, 100_000)
            if row.shop_id == shop
        ]
