"""The load: a stock to begin with, then buyers who order and pay at a steady rate, whatever happens to the house meanwhile.

A buyer whose request fails asks the service's other process, as behind a balancer. Some send their order to both processes at once, of
some payments each notice comes twice, some ask for what is not sold and are refused. Every answer to a request with an Idempotency-Key
is kept for the judges.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx2
import msgspec

from chassis.store.rows import InboxKey
from contracts.values import Money, decimal_text
from redress.demo.people import Cast
from redress.errors import UserError
from redress.sandboxed import PATTERN
from sandbox.behaviour.faults import PaymentFaults
from services.inventory.sourcing.domain.supplier import DUJIAO_NEXT, OWN_STOCK
from services.inventory.sourcing.supplier_routes import Registration
from services.inventory.stock.commands import MAX_CHUNK_CARDS
from services.inventory.stock.wire import BatchEnd, ChunkRequest, LineCard, Listing, Offer
from tests.faults.house import BOUGHT_PRODUCT, OWN_PRODUCT, SUPPLIER, House
from tests.faults.paired import STAND_BY

OWN = "own-stock"
UNKNOWN_PRODUCT = "never-sold"
PRICE = Money(5_000, "CNY")
ATTEMPT_SECONDS = 5.0
RUSH_ORDERS, RUSH_CHUNKS = 60, 3
WHOLESALE_EVERY, WHOLESALE_UNITS = 30, 40
"""In a rush one buyer in so many takes as many cards as one order may have: its rows alone fill a COPY, or nearly."""
RUSH_AT_ONCE, RUSH_SECONDS = 25, 3.0
MOST_IN_THE_SHOP = 90


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a request with an Idempotency-Key."""

    path: str
    key: str
    content: bytes
    status: int
    body: bytes
    at: datetime
    """When it came."""

    def inbox_key(self, shop_id: str) -> InboxKey:
        return InboxKey(f"shop/{shop_id}", self.path, self.key)


@dataclass(frozen=True, slots=True)
class Batch:
    """A card file that was taken into stock, or is just being taken."""

    batch_id: str
    began_at: datetime
    chunks: tuple[ChunkRequest, ...]


