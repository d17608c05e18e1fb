"""The after-sales policy of a product: each change is a new version, and everybody may read what is promised now."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from contracts.values import AfterSalesPolicy
from services.inventory.stock.commands import SetPolicy
from tests.inventory.restored import RestoredWorld, agree
from tests.inventory.served import Shop
from tests.inventory.world import PRODUCT, SHOP, World

WEEK = AfterSalesPolicy(refund="within_days", refund_days=7)
YEAR = AfterSalesPolicy(refund="unused", warranty_days=365, is_pro_rata=True)
PATH = f"/products/{PRODUCT}/after-sales-policy"


def set_policy(world: World, policy: AfterSalesPolicy) -> Any:
    answer = world.bench.do(SetPolicy(shop_id=SHOP, product_code=PRODUCT, policy=policy))
    return msgspec.json.decode(answer.body)


def test_each_change_is_a_new_version_and_the_same_again_is_none() -> None:
    world = World()
    assert [set_policy(world, each)["version"] for each in (WEEK, WEEK, YEAR, WEEK)] == [1, 1, 2, 3]
    said = world.said("AfterSalesPolicyChanged")
    assert [each["version"] for each in said] == [1, 2, 3]
    assert msgspec.convert(said[1]["policy"], AfterSalesPolicy) == YEAR


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        (AfterSalesPolicy(refund="within_days"), "refund_days"),
        (AfterSalesPolicy(refund="none", refund_days=7), "refund"),
        (AfterSalesPolicy(refund="none", fee_basis_points=60), "refund"),
        (AfterSalesPolicy(refund="none", is_pro_rata=True), "is_pro_rata"),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(policy: AfterSalesPolicy, field: str) -> None:
    world = World()
    refused = set_policy(world, policy)
    assert (refused["code"], refused["field"]) == ("after-sales-policy-unfit", field)
    assert world.said("AfterSalesPolicyChanged") == []


def test_what_was_promised_before_a_restore_is_promised_again_under_its_version() -> None:
    world = RestoredWorld()
    set_policy(world, WEEK)
    world.back_up()
    set_policy(world, YEAR)
    world.restore()
    agree(world, "AfterSalesPolicyChanged")
    assert set_policy(world, YEAR)["version"] == 2
    assert set_policy(world, WEEK)["version"] == 3


async def test_staff_sets_it_and_anybody_reads_it() -> None:
    shop = Shop()
    await shop.set_up()
    before = await shop.call("GET", f"{PATH}?shop_id={SHOP}", headers={})
    assert before.json() == {"product_code": PRODUCT, "version": 0, "policy": None}
    body = {"shop_id": SHOP, "policy": {"refund": "within_days", "refund_days": 7}}
    assert (await shop.call("PUT", PATH, body)).json()["version"] == 1
    shown = (await shop.call("GET", f"{PATH}?shop_id={SHOP}", headers={})).json()
    assert (shown["version"], shown["policy"]["refund_days"], shown["policy"]["warranty_days"]) == (1, 7, 0)
    assert (await shop.call("GET", f"{PATH}?shop_id=other", headers={})).json() == before.json()


@pytest.mark.parametrize(
    "wrong", [{"refund": "maybe"}, {"refund": "within_days", "refund_days": 0}, {"refund": "none", "warranty_days": -1}]
)
async def test_a_policy_out_of_its_limits_is_refused_at_the_door(wrong: dict[str, Any]) -> None:
    shop = Shop()
    await shop.set_up()
    assert (await shop.call("PUT", PATH, {"shop_id": SHOP, "policy": wrong})).status_code == 422
