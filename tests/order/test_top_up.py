"""A buyer says whom a top-up is for: checked before the payment, sealed, opened for the supplier's call alone, shown masked."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chassis.tokens import Principal
from contracts.inventory import ProductListed, TopUpSucceeded
from contracts.values import Money, ProductField
from services.order.domain.entitlement import UnitState
from services.order.domain.lines import need_id
from tests.desk import MemoryDesk
from tests.order.builders import NUMBER, ONLY_UNIT, SHOP, allocated, notice, the_order

COINS = "coins"
FIELDS = (ProductField("account", "QQ number", pattern="[1-9][0-9]{4,10}"), ProductField("server", "Server", is_required=False))
ACCOUNT = {"account": "123456789012"[:10], "server": "CANARY-SERVER"}
PRICE = {"amount_minor": 2_500, "currency": "CNY"}


@pytest.fixture
def coins(desk: MemoryDesk) -> MemoryDesk:
    """The desk, with a top-up listed."""
    desk.bench.tell(
        ProductListed(shop_id=SHOP, product_id="22222222-2222-5222-8222-222222222222", product_code=COINS, name="Coins", kind="top_up",
                      fields=FIELDS)
    )  # fmt: skip
    return desk


def body(fields: dict[str, str] | None = ACCOUNT, product_code: str = COINS) -> dict[str, Any]:
    line = {"product_code": product_code, "unit_price": PRICE} | ({} if fields is None else {"fields": fields})
    return {"order_number": NUMBER, "lines": [line], "contact": "buyer@example.org"}


async def place(desk: MemoryDesk, shop: dict[str, str], given: dict[str, Any]) -> Any:
    async with desk.client() as client:
        return await client.post("/orders", json=given, headers=shop)


async def opened(desk: MemoryDesk, *, by: str = "inventory", kind: str = "service", **changed: Any) -> Any:
    headers = desk.admit(f"{kind}-{by}", Principal(by, kind))
    asked = {"shop_id": SHOP, "order_number": NUMBER, "line": 1, "purpose": "top_up"} | changed
    async with desk.client() as client:
        return await client.post("/vault/open", json=asked, headers=headers)


def made() -> TopUpSucceeded:
    need = str(need_id(SHOP, NUMBER, ONLY_UNIT))
    return TopUpSucceeded(shop_id=SHOP, order_number=NUMBER, line=1, unit=1, need_id=need, product_code=COINS, supplier_code="north")


@pytest.mark.parametrize(
    ("fields", "place_of_fault"),
    [
        ({"account": "12"}, "lines[0].fields.account"),
        ({"account": "12345\n"}, None),
        ({"account": "   "}, "lines[0].fields.account"),
        ({"server": "1"}, "lines[0].fields.account"),
        ({"account": "123456", "password": "x"}, "lines[0].fields.password"),
        ({"account": "123456", "server": "a\x00b"}, "lines[0].fields.server"),
    ],
)
async def test_each_field_is_checked_before_anything_is_placed(
    coins: MemoryDesk, shop: dict[str, str], fields: dict[str, str], place_of_fault: str | None
) -> None:
    answer = await place(coins, shop, body(fields))
    if place_of_fault is None:
        assert answer.status_code == 201
        return
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert place_of_fault in answer.text
    assert all(value not in answer.text for value in fields.values() if value.strip() and value not in ("1", "x"))
    assert coins.bench.said_names() == []


async def test_a_top_up_without_its_fields_and_a_card_with_some_are_refused(coins: MemoryDesk, shop: dict[str, str]) -> None:
    missing = await place(coins, shop, body(None))
    assert (missing.status_code, missing.json()["code"]) == (422, "account-missing")
    needless = await place(coins, shop, body(ACCOUNT, "steam-50"))
    assert needless.status_code == 422
    unknown = await place(coins, shop, body(ACCOUNT, "nothing"))
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown-product")


async def test_the_account_is_in_the_vault_alone_and_shown_masked(coins: MemoryDesk, shop: dict[str, str]) -> None:
    assert (await place(coins, shop, body())).status_code == 201
    async with coins.client() as client:
        shown = (await client.get(f"/orders/{NUMBER}", headers=shop)).json()
    assert set(shown["units"][0]["account"]) == {"account", "server"}
    stored = repr(coins.store.events_after(0, 100)) + repr(coins.store.tables.inbox) + repr(shown)
    assert "CANARY-SERVER" not in stored
    assert ACCOUNT["account"] not in stored


async def test_the_same_order_for_another_account_is_another_order(coins: MemoryDesk, shop: dict[str, str]) -> None:
    assert (await place(coins, shop, body())).status_code == 201
    assert (await place(coins, shop, body())).status_code == 201
    other = await place(coins, shop, body({"account": "987654321"}))
    assert (other.status_code, other.json()["code"]) == (409, "order-number-taken")


async def test_the_account_is_opened_for_inventory_while_a_paid_unit_waits(coins: MemoryDesk, shop: dict[str, str]) -> None:
    await place(coins, shop, body())
    assert (await opened(coins)).json()["code"] == "account-not-needed"
    coins.bench.do(notice(amount=Money(2_500, "CNY")))
    answer = await opened(coins)
    assert answer.json() == {"fields": ACCOUNT}
    assert answer.headers["cache-control"] == "no-store"
    coins.bench.tell(made())
    assert (await opened(coins)).status_code == 409


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"by": "ticketing"}, 403),
        ({"kind": "staff"}, 403),
        ({"purpose": "look"}, 403),
        ({"line": 2}, 404),
        ({"order_number": "other"}, 404),
    ],
)
async def test_nobody_else_opens_it_nor_for_anything_else(
    coins: MemoryDesk, shop: dict[str, str], changed: dict[str, Any], status: int
) -> None:
    await place(coins, shop, body())
    coins.bench.do(notice(amount=Money(2_500, "CNY")))
    answer = await opened(coins, **changed)
    assert answer.status_code == status
    assert ACCOUNT["account"] not in answer.text


async def test_strangers_open_nothing(coins: MemoryDesk) -> None:
    async with coins.client() as client:
        answer = await client.post("/vault/open", json={"shop_id": SHOP, "order_number": NUMBER, "line": 1, "purpose": "top_up"})
    assert answer.status_code == 401


async def test_a_top_up_that_was_made_delivers_the_unit_and_leaves_nothing_to_reveal(coins: MemoryDesk, shop: dict[str, str]) -> None:
    await place(coins, shop, body())
    coins.bench.do(notice(amount=Money(2_500, "CNY")))
    coins.bench.tell(made(), made(), allocated())
    unit = the_order(coins.bench).units[ONLY_UNIT]
    assert (unit.state, unit.card_id) == (UnitState.REVEALED, made().need_id)
    async with coins.client() as client:
        found = await client.post("/orders/lookup", json={"order_number": NUMBER, "contact": "buyer@example.org"})
        case = {"authorization": f"Bearer {found.json()['case_token']}"}
        shown = await client.post(f"/orders/{NUMBER}/units/1/1/reveal", json={}, headers=case)
    assert (shown.status_code, shown.json()["code"]) == (409, "nothing-to-reveal")
    names = coins.bench.said_names()
    assert (names.count("CardDelivered"), names[-1]) == (1, "OrderClosed")
    delivered = next(said for name, said in coins.bench.said if name == "CardDelivered")
    assert ACCOUNT["account"] not in msgspec.json.encode(delivered).decode()
