"""Every adapter against the sandbox over real HTTP, where paths, forms and headers really travel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import get_args

import pytest

from chassis.secret import Secret
from protocols.http import AnswerLost, HttpReply, HttpRequest, NotSent
from sandbox.behaviour.faults import SupplierFaults
from sandbox.behaviour.shared_shops import shared_code
from sandbox.credentials import SandboxCredentials
from sandbox.server import SandboxServer
from sandbox.wire import open_client, send
from sandbox.world import DEFAULT_PRODUCTS, Sandbox, SandboxSetup
from services.inventory.settings import ArticleSettings, SiteKind, SupplierAccount
from services.inventory.sourcing.sites.kinds import site_class
from services.inventory.sourcing.sites.port import NewOrder, SiteBalance, SiteOrder, SupplierOrderStatus, SupplierSite
from tests.sandbox.shop import open_shop, until

KINDS: tuple[SiteKind, ...] = get_args(SiteKind)


@pytest.fixture
async def server() -> AsyncIterator[SandboxServer]:
    setup = SandboxSetup(suppliers=dict.fromkeys(KINDS, DEFAULT_PRODUCTS), kinds={kind: kind for kind in KINDS}, hold_seconds=5)
    async with SandboxServer(Sandbox(setup, SandboxCredentials.generate(KINDS))) as running:
        yield running


def site_on(server: SandboxServer, kind: SiteKind, patience_seconds: float = 5.0) -> SupplierSite:
    key, secret = server.sandbox.credentials.suppliers[kind]
    articles = {"1": ArticleSettings(code=shared_code(1), race="月卡", choices={"区服": "亚服"})}
    account = SupplierAccount(kind=kind, base_url=server.supplier_url(kind), api_key=key, api_secret=Secret(secret), articles=articles)

    async def http(base_url: str, request: HttpRequest) -> HttpReply:
        async with open_client() as client:
            result = await send(client, base_url, request, timeout_seconds=patience_seconds)
        if isinstance(result, HttpReply):
            return result
        raise result

    return site_class(account)(account, http, lambda: datetime.now(UTC))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_card_is_bought_and_the_books_agree(server: SandboxServer, kind: SiteKind) -> None:
    site = site_on(server, kind)
    order = await site.create(NewOrder("A1-1-1", 1))
    assert isinstance(order, SiteOrder)
    (handed,) = server.sandbox.deliveries(datetime.now(UTC))
    assert (order.status, order.cards) == (SupplierOrderStatus.DELIVERED, (handed.card,))
    assert (handed.supplier_code, handed.downstream_order_no == "A1-1-1") == (kind, kind != "acg_faka_v4")
    balance = await site.balance()
    assert isinstance(balance, SiteBalance)
    assert balance.amount == 99_955
    assert await site.stock([1]) == {1: 999}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_lost_answer_and_a_closed_door_are_told_apart(server: SandboxServer, kind: SiteKind) -> None:
    await server.set_faults(kind, SupplierFaults(is_answer_lost=True))
    with pytest.raises(AnswerLost):
        await site_on(server, kind, patience_seconds=0.3).create(NewOrder("A1-1-1", 1))
    assert len(server.sandbox.suppliers[kind].ledger.orders) == 1
    await server.set_faults(kind, SupplierFaults(is_down=True))
    with pytest.raises(NotSent):
        await site_on(server, kind).create(NewOrder("A2-1-1", 1))


async def test_a_delivery_of_the_supplier_api_is_called_back(server: SandboxServer) -> None:
    async with open_shop() as shop:
        site = site_on(server, "supplier_api")
        await site.create(NewOrder("A1-1-1", 1, f"{shop.url}/inventory/suppliers/supplier_api/callback"))
        await until(lambda: any(attempt.is_accepted for attempt in server.sandbox.attempts))
        told = site.read_callback(shop.requests[0], site.account, now=datetime.now(UTC))
        assert (told.number, told.status) == ("A1-1-1", SupplierOrderStatus.DELIVERED)
