"""In front of a shop over real HTTP: the sandbox's Alipay calls Redress, Redress calls the shop, and each hears what it should."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from protocols.http import HttpReply
from sandbox.server import SandboxServer
from sandbox.world import Sandbox, SandboxSetup
from services.order.callbacks.settings import CallbackMode, CallbackSettings
from tests.integration.the_house import NOTICES, SHOP, House, default_order_settings, fresh_number, house
from tests.integration.two_services import eventually
from tests.sandbox.shop import Shop, open_shop
from tests.sandbox.test_server import CREDENTIALS

ANSWER_SECONDS = 1.0


@dataclass
class Street:
    """Provider, Redress and shop."""

    sandbox: Sandbox
    house: House
    shop: Shop

    async def paid(self) -> str:
        """A buyer pays a new order; its number."""
        number = fresh_number()
        assert (await self.house.place(number)).status_code == 201
        self.sandbox.providers["alipay"].pay(number, "25.00", datetime.now(UTC))
        return number

    def told(self, number: str) -> list[tuple[int | None, bool]]:
        """What the provider heard of its notices of an order: status, and whether it was the success word."""
        return [(each.status, each.is_accepted) for each in self.sandbox.attempts if each.order_number == number]

    def heard(self, number: str) -> list[bytes]:
        """What came to the shop about an order."""
        return [request.body for request in self.shop.requests if f"out_trade_no={number}".encode() in request.body]

    async def log(self, number: str) -> list[dict[str, Any]]:
        answer = (await self.house.order.get("/forwardings")).json()["forwardings"]
        return [each for each in answer if each["order_number"] == number]

    async def until(self, is_so: Callable[[], bool]) -> None:
        async def held() -> bool:
            return is_so()

        await eventually(held)

    async def until_logged(self, number: str, state: str) -> None:
        async def is_there() -> bool:
            return [each["state"] for each in await self.log(number)] == [state]

        await eventually(is_there)


@pytest.fixture
async def street(fresh_database: Callable[[], str], tmp_path: Path) -> AsyncIterator[Street]:
    async with open_shop() as shop:
        front = CallbackSettings(mode=CallbackMode.IN_FRONT, shop_url=f"{shop.url}/pay/notify", answer_seconds=ANSWER_SECONDS)
        settings = default_order_settings()
        own = msgspec.structs.replace(settings.shops[SHOP], callbacks={"alipay": front})
        settings = msgspec.structs.replace(settings, shops={SHOP: own}, is_private_target_allowed=True)
        async with house(fresh_database, tmp_path, settings) as made:
            await made.list_product()
            setup = SandboxSetup(alipay_notify_url=f"{made.addresses['order']}{NOTICES}", time_factor=100.0)
            sandbox = Sandbox(setup, CREDENTIALS)
            async with SandboxServer(sandbox):
                yield Street(sandbox, made, shop)
            shop.leave()


@pytest.mark.servers
async def test_the_shop_hears_what_the_provider_said_and_the_provider_what_the_shop_answers(street: Street) -> None:
    number = await street.paid()
    await street.until(lambda: bool(street.told(number)))
    assert street.told(number) == [(200, True)]
    assert len(street.heard(number)) == 1
    assert await street.house.state(number) == "paid"
    await street.until_logged(number, "accepted")

    # A shop that has trouble: the provider hears its error, repeats, and in the end both are content.
    street.shop.reply = HttpReply(500, body=b"no database")
    number = await street.paid()
    await street.until(lambda: bool(street.told(number)))
    assert street.told(number)[0] == (500, False)
    assert await street.house.state(number) == "paid"
    street.shop.reply = HttpReply(200, body=b"success")
    await street.until_logged(number, "accepted")
    await street.until(lambda: street.told(number)[-1] == (200, True))

    # A shop that takes longer than the provider waits: it hears the success word, and the shop has the notice all the same.
    street.shop.delay_seconds = 2 * ANSWER_SECONDS
    number = await street.paid()
    await street.until(lambda: bool(street.told(number)))
    assert street.told(number) == [(200, True)]
    await street.until_logged(number, "accepted")
    assert len(street.heard(number)) == 1
    street.shop.delay_seconds = 0.0

    # A forged notice goes no further.
    number = fresh_number()
    await street.house.place(number)
    street.sandbox.providers["alipay"].forge_notice(number, "25.00", datetime.now(UTC))
    await street.until(lambda: bool(street.told(number)))
    assert street.told(number)[0] == (400, False)
    assert street.heard(number) == []
    assert await street.log(number) == []
