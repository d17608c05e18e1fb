"""The real order and inventory services, as the composition root makes them, on real servers behind real HTTP.

PostgreSQL is the shared one, with databases of this house's own. Kafka is a broker of its own, the embedded one: the topics of the real
services cannot have names of their own. One shop, `shop`, takes payments by Alipay.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import msgspec
import uvicorn

from chassis.embedded.kafka import EmbeddedKafka
from chassis.fingerprint import Fingerprints
from chassis.keys import InstallationKeys
from chassis.runtime.app import service_app
from chassis.runtime.node import Node
from chassis.secret import Secret
from chassis.store.schema import migrate
from protocols import alipay
from redress.composition import SERVICES, Installation, Servers
from redress.keyring import Keyring
from redress.outbound import Outbound
from redress.settings import RedressSettings
from services.inventory.settings import InventorySettings
from services.notify.settings import NotifySettings
from services.order.channels.alipay import AlipaySettings
from services.order.settings import Allowance, OrderSettings, ShopSettings, ThrottleSettings
from tests.integration.two_services import eventually, free_port
from tests.servers.databases import drop_database, make_database

SHOP = "shop"
PRODUCT = "game-50"
KEYS = Path(__file__).parent.parent / "protocols" / "keys"
APP_ID, SELLER_ID = "2021000000000001", "2088000000000001"
NOTICES = f"/notices/alipay/{SHOP}"
_ALIPAY_KEY = alipay.load_private_key((KEYS / "alipay-private.pem").read_text())
FOREIGN_KEY = alipay.load_private_key((KEYS / "other-private.pem").read_text())
_PATIENT = Allowance(amount=100_000, window_seconds=60)


class House:
    """Both services running.

    Clients: the shop at order (`order`), nobody at order (`stranger`), staff at inventory (`inventory`), a service there (`peer`).
    """

    def __init__(self, nodes: dict[str, Node], addresses: dict[str, str], keyring: Keyring) -> None:
        self.nodes = nodes
        self.addresses = addresses
        self.keyring = keyring
        self.order = _client(addresses["order"], keyring.shop_authorization(SHOP))
        self.inventory = _client(addresses["inventory"], keyring.staff_authorization())
        self.stranger = _client(addresses["order"], None)
        self.peer = _client(addresses["inventory"], nodes["inventory"].authorization())

    async def close(self) -> None:
        for client in (self.order, self.inventory, self.stranger, self.peer):
            await client.aclose()

    async def list_product(self, product_code: str = PRODUCT) -> None:
        """List a product with one supplier, our own stock; returns once the order service knows it."""
        supplier = {"shop_id": SHOP, "supplier_code": "own", "kind": "own_stock"}
        assert (await self.inventory.post("/suppliers", json=supplier)).status_code == 201
        listing = {"shop_id": SHOP, "product_code": product_code, "name": "A game"}
        assert (await self.inventory.post("/products", json=listing)).status_code == 201

        async def is_known() -> bool:
            return (await self.place(product_code=product_code)).status_code == 201

        await eventually(is_known)

    async def stock(self, *cards: str, batch: str | None = None) -> None:
        """Put cards of the product into stock."""
        body = {"shop_id": SHOP, "product_code": PRODUCT, "supplier_code": "own", "chunk_number": 1}
        lines = [{"line": line, "secret": card} for line, card in enumerate(cards, 1)]
        answer = await self.inventory.post(f"/batches/{batch or secrets.token_hex(4)}/chunks", json={**body, "cards": lines})
        assert (answer.status_code, answer.json()["imported"]) == (200, len(cards))

    async def place(self, number: str | None = None, *, product_code: str = PRODUCT, **changed: Any) -> httpx2.Response:
        """An order of one card for 25 yuan arrives."""
        return await self.order.post("/orders", json=an_order(number or fresh_number(), product_code, **changed))

    async def tell(self, number: str, key: Any = _ALIPAY_KEY, **changed: str) -> httpx2.Response:
        """A notice of Alipay's that the order was paid arrives, signed with `key`."""
        return await self.notify(urlencode(a_notice(number, key, **changed)).encode())

    async def notify(self, body: bytes, path: str = NOTICES) -> httpx2.Response:
        """Any bytes arrive where notices do."""
        form = {"content-type": "application/x-www-form-urlencoded"}
        return await self.stranger.post(path, content=body, headers=form)

    async def state(self, number: str) -> str:
        """What the shop sees of its order."""
        state: str = (await self.order.get(f"/orders/{number}")).json()["state"]
        return state

    async def said(self, service: str, name: str) -> list[dict[str, Any]]:
        """The public messages of a name that a service has committed."""
        store = self.nodes[service].store
        rows = await asyncio.to_thread(store.events_after, 0, 100_000)
        return [_decoded(row.value) for row in rows if row.type is not None and row.type.split(".")[2] == name]

    async def until_delivered(self, number: str) -> None:
        async def is_delivered() -> bool:
            return bool((await self.order.get(f"/orders/{number}")).json()["units"][0]["state"] == "delivered")

        await eventually(is_delivered)


