"""Suppliers and needs as an operator sees and changes them."""

from __future__ import annotations

from tests.inventory.served import SECRET, Shop
from tests.inventory.world import PATTERN, PRODUCT, SHOP


async def test_needs_and_suppliers_are_listed_and_a_need_is_tried_again() -> None:
    shop = Shop()
    await shop.set_up()
    shop.world.buy("A1")
    shop.desk.refresh_views()
    (need,) = (await shop.call("GET", f"/needs?shop_id={SHOP}&status=manual")).json()["needs"]
    assert (need["order_number"], need["reason"]) == ("A1", "exhausted")
    await shop.send_chunk(SECRET)
    key = {**shop.operator, "idempotency-key": "k1"}
    for _ in range(2):
        answer = await shop.call("POST", f"/needs/{need['need_id']}/run", headers=key)
        assert (answer.status_code, answer.json()["status"]) == (202, "allocated")
    assert (await shop.call("POST", f"/needs/{need['need_id']}/run")).status_code == 409


async def test_a_supplier_is_suspended_and_its_score_shown() -> None:
    shop = Shop()
    await shop.set_up("north")
    shop.world.buy("A1")
    shop.world.deliver(shop.world.number_of("A1"), SECRET)
    shop.desk.refresh_views()
    assert (await shop.supplier("north"))["sample_count"] == 1
    assert (await shop.supplier("own"))["sample_count"] == 0
    body = {"shop_id": SHOP, "is_suspended": True, "reason": "holiday"}
    assert (await shop.call("PUT", "/suppliers/north/suspension", body)).json()["is_suspended"] is True
    shop.desk.refresh_views()
    north = await shop.supplier("north")
    assert (north["status"], north["reason"], north["staff"], north["probation_at"]) == ("suspended", "holiday", "ann", None)


async def test_an_operator_tilts_the_choice() -> None:
    shop = Shop()
    await shop.set_up("north", "south")
    assert (await shop.call("PUT", "/suppliers/south/terms", {"shop_id": SHOP, "tilt": 5})).json()["tilt"] == 5
    assert (await shop.call("PUT", "/suppliers/south/terms", {"shop_id": SHOP, "tilt": 500})).status_code == 422
    assert (await shop.call("PUT", "/suppliers/west/terms", {"shop_id": SHOP, "tilt": 5})).status_code == 404
    shop.world.buy("A1")
    assert [target for target, _ in shop.world.open_intents()] == ["south"]
    shop.desk.refresh_views()
    assert (await shop.supplier("south"))["tilt"] == 5


async def test_an_operator_tilts_one_offer_and_that_adds_to_what_tilts_its_supplier() -> None:
    shop = Shop()
    await shop.set_up("north", "south", "west")
    path = f"/products/{PRODUCT}/sources/south/tilt"
    assert (await shop.call("PUT", "/suppliers/north/terms", {"shop_id": SHOP, "tilt": 5})).status_code == 200
    assert (await shop.call("PUT", "/suppliers/south/terms", {"shop_id": SHOP, "tilt": 3})).status_code == 200
    assert (await shop.call("PUT", path, {"shop_id": SHOP, "tilt": 3})).json()["tilt"] == 3
    assert (await shop.call("PUT", path, {"shop_id": SHOP, "tilt": 101})).status_code == 422
    assert (await shop.call("PUT", path.replace("south", "east"), {"shop_id": SHOP, "tilt": 3})).json()["code"] == "product-not-offered"
    assert (await shop.call("PUT", path, {"shop_id": SHOP, "tilt": 3}, shop.order)).status_code == 403
    assert (await shop.call("PUT", path, {"shop_id": SHOP, "tilt": 3}, {})).status_code == 401
    shop.world.offer("south")  # the same again, as when its price is read anew
    shop.world.buy("A1")
    assert [target for target, _ in shop.world.open_intents()] == ["south"]
    told = (await shop.call("GET", f"/products/{PRODUCT}?shop_id={SHOP}")).json()["sources"]
    assert [each["tilt"] for each in told] == [0, 3, 0]


async def test_a_supplier_is_registered_only_with_the_kind_of_its_account() -> None:
    shop = Shop()
    await shop.set_up()
    body = {"shop_id": SHOP, "supplier_code": "north", "kind": "acg_faka"}
    answer = await shop.call("POST", "/suppliers", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "supplier-account-of-another-kind")
    assert answer.json()["account_kind"] == "dujiao_next"
    assert (await shop.call("POST", "/suppliers", {**body, "kind": "dujiao_next"})).status_code == 201


async def test_a_product_shows_its_sources() -> None:
    shop = Shop()
    await shop.set_up("north")
    found = (await shop.call("GET", f"/products/{PRODUCT}?shop_id={SHOP}")).json()
    assert found["card_pattern"] == PATTERN
    assert found["sources"] == [{"supplier_code": "north", "sku_id": 7, "price": {"amount_minor": 100, "currency": "CNY"}, "tilt": 0}]