class Buyers(Cast):
    """Places and pays orders while `run` runs."""

    def __init__(self, house: House, seed: int, orders_a_second: float) -> None:
        super().__init__(house.stage)
        self._house = house
        self._second = {house.theatre.addresses[name]: house.theatre.address_of[name + STAND_BY] for name in ("order", "inventory")}
        self._staff = {"authorization": house.stage.keyring.staff_authorization()}
        self._chance = random.Random(seed)
        self._pause_seconds = 1 / orders_a_second
        self._name = f"D{seed}-{secrets.token_hex(2).upper()}"
        self._turn = 0
        self._under_way: set[asyncio.Task[None]] = set()
        self.count = 0
        self.paid_at: dict[str, datetime] = {}
        """When each order began to be paid."""
        self.answers: list[Answer] = []
        self.refused: set[str] = set()
        """Orders that asked for what is not sold, and were refused."""
        self.failures: list[str] = []
        self.batches: list[Batch] = []

    async def __aenter__(self) -> Buyers:
        return self

    async def run(self) -> None:
        """Send buyers until cancelled; those who came have then to be awaited with `finish`."""
        while True:
            self._come()
            await asyncio.sleep(self._chance.uniform(0.5, 1.5) * self._pause_seconds)

    async def rush(self) -> None:
        """A crowd at once, while somebody takes new cards into stock; returns when most have been served. Nobody comes to a full shop."""
        if len(self._under_way) > MOST_IN_THE_SHOP:
            await asyncio.sleep(0.2)
            return
        restocking = self._begin(asyncio.create_task(self.restock(RUSH_CHUNKS)))
        gate = asyncio.Semaphore(RUSH_AT_ONCE)
        crowd = [self._come(gate, is_wholesale=turn % WHOLESALE_EVERY == 0) for turn in range(RUSH_ORDERS)]
        await asyncio.wait([restocking, *crowd], timeout=RUSH_SECONDS)

    async def finish(self) -> None:
        """Wait for everybody who is in the shop."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    def _come(self, gate: asyncio.Semaphore | None = None, *, is_wholesale: bool = False) -> asyncio.Task[None]:
        self.count += 1
        number, taste, manner = f"{self._name}-{self.count:05d}", self._chance.random(), self._chance.random()
        product, quantity = OWN_PRODUCT if taste < 0.6 else BOUGHT_PRODUCT, 2 if taste > 0.9 else 1
        if is_wholesale:
            product, quantity = OWN_PRODUCT, WHOLESALE_UNITS

        async def come() -> None:
            async with gate or contextlib.nullcontext():
                await self._buy(number, product, quantity, manner)

        return self._begin(asyncio.create_task(come()))

    def _begin(self, task: asyncio.Task[None]) -> asyncio.Task[None]:
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    async def _buy(self, number: str, product: str, quantity: int, manner: float) -> None:
        if manner < 0.04:
            await self._ask_in_vain(number)
            return
        provider = "alipay" if int(manner * 1_000) % 2 else "epay"
        try:
            copies = (True, False) if manner > 0.85 else (True,)
            await asyncio.gather(*(self._order(number, product, quantity, first=first) for first in copies))
            if 0.75 < manner < 0.9:
                faults = PaymentFaults(duplicate_notice_count=1)
                self._house.sandbox.sandbox.providers[provider].faults.set(faults, order_number=number)
            await self.pay(provider, number, PRICE * quantity)
        except UserError as refusal:
            self.failures.append(f"{number}: {refusal}")

    async def _ask_in_vain(self, number: str) -> None:
        try:
            await self._order(number, UNKNOWN_PRODUCT, 1, first=True)
        except UserError:
            self.refused.add(number)
        else:
            self.failures.append(f"{number}: {UNKNOWN_PRODUCT} was sold")

    async def _order(self, number: str, product: str, quantity: int, *, first: bool) -> None:
        """The same request as often as it is called, at the first process or at the second to begin with."""
        address = self.stage.addresses["order"]
        body = {
            "order_number": number,
            "lines": [{"product_code": product, "quantity": quantity, "unit_price": msgspec.to_builtins(PRICE)}],
            "contact": f"buyer.{number.lower()}@example.com",
        }
        url = (address if first else self._second[address]) + "/orders"
        await self.call("POST", url, body, {**self._shop, "idempotency-key": number})

    async def pay(self, provider: str, number: str, amount: Money) -> None:
        self.paid_at[number] = datetime.now(UTC)
        self._house.sandbox.sandbox.providers[provider].pay(number, decimal_text(amount), self.paid_at[number])

    async def buy_first(self, number: str, product: str) -> None:
        """One order, as soon as the product is known; raises UserError."""
        await self._order(number, product, 1, first=True)
        await self.pay("alipay", number, PRICE)

    async def ask_again(self, answer: Answer, *, first: bool, content: bytes | None = None) -> tuple[int, bytes]:
        """Send a request once more; status and body of the answer now. Raises UserError where nobody answers."""
        address = self.stage.addresses["order"]
        url = (address if first else self._second[address]) + answer.path
        deadline = asyncio.get_running_loop().time() + 30.0
        while asyncio.get_running_loop().time() < deadline:
            reply = await super()._try("POST", url, content or answer.content, {**self._shop, "idempotency-key": answer.key})
            if reply is not None and reply.status_code < 500:
                return reply.status_code, reply.content
            await asyncio.sleep(0.3)
        raise UserError(f"{answer.path} does not answer any more.")

    async def open_shop(self, card_count: int) -> None:
        """Register both sources, list both products, and take the first cards into stock; raises UserError."""
        inventory, shop = self.stage.addresses["inventory"], self.stage.shop_id
        for code, kind in ((OWN, OWN_STOCK), (SUPPLIER, DUJIAO_NEXT)):
            registration = Registration(shop_id=shop, supplier_code=code, kind=kind)
            await self.call("POST", f"{inventory}/suppliers", registration, self._staff)
        for product, pattern in ((OWN_PRODUCT, None), (BOUGHT_PRODUCT, PATTERN)):
            listing = Listing(shop_id=shop, product_code=product, name=product, card_pattern=pattern)
            await self.call("POST", f"{inventory}/products", listing, self._staff)
        offer = Offer(shop_id=shop, sku_id=1, price=Money(4_500, "CNY"))
        await self.call("PUT", f"{inventory}/products/{BOUGHT_PRODUCT}/sources/{SUPPLIER}", offer, self._staff)
        await self.restock(-(-card_count // MAX_CHUNK_CARDS))

    async def restock(self, chunk_count: int) -> None:
        """Take so many chunks of new cards into stock, all chunks at once."""
        batch_id = f"batch-{secrets.token_hex(6)}"
        batch = Batch(batch_id, datetime.now(UTC), tuple(self._chunk(number) for number in range(1, chunk_count + 1)))
        self.batches.append(batch)
        try:
            await self.take_in(batch)
        except UserError as refusal:
            self.failures.append(f"a batch: {refusal}")

    async def take_in(self, batch: Batch) -> None:
        """Import a card file, also once more; raises UserError."""
        base = f"{self.stage.addresses['inventory']}/batches/{batch.batch_id}"
        await asyncio.gather(*(self.call("POST", f"{base}/chunks", chunk, self._staff) for chunk in batch.chunks))
        await self.call("POST", f"{base}/completion", BatchEnd(shop_id=self.stage.shop_id), self._staff)

    async def list_product(self, code: str) -> None:
        """Say that a product can be ordered, also once more; raises UserError."""
        listing = Listing(shop_id=self.stage.shop_id, product_code=code, name=code)
        await self.call("POST", f"{self.stage.addresses['inventory']}/products", listing, self._staff)

    async def as_staff(self, service: str, path: str, *, method: str = "GET", body: Any = None) -> Any:
        """What a service answers its staff; raises UserError."""
        return await self.call(method, self.stage.addresses[service] + path, body, self._staff)

    async def as_buyer(self, path: str, body: Any, headers: dict[str, str]) -> Any:
        """What a buyer asks of the order service; raises UserError."""
        return await self.call("POST", self.stage.addresses["order"] + path, body, headers)

    def _chunk(self, number: int) -> ChunkRequest:
        cards = tuple(LineCard(line, f"OWN-{secrets.token_hex(9).upper()}") for line in range(1, MAX_CHUNK_CARDS + 1))
        return ChunkRequest(shop_id=self.stage.shop_id, product_code=OWN_PRODUCT, supplier_code=OWN, chunk_number=number, cards=cards)

    async def _try(self, method: str, url: str, content: bytes, headers: dict[str, str]) -> httpx2.Response | None:
        for first, second in self._second.items():
            if url.startswith(first + "/") and self._turn % 2:
                url = second + url.removeprefix(first)
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                reply = await super()._try(method, url, content, headers)
        except TimeoutError:
            reply = None
        if reply is None or reply.status_code in (502, 503):
            self._turn += 1
        elif "idempotency-key" in headers and reply.status_code < 500:
            path, key = urlsplit(url).path, headers["idempotency-key"]
            self.answers.append(Answer(path, key, content, reply.status_code, reply.content, datetime.now(UTC)))
        return reply
