"""Suppliers of other kinds at the routes: their callbacks, what a person says for them, and how their accounts are configured."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chassis.activity import Unknown
from chassis.secret import Secret
from protocols.supplier_api import Access, Order, build_callback
from services.inventory.settings import InventorySettings, SupplierAccount
from services.inventory.sourcing.activities import NOT_ASKABLE
from services.inventory.sourcing.domain.need_status import NeedStatus
from tests.inventory.served import SECRET, Shop, send
from tests.inventory.world import need_id


def shop_with(kind: Any) -> Shop:
    shop = Shop()
    account = SupplierAccount(kind=kind, base_url="http://north", api_key="key", api_secret=Secret("api-secret"))
    shop.desk.settings.suppliers["north"] = account
    return shop


async def waiting(shop: Shop) -> str:
    """A paid need whose supplier order has no answer; its number there."""
    await shop.set_up("north")
    shop.world.buy("A1")
    number = shop.world.number_of("A1")
    shop.world.answer(number, Unknown(NOT_ASKABLE))
    return number


def told(number: str, shop: Shop, *, secret: str = "api-secret", target: str = "/suppliers/north/callback") -> Any:
    order = Order(number=number, sku_id=7, quantity=1, status="delivered", amount="1.00", currency="CNY", cards=(SECRET,))
    return build_callback(Access("key", secret), order, target=target, now=shop.desk.now())


async def test_a_callback_of_the_supplier_api_has_the_order_asked_at_once() -> None:
    shop = shop_with("supplier_api")
    number = await waiting(shop)
    answer = await send(shop, told(number, shop))
    assert (answer.status_code, answer.json()) == (200, {"received": True})
    (row,) = [row for row in shop.desk.bench.intents() if row.key == number]
    assert row.due_at == shop.desk.now()
    forged = await send(shop, told(number, shop, secret="guess"))
    assert (forged.status_code, forged.json()["reason"]) == (401, "invalid_signature")


async def test_a_callback_whose_path_a_proxy_cut_is_judged_by_the_address_that_the_supplier_was_given() -> None:
    shop = shop_with("supplier_api")
    account = shop.desk.settings.suppliers["north"]
    shop.desk.settings.suppliers["north"] = msgspec.structs.replace(account, callback_base_url="https://shop.example/inventory")
    number = await waiting(shop)
    assert (await send(shop, told(number, shop))).status_code == 401
    content = told(number, shop, target="/inventory/suppliers/north/callback")
    answer = await shop.client.post("/suppliers/north/callback", content=content.body, headers=dict(content.headers))
    assert answer.status_code == 200


async def test_a_site_that_never_calls_back_has_no_address_for_it() -> None:
    shop = shop_with("acg_faka")
    assert (await send(shop, told(await waiting(shop), shop))).status_code == 404


WORD = {"supplier_code": "north", "card": SECRET}


async def tell(shop: Shop, body: Any, headers: dict[str, str] | None = None) -> Any:
    return await shop.call("POST", f"/needs/{need_id('A1')}/supplier-word", body, headers)


async def test_an_operator_types_in_the_card_that_the_site_shows() -> None:
    shop = shop_with("acg_faka")
    await waiting(shop)
    key = {**shop.operator, "idempotency-key": "k1"}
    for _ in range(2):
        answer = await tell(shop, WORD, key)
        assert (answer.status_code, answer.json()["status"]) == (200, "allocated")
        assert SECRET not in answer.text
    assert (await tell(shop, WORD)).status_code == 409
    assert shop.desk.bench.said_names().count("CardAllocated") == 1


async def test_an_operator_says_that_nothing_came() -> None:
    shop = shop_with("acg_faka")
    await waiting(shop)
    assert (await tell(shop, {"supplier_code": "north"})).json()["status"] == "manual"
    assert shop.world.need("A1").status is NeedStatus.MANUAL


async def test_a_slip_of_the_pen_is_no_claim_against_the_supplier() -> None:
    shop = shop_with("acg_faka")
    await waiting(shop)
    for card in ("GAME-0001", "", "x" * 1_000):
        assert (await tell(shop, {**WORD, "card": card})).status_code == 422
    assert shop.world.need("A1").status is NeedStatus.SOURCING
    assert "ClaimRaised" not in shop.desk.bench.said_names()


async def test_only_who_may_run_needs_speaks_for_a_supplier() -> None:
    shop = shop_with("acg_faka")
    await waiting(shop)
    assert (await tell(shop, WORD, shop.order)).status_code == 403
    assert (await tell(shop, WORD, {})).status_code == 401
    assert (await shop.call("POST", f"/needs/{need_id('A9')}/supplier-word", WORD)).status_code == 404


@pytest.mark.parametrize("kind", ["dujiao_next", "acg_faka", "acg_faka_v4", "supplier_api"])
async def test_a_supplier_of_each_kind_can_be_registered(kind: str) -> None:
    shop = Shop()
    body = {"shop_id": "shop", "supplier_code": "west", "kind": kind}
    assert (await shop.call("POST", "/suppliers", body)).status_code == 201
    assert (await shop.call("POST", "/suppliers", {**body, "kind": "fax"})).status_code == 422


def read(document: Any) -> InventorySettings:
    return msgspec.convert(document, InventorySettings, dec_hook=lambda wanted, value: wanted(value))


def test_an_account_without_a_kind_is_what_it_always_was() -> None:
    account = {"base_url": "https://north.example", "api_key": "k", "api_secret": "s"}
    assert read({"suppliers": {"north": account}}).suppliers["north"].kind == "dujiao_next"
    with pytest.raises(msgspec.ValidationError):
        read({"suppliers": {"north": {**account, "kind": "fax"}}})


def test_the_goods_of_a_shared_shop_stand_in_its_account() -> None:
    account = {"kind": "acg_faka", "base_url": "https://s.example", "api_key": "1024", "api_secret": "s"}
    articles = {"7": {"code": "A1B2", "race": "month", "choices": {"region": "asia"}}}
    kept = read({"suppliers": {"south": {**account, "articles": articles}}}).suppliers["south"].articles["7"]
    assert (kept.code, kept.race, kept.choices) == ("A1B2", "month", {"region": "asia"})
