"""Our money at suppliers: polled, low, run out, there again; and what the operator is alerted to."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from chassis.activity import Confirmed, Outcome, Refused, Tools, confirmed
from chassis.fingerprint import Fingerprints
from chassis.store.rows import IntentStatus
from chassis.vault import DataKeysInMemory, Vault
from contracts.values import Money
from sandbox.behaviour.faults import SupplierFaults
from services.inventory.settings import InventorySettings, SiteKind
from services.inventory.sourcing.balances import AskBalance, BalanceTold, ReadBalance
from services.inventory.sourcing.commands import RegisterSupplier, SetSupplyTerms
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.sourcing.domain.supplier import Supplier
from tests.inventory.rebuilding import assert_rebuilds
from tests.inventory.served import Shop
from tests.inventory.sites import Supplied
from tests.inventory.world import SHOP, World

POLLED = {"limits": {"balance_poll_seconds": 600.0, "empty_poll_seconds": 60.0}}


def polled_world(*suppliers: str) -> World:
    """A world whose suppliers are polled."""
    world = World()
    world.bench.committer.advice = POLLED
    for code in suppliers:
        world.bench.do(RegisterSupplier(shop_id=SHOP, supplier_code=code, kind="dujiao_next"))
        world.offer(code)
    return world


def yuan(amount_minor: int) -> Money:
    return Money(amount_minor, "CNY")


def told(world: World, outcome: Outcome) -> None:
    """The next question for a balance is put, and this came of it."""
    world.bench.advance()
    (row,) = [row for row in world.bench.intents(IntentStatus.PENDING) if row.kind == AskBalance.KIND]
    world.bench.outcome(row.key, outcome)


def balance(amount_minor: int) -> Confirmed:
    return confirmed(BalanceTold(yuan(amount_minor)))


def supplier(world: World) -> Supplier:
    return world.bench.aggregate(Supplier.create_id(SHOP, "north"))  # type: ignore[no-any-return]


def with_floor(floor_minor: int = 10_000) -> World:
    world = polled_world("north")
    world.bench.do(SetSupplyTerms(shop_id=SHOP, supplier_code="north", balance_floor=yuan(floor_minor)))
    return world


def test_a_balance_is_asked_for_on_a_schedule_and_noted_only_when_it_moved() -> None:
    world = polled_world("north")
    told(world, balance(50_000))
    before = world.bench.store.last_log_id()
    for amount in (49_000, 46_000):
        world.bench.advance(minutes=10)
        told(world, balance(amount))
    assert world.bench.store.last_log_id() == before
    world.bench.advance(minutes=10)
    told(world, Refused("temporary", is_temporary=True))
    world.bench.advance(minutes=10)
    told(world, balance(44_000))
    assert supplier(world).balance == yuan(44_000)
    assert_rebuilds(world.bench)


def test_registered_again_a_supplier_is_not_asked_twice_as_often() -> None:
    world = polled_world("north")
    world.bench.do(RegisterSupplier(shop_id=SHOP, supplier_code="north", kind="dujiao_next"))
    world.bench.advance()
    assert len([row for row in world.bench.intents() if row.kind == AskBalance.KIND]) == 1


def test_below_the_floor_it_is_said_once_and_again_after_a_top_up() -> None:
    world = with_floor()
    for amount in (9_990, 9_000, 5_000):
        told(world, balance(amount))
        world.bench.advance(minutes=10)
    assert [each["balance"]["amount_minor"] for each in world.said("SupplierBalanceLow")] == [9_990]
    for amount in (10_400, 9_900):
        told(world, balance(amount))
        world.bench.advance(minutes=10)
    assert [each["balance"]["amount_minor"] for each in world.said("SupplierBalanceLow")] == [9_990, 9_900]
    assert_rebuilds(world.bench)


def test_who_has_no_money_of_ours_gets_no_orders_until_a_poll_shows_enough() -> None:
    world = polled_world("north")
    told(world, balance(50))
    world.buy("A1")
    world.answer(world.number_of("A1"), Refused("no_balance"))
    (said,) = world.said("SupplierBalanceOut")
    assert said["needed"] == {"amount_minor": 100, "currency": "CNY"}
    told(world, balance(99))
    world.buy("A2")
    assert world.need("A2").status is NeedStatus.MANUAL
    world.bench.advance(minutes=1)
    told(world, balance(100))
    world.buy("A3")
    assert world.need("A3").status is NeedStatus.SOURCING
    assert_rebuilds(world.bench)


def test_without_a_schedule_only_an_empty_supplier_is_asked() -> None:
    world = World("north")
    world.bench.advance(hours=1)
    assert world.bench.intents() == []
    world.buy("A1")
    world.answer(world.number_of("A1"), Refused("no_balance"))
    told(world, Refused("no_account"))
    world.bench.advance(minutes=1)
    told(world, balance(5_000))
    world.bench.advance(hours=1)
    assert not supplier(world).is_out_of_money


@pytest.mark.parametrize("kind", get_args(SiteKind))
async def test_every_kind_of_site_tells_its_balance(kind: SiteKind) -> None:
    site = Supplied(kind)
    asked = AskBalance(key="k", target=site.code, shop_id=SHOP, supplier_id=Supplier.create_id(SHOP, site.code))
    settings = InventorySettings(suppliers={site.code: site.account})
    vault = Vault("inventory", b"m" * 32, DataKeysInMemory())
    activity = ReadBalance(Tools(settings, site.http, vault, Fingerprints({1: b"f" * 32}), lambda: site.now))
    assert await activity.perform(asked) == balance(10_000)
    site.misbehave(SupplierFaults(is_down=True))
    assert await activity.ask(asked) == Refused("temporary", is_temporary=True)
    settings.suppliers.clear()
    assert await activity.perform(asked) == Refused("no_account")


# alerts


async def alerts(shop: Shop, status: str = "open") -> list[dict[str, Any]]:
    shop.desk.refresh_views()
    found: list[dict[str, Any]] = (await shop.call("GET", f"/alerts?shop_id={SHOP}&status={status}")).json()["alerts"]
    return found


async def test_fail_overs_and_failed_procurement_are_one_alert_each_however_often_they_happen() -> None:
    shop = Shop()
    await shop.set_up("north", "south")
    for order in ("A1", "A2"):
        shop.world.buy(order)
        for _ in range(2):
            shop.world.answer(shop.world.number_of(order), Refused("out_of_stock"))
    found = {each["kind"]: each for each in await alerts(shop)}
    assert set(found) == {"failed_over", "procurement_failed"}
    assert (found["failed_over"]["count"], found["failed_over"]["detail"]["to_supplier"]) == (2, "south")
    assert found["procurement_failed"]["detail"]["tried"] == ["north", "south"]


async def test_an_alert_that_was_seen_is_open_again_when_it_happens_again() -> None:
    shop = Shop()
    await shop.set_up("north")
    shop.world.buy("A1")
    shop.world.answer(shop.world.number_of("A1"), Refused("delisted"))
    (alert,) = await alerts(shop)
    path = f"/alerts/{alert['alert_id']}/acknowledgement"
    shop.desk.bench.advance(seconds=1)
    shop.world.buy("A2")
    shop.world.answer(shop.world.number_of("A2"), Refused("delisted"))
    assert (await shop.call("POST", path, {"shop_id": SHOP, "seen_at": alert["last_at"]})).status_code == 200
    assert [each["count"] for each in await alerts(shop)] == [2]
    assert (await shop.call("POST", path, {"shop_id": SHOP})).status_code == 200
    assert await alerts(shop) == []
    assert [each["seen_by"] for each in await alerts(shop, "seen")] == ["ann"]
    shop.desk.bench.advance(seconds=1)
    shop.world.buy("A3")
    shop.world.answer(shop.world.number_of("A3"), Refused("delisted"))
    assert [each["count"] for each in await alerts(shop)] == [1]
    assert (await shop.call("POST", path, {"shop_id": "another"})).status_code == 404


async def test_the_balance_is_shown_and_pressing_the_button_asks_an_empty_supplier_again() -> None:
    shop = Shop()
    shop.desk.bench.committer.advice = POLLED
    await shop.set_up("north")
    floor = {"shop_id": SHOP, "balance_floor": {"amount_minor": 10_000, "currency": "CNY"}}
    assert (await shop.call("PUT", "/suppliers/north/terms", floor)).status_code == 200
    told(shop.world, balance(9_000))
    shop.world.buy("A1")
    shop.world.answer(shop.world.number_of("A1"), Refused("no_balance"))
    shop.world.buy("A2")
    assert {each["kind"] for each in await alerts(shop)} == {"balance_low", "balance_out", "procurement_failed"}
    north = await shop.supplier("north")
    assert (north["balance"], north["is_low"], north["is_out_of_money"]) == ({"amount_minor": 9_000, "currency": "CNY"}, True, True)
    answer = await shop.call("POST", "/needs/run-again", {"shop_id": SHOP, "reason": "no_balance"})
    assert answer.json()["counts"] == {"looked_for": 2}