def fresh_number() -> str:
    """An order number that nothing else has."""
    return f"K{secrets.token_hex(6)}"


def an_order(number: str, product_code: str = PRODUCT, **changed: Any) -> dict[str, Any]:
    """The body of an order."""
    price = {"amount_minor": 2_500, "currency": "CNY"}
    lines = [{"product_code": product_code, "quantity": 1, "unit_price": price}]
    return {"order_number": number, "lines": lines, "contact": "buyer@example.org", **changed}


def a_notice(number: str, key: Any = _ALIPAY_KEY, **changed: str) -> dict[str, str]:
    """A signed notice of a payment of 25 yuan, as fields of a form."""
    fields = {
        "notify_time": "2026-01-01 08:00:05",
        "notify_type": "trade_status_sync",
        "notify_id": "n-1",
        "app_id": APP_ID,
        "seller_id": SELLER_ID,
        "charset": "utf-8",
        "version": "1.0",
        "out_trade_no": number,
        "trade_no": f"T{number}",
        "trade_status": "TRADE_SUCCESS",
        "total_amount": "25.00",
        "gmt_payment": "2026-01-01 08:00:00",
        **changed,
    }
    return alipay.sign_notice(fields, key)


@contextmanager
def databases(admin_dsn: str) -> Iterator[Callable[[], str]]:
    """Makes an empty database at each call, as the fixture `fresh_database` does, but for as long as the block."""
    names: list[str] = []

    def make() -> str:
        names.append(f"test_{secrets.token_hex(8)}")
        return make_database(admin_dsn, names[-1])

    yield make
    for name in names:
        drop_database(admin_dsn, name)


@asynccontextmanager
async def house(fresh_database: Callable[[], str], folder: Path, order_settings: OrderSettings | None = None) -> AsyncIterator[House]:
    """A house of its own, stopped in the end; `order_settings` instead of those of a shop that takes payments by Alipay."""
    kafka = EmbeddedKafka(_made(folder / "run"), _made(folder / "log"))
    kafka.process.spawn()
    try:
        await asyncio.to_thread(kafka.process.wait_until_first_ready)
        async with _running(fresh_database, kafka.bootstrap, order_settings or default_order_settings()) as running:
            yield running
    finally:
        kafka.process.stop()


@asynccontextmanager
async def _running(fresh_database: Callable[[], str], kafka_bootstrap: str, order_settings: OrderSettings) -> AsyncIterator[House]:
    dsn_of = {name: fresh_database() for name in SERVICES}
    for name, dsn in dsn_of.items():
        migrate(dsn, name)
    ports = {name: free_port() for name in SERVICES}
    addresses = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    keyring = Keyring(Secret("staff-" + "s" * 32), {SHOP: Secret("shop-" + "h" * 32)})
    installation = Installation(
        settings=RedressSettings(),
        service_settings={"order": order_settings, "inventory": InventorySettings(), "notify": NotifySettings()},
        servers=Servers(dsn_of.__getitem__, kafka_bootstrap, None),
        keys=InstallationKeys(b"m" * 32, b"t" * 32, Fingerprints({1: b"f" * 32})),
        keyring=keyring,
        addresses=addresses,
    )
    outbound = Outbound()
    nodes = {name: installation.node(name, outbound) for name in SERVICES}
    servers = [_server(node, ports[name]) for name, node in nodes.items()]
    serving = [asyncio.create_task(server.serve()) for server in servers]
    made = House(nodes, addresses, keyring)
    try:
        for node in nodes.values():
            await node.start()
        await eventually(lambda: _are_ready(nodes, servers))
        yield made
    finally:
        await made.close()
        for node in nodes.values():
            await node.stop()
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*serving)
        await outbound.close()


def default_order_settings() -> OrderSettings:
    own = AlipaySettings(
        app_id=APP_ID,
        seller_id=SELLER_ID,
        alipay_public_key=(KEYS / "alipay-public.pem").read_text(),
        app_private_key=Secret((KEYS / "app-private.pem").read_text()),
    )
    return OrderSettings(
        shops={SHOP: ShopSettings(alipay=own, takes_orders_off_sale=True)}, throttle=ThrottleSettings(refused_notices_by_ip=_PATIENT)
    )


def _server(node: Node, port: int) -> uvicorn.Server:
    return uvicorn.Server(uvicorn.Config(service_app(node), host="127.0.0.1", port=port, log_config=None, lifespan="off"))


async def _are_ready(nodes: dict[str, Node], servers: list[uvicorn.Server]) -> bool:
    return all(server.started for server in servers) and all(node.writer.is_writing for node in nodes.values())


def _client(address: str, authorization: str | None) -> httpx2.AsyncClient:
    headers = {} if authorization is None else {"authorization": authorization}
    return httpx2.AsyncClient(base_url=address, headers=headers, timeout=20.0, trust_env=False)


def _decoded(value: bytes | None) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(value or b"{}")
    return found


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
