"""The load: a stock to begin with, then buyers who order and pay at a steady rate, whatever happens to the house meanwhile.

A buyer whose request fails asks the service's other process, as behind a balancer.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from datetime import UTC, datetime
from pathlib import Path

import httpx2

from contracts.values import Money
from redress.asking import Caller
from redress.demo.people import Cast
from redress.errors import UserError
from redress.importing import import_cards
from redress.sandboxed import PATTERN
from services.inventory.sourcing.api import Registration
from services.inventory.sourcing.domain.supplier import DUJIAO_NEXT, OWN_STOCK
from services.inventory.stock.wire import Listing, Offer
from tests.faults.house import BOUGHT_PRODUCT, OWN_PRODUCT, STAND_BY, SUPPLIER, House

OWN = "own-stock"
PRICE = Money(5_000, "CNY")
ATTEMPT_SECONDS = 5.0


class Buyers(Cast):
    """Places and pays orders while `run` runs."""

    def __init__(self, house: House, seed: int, orders_a_second: float) -> None:
        super().__init__(house.stage)
        self._second = {house.theatre.addresses["order"]: house.theatre.address_of["order" + STAND_BY]}
        self._chance = random.Random(seed)
        self._pause_seconds = 1 / orders_a_second
        self._name = f"D{seed}-{secrets.token_hex(2).upper()}"
        self._turn = 0
        self._under_way: set[asyncio.Task[None]] = set()
        self.count = 0
        self.paid_at: dict[str, datetime] = {}
        """When each order began to be paid."""
        self.failures: list[str] = []

    async def __aenter__(self) -> Buyers:
        return self

    async def run(self) -> None:
        """Send buyers until cancelled; those who came have then to be awaited with `finish`."""
        while True:
            self.count += 1
            task = asyncio.create_task(self._buy(f"{self._name}-{self.count:05d}", self._chance.random()))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            await asyncio.sleep(self._chance.uniform(0.5, 1.5) * self._pause_seconds)

    async def finish(self) -> None:
        """Wait for the buyers who are in the shop."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def _buy(self, number: str, draw: float) -> None:
        try:
            product = OWN_PRODUCT if draw < 0.6 else BOUGHT_PRODUCT
            total = await self.place(number, product, PRICE, quantity=2 if draw > 0.9 else 1)
            self.paid_at[number] = datetime.now(UTC)
            await self.pay("alipay" if int(draw * 100) % 2 else "epay", number, total)
        except UserError as refusal:
            self.failures.append(f"{number}: {refusal}")

    async def _try(self, method: str, url: str, content: bytes, headers: dict[str, str]) -> httpx2.Response | None:
        for first, second in self._second.items():
            if url.startswith(first) and self._turn % 2:
                url = second + url.removeprefix(first)
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                reply = await super()._try(method, url, content, headers)
        except TimeoutError:
            reply = None
        if reply is None or reply.status_code in (502, 503):
            self._turn += 1
        return reply


def stock(house: House, card_count: int) -> None:
    """Register both sources, list both products, and import the own stock; raises UserError."""
    stage = house.stage
    caller = Caller(stage.addresses["inventory"], stage.keyring.staff_authorization())
    shop = stage.shop_id
    file = Path(house.folder) / "cards.txt"
    file.write_text("".join(f"OWN-{number:06d}-{secrets.token_hex(4).upper()}\n" for number in range(card_count)))
    try:
        caller.send("POST", "/suppliers", Registration(shop_id=shop, supplier_code=OWN, kind=OWN_STOCK))
        caller.send("POST", "/suppliers", Registration(shop_id=shop, supplier_code=SUPPLIER, kind=DUJIAO_NEXT))
        caller.send("POST", "/products", Listing(shop_id=shop, product_code=OWN_PRODUCT, name=OWN_PRODUCT, card_pattern=None))
        caller.send("POST", "/products", Listing(shop_id=shop, product_code=BOUGHT_PRODUCT, name=BOUGHT_PRODUCT, card_pattern=PATTERN))
        offer = Offer(shop_id=shop, sku_id=1, price=Money(4_500, "CNY"))
        caller.send("PUT", f"/products/{BOUGHT_PRODUCT}/sources/{SUPPLIER}", offer)
        for _ in import_cards(caller, file, shop_id=shop, product_code=OWN_PRODUCT, supplier_code=OWN):
            pass
    finally:
        caller.close()
