"""Who acts in the demo: the shop that sends orders, the buyer who pays and looks, and the hand on the sandbox's switches.

What the staff does stands in `staff`.

All of it goes over HTTP, as it would from outside. A 503 ("try again") is tried again, as any shop would.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx2
import msgspec

from contracts.values import Money, decimal_text
from redress.asking import Refused
from redress.demo.stage import Stage
from redress.errors import UserError

CURRENCY = "CNY"
PATIENCE_SECONDS = 120.0
POLL_SECONDS = 0.2
RETRY_SECONDS = 0.3

OrderTest = Callable[[dict[str, Any]], bool]


class Cast:
    """Everybody who acts, on one stage; `async with`."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._client = httpx2.AsyncClient(timeout=30.0, trust_env=False, limits=httpx2.Limits(max_connections=50))
        self._shop = {"authorization": stage.keyring.shop_authorization(stage.shop_id)}

    async def __aenter__(self) -> Cast:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    # the shop

    async def place(
        self,
        number: str,
        product: str,
        price: Money,
        *,
        quantity: int = 1,
        is_taken_over: bool = False,
        fields: dict[str, str] | None = None,
    ) -> Money:
        """Send an order; the amount to be paid. `fields`: of a top-up, whom it is for."""
        line = {"product_code": product, "quantity": quantity, "unit_price": msgspec.to_builtins(price)}
        body = {
            "order_number": number,
            "lines": [line | ({} if fields is None else {"fields": fields})],
            "contact": contact_of(number),
            "buyer": {"ip": "203.0.113.7", "device": f"demo browser of {number}"},
        }
        path = "/orders/taken-over" if is_taken_over else "/orders"
        await self.call("POST", self.stage.addresses["order"] + path, body, {**self._shop, "idempotency-key": number})
        return price * quantity

    async def create_payment(self, channel: str, number: str) -> str | None:
        """Have a payment created for the buyer; where that fails, by another channel that the shop offers. The channel that took it.

        None: none is offered, as when the order is not payable any more.
        """
        refused: list[str] = []
        while not await self._is_created(channel, number):
            refused.append(channel)
            offered = (await self.call("GET", self._payments(number), None, self._shop))["channels"]
            left = [each for each in offered if each not in refused]
            if not left:
                return None
            channel = left[0]
        return channel

    async def _is_created(self, channel: str, number: str) -> bool:
        payments = self._payments(number)
        try:
            wanted = await self.call("POST", payments, {"channel": channel}, self._shop)
        except Refused:  # the channel is hidden, or the order is over
            return False
        while wanted["state"] == "pending":
            await asyncio.sleep(POLL_SECONDS)
            wanted = await self.call("GET", f"{payments}/{channel}", None, self._shop)
        return bool(wanted["state"] == "open")

    def _payments(self, number: str) -> str:
        return f"{self.stage.addresses['order']}/orders/{number}/payments"

    async def order(self, number: str) -> dict[str, Any]:
        found: dict[str, Any] = await self.call("GET", f"{self.stage.addresses['order']}/orders/{number}", None, self._shop)
        return found

    async def until(self, number: str, is_reached: OrderTest) -> dict[str, Any]:
        """Wait for an order to become so; raises UserError after a long while."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                order = await self.order(number)
                while not is_reached(order):
                    await asyncio.sleep(POLL_SECONDS)
                    order = await self.order(number)
                return order
        except TimeoutError:
            raise UserError(f"Order {number} did not come to its end within {PATIENCE_SECONDS:.0f} s.") from None

    # the buyer

    async def pay(self, provider: str, number: str, amount: Money) -> None:
        await self.control("POST", "/pay", {"provider": provider, "order_number": number, "total": decimal_text(amount)})

    async def look_up_and_reveal(self, number: str) -> list[str]:
        """The buyer finds the order by number and contact, and sees every card."""
        base = f"{self.stage.addresses['order']}/orders"
        found = await self.call(
            "POST", f"{base}/lookup", {"order_number": number, "contact": contact_of(number), "shop_id": self.stage.shop_id}, {}
        )
        case = {"authorization": f"Bearer {found['case_token']}"}
        cards: list[str] = []
        for unit in found["order"]["units"]:
            if unit["state"] in ("delivered", "revealed") and unit["account"] is None:  # a top-up has nothing to see
                shown = await self.call("POST", f"{base}/{number}/units/{unit['line']}/{unit['unit']}/reveal", {}, case)
                cards.append(shown["secret"])
        return cards

    # the sandbox

    async def set_balance(self, supplier: str, balance: str) -> None:
        """How much of the shop's money is left at a supplier."""
        await self.control("PUT", f"/balance/{supplier}", {"balance": balance})

    async def sent_cards(self, supplier: str, number: str) -> list[str]:
        """The cards that a supplier sent for an order, as its own site shows them."""
        found = await self.control("GET", "/deliveries")
        return [
            each["card"]
            for each in found
            if each["supplier_code"] == supplier and str(each["downstream_order_no"]).startswith(f"{number}-")
        ]

    async def forge(self, provider: str, number: str, amount: Money) -> None:
        await self.control("POST", "/forge", {"provider": provider, "order_number": number, "total": decimal_text(amount)})

    async def trouble(self, party: str, number: str | None = None, seconds: float | None = None, **faults: Any) -> None:
        """Let a party misbehave, for one order or for all."""
        await self.control("PUT", f"/faults/{party}", {"faults": faults, "order_number": number, "seconds": seconds})

    async def relief(self, party: str, number: str | None = None) -> None:
        await self.control("DELETE", f"/faults/{party}" + (f"?order_number={number}" if number else ""))

    async def notices(self) -> list[dict[str, Any]]:
        """Every notice and callback that the sandbox sent."""
        found: list[dict[str, Any]] = await self.control("GET", "/notices")
        return found

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        return await self.call(method, self.stage.control_url + path, body, {})

    async def call(self, method: str, url: str, body: Any, headers: dict[str, str]) -> Any:
        """The decoded answer to a request; raises Refused, and UserError where nobody answers for long."""
        content = b"" if body is None else msgspec.json.encode(body)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while True:
                    reply = await self._try(method, url, content, headers)
                    if reply is not None and reply.status_code not in (502, 503):
                        break
                    await asyncio.sleep(RETRY_SECONDS)
        except TimeoutError:
            raise UserError(f"{url} did not answer for {PATIENCE_SECONDS:.0f} s.") from None
        if reply.status_code >= 400:
            raise Refused(reply.status_code, reply.content)
        return msgspec.json.decode(reply.content)

    async def _try(self, method: str, url: str, content: bytes, headers: dict[str, str]) -> httpx2.Response | None:
        """The answer, or None where nobody listens just now: everything the demo sends may be sent again."""
        try:
            return await self._client.request(method, url, content=content, headers={**headers, "content-type": "application/json"})
        except httpx2.TransportError:
            return None


def contact_of(number: str) -> str:
    """The contact of the buyer of an order."""
    return f"buyer.{number.lower()}@example.com"


def account_of(number: str) -> str:
    """The account at a game that the buyer of an order wants topped up."""
    return f"player.{number.lower()}"


def is_settled(order: dict[str, Any]) -> bool:
    """Paid, and no unit waits for its card any more."""
    return order["state"] == "paid" and all(unit["state"] != "pending" for unit in order["units"])


def is_expired(order: dict[str, Any]) -> bool:
    return bool(order["state"] == "expired")
