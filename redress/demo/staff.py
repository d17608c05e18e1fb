"""What the shop's staff and its consignor do in the demo, each over HTTP with a token of their own where they have one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from redress.asking import Refused
from redress.demo.people import PATIENCE_SECONDS, Cast, is_settled
from redress.errors import UserError

QUEUE_SECONDS = 0.5
MOST_NEEDS = 1_000


class Staff:
    """The people behind the counter."""

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._keyring = cast.stage.keyring
        self._url = cast.stage.addresses["inventory"]
        self._operator = {"authorization": self._keyring.staff_authorization()}

    async def ask(self, path: str, **query: str) -> Any:
        """Look at something of the shop."""
        asked = "&".join(f"{name}={value}" for name, value in ({"shop_id": self._cast.stage.shop_id} | query).items())
        return await self._cast.call("GET", f"{self._url}{path}?{asked}", None, self._operator)

    async def send(self, path: str, body: Any = None, *, by: str | None = None) -> Any:
        """Do something, as the operator or as one of the shop's people or suppliers."""
        return await self._cast.call("POST", self._url + path, body, self._operator if by is None else self._authorization(by))

    async def until(self, is_done: Callable[[], Awaitable[bool]], what: str) -> None:
        """Wait for something; raises UserError after a long while."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while True:
                    if await is_done():
                        return
                    await asyncio.sleep(QUEUE_SECONDS)
        except TimeoutError:
            raise UserError(f"{what}: not within {PATIENCE_SECONDS:.0f} s.") from None

    async def need_in_queue(self, number: str) -> str | None:
        """Wait until the order is in the manual queue: its need. None: it came to its end before anybody could help."""
        found: list[str] = []

        async def is_there() -> bool:
            queue = await self.ask("/needs", status="manual", limit=str(MOST_NEEDS))
            found.extend(each["need_id"] for each in queue["needs"] if each["order_number"] == number)
            return bool(found) or is_settled(await self._cast.order(number))

        await self.until(is_there, f"Order {number} in the manual queue")
        return found[0] if found else None

    async def deliver(self, need_id: str, delivery: dict[str, str]) -> None:
        """Claim a need and deliver it by hand. Where its time was over just before, the order has ended without."""
        with contextlib.suppress(Refused):
            await self.send(f"/needs/{need_id}/claim")
            await self.send(f"/needs/{need_id}/delivery", delivery)

    async def tell_for(self, supplier: str, need_id: str, cards: list[str]) -> None:
        """Say what the supplier's site shows of an order: its card, or that there is none."""
        with contextlib.suppress(Refused):
            await self.send(f"/needs/{need_id}/supplier-word", {"supplier_code": supplier} | ({"card": cards[0]} if cards else {}))

    async def run_again(self, supplier: str) -> None:
        """The one button, to the end of the queue."""
        after: str | None = None
        while True:
            body = {"shop_id": self._cast.stage.shop_id, "supplier_code": supplier, "after": after}
            after = (await self.send("/needs/run-again", body))["next"]
            if after is None:
                return

    @property
    def names(self) -> list[str]:
        """The shop's people who may pay out; the installation's operator is none of them."""
        return [name for name, person in self._keyring.people.items() if person.role in ("owner", "operator")]

    def _authorization(self, name: str) -> dict[str, str]:
        suppliers = self._keyring.suppliers.get(self._cast.stage.shop_id, {})
        person = self._keyring.people.get(name)
        token = person.token if person is not None else suppliers.get(name)
        return self._operator if token is None else {"authorization": f"Bearer {token.reveal()}"}
