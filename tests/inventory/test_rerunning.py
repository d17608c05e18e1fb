"""One button tries all stuck needs again, each at most once however often it is pressed, and tells what became of each."""

from __future__ import annotations

from collections import Counter
from typing import Any

from chassis.activity import Refused, Unknown
from services.inventory.sourcing.activities import NOT_ASKABLE
from services.inventory.sourcing.domain.need_status import NeedStatus
from tests.inventory.served import Shop
from tests.inventory.world import PRODUCT, SHOP, need_id


async def press(shop: Shop, **asked: Any) -> dict[str, Any]:
    shop.desk.refresh_views()
    answer = await shop.call("POST", "/needs/run-again", {"shop_id": SHOP, **asked})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def marks(told: dict[str, Any]) -> dict[str, str]:
    return {need["order_number"]: need["mark"] for need in told["needs"]}


async def stuck(*orders: str, code: str = "no_balance") -> Shop:
    """A shop whose only supplier refused these orders."""
    shop = Shop()
    await shop.set_up("north")
    shop.world.buy(*orders)
    for order in orders:
        shop.world.answer(shop.world.number_of(order), Refused(code))
    return shop


async def test_more_than_five_hundred_stuck_needs_are_tried_again_in_pages_and_none_twice() -> None:
    shop = Shop()
    await shop.set_up()
    numbers = [f"A{count}" for count in range(520)]
    shop.world.buy(*numbers)
    shop.world._batches = shop.world._cards = 0
    for _ in range(6):
        shop.world.stock(*(shop.world.new_secret() for _ in range(80)))
    assert (await press(shop, is_dry_run=True, limit=1_000))["stuck_count"] == 520
    first = await press(shop, limit=300)
    second = await press(shop, limit=300, after=first["next"])
    assert first["next"] is not None
    assert second["next"] is None
    assert Counter([*marks(first).values(), *marks(second).values()]) == {"re_issued": 480, "still_stuck": 40}
    assert {*marks(first), *marks(second)} == set(numbers)
    again = await press(shop)
    assert again["counts"] == {"still_stuck": 40}
    cards = [shop.world.need(number).card_id for number in numbers if shop.world.need(number).card_id is not None]
    assert len(cards) == len(set(cards)) == 480


async def test_pressed_twice_at_once_a_need_is_looked_for_once() -> None:
    shop = await stuck("A1", "A2")
    assert marks(await press(shop)) == {"A1": "looked_for", "A2": "looked_for"}
    ids = [str(need_id(order)) for order in ("A1", "A2")]
    assert marks(await press(shop, need_ids=ids)) == {"A1": "already_looked_for", "A2": "already_looked_for"}
    assert len(shop.world.open_intents()) == 2


async def test_each_need_is_marked_as_what_became_of_it() -> None:
    shop = await stuck("A1", "A2", "A3")
    await press(shop)
    shop.world.deliver(shop.world.number_of("A1"), "GAME-0101-CCCC-DDDD")
    shop.world.answer(shop.world.number_of("A2"), Unknown(NOT_ASKABLE))
    shop.world.tell(shop.world.failed("A3"))
    shop.world.buy("A4")
    shop.world.deliver(shop.world.number_of("A4"), "GAME-0104-CCCC-DDDD")
    shop.world.tell(shop.world.placed("A5"))
    told = await press(shop, need_ids=[str(need_id(f"A{count}")) for count in range(1, 7)])
    assert marks(told) == {
        "A1": "already_re_issued",
        "A2": "awaits_supplier",
        "A3": "refund_held",
        "A4": "already_delivered",
        "A5": "not_paid",
    }
    (shown,) = [need for need in (await shop.call("GET", f"/needs?shop_id={SHOP}")).json()["needs"] if need["order_number"] == "A1"]
    assert (shown["is_re_issued"], shown["rerun_count"], shown["failure"]) == (True, 1, "no_balance")


async def test_a_filter_names_supplier_product_or_reason() -> None:
    shop = await stuck("A1")
    for asked, count in (
        ({"reason": "no_balance"}, 1),
        ({"reason": "exhausted"}, 1),
        ({"reason": "out_of_stock"}, 0),
        ({"supplier_code": "north"}, 1),
        ({"supplier_code": "south"}, 0),
        ({"product_code": PRODUCT}, 1),
        ({"product_code": "OTHER"}, 0),
    ):
        assert (await press(shop, is_dry_run=True, **asked))["stuck_count"] == count, asked
    assert shop.world.need("A1").status is NeedStatus.MANUAL


async def test_what_waits_for_a_persons_word_is_not_tried_again() -> None:
    shop = Shop()
    await shop.set_up("north")
    shop.world.buy("A1")
    shop.world.answer(shop.world.number_of("A1"), Unknown(NOT_ASKABLE))
    assert (await press(shop))["stuck_count"] == 0
    assert marks(await press(shop, reason=NOT_ASKABLE)) == {"A1": "awaits_supplier"}
    assert len(shop.world.open_intents()) == 1


async def test_needs_of_another_shop_are_not_touched() -> None:
    shop = await stuck("A1")
    shop.desk.refresh_views()
    answer = await shop.call("POST", "/needs/run-again", {"shop_id": "another", "need_ids": [str(need_id("A1"))]})
    assert answer.json()["needs"] == []
    assert shop.world.need("A1").status is NeedStatus.MANUAL
