"""A supplier calls back: when it is believed, and what becomes of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from chassis.activity import Absent, Refused, Unknown, confirmed
from chassis.unit import OutcomeUnit
from protocols.dujiao_next import SupplierAccess, build_callback
from services.inventory.sourcing.domain.need_status import NeedStatus
from tests.inventory.served import SECRET, Shop, send

ACCESS = SupplierAccess("key", "api-secret")


def callback(number: str, shop: Shop, *, status: str = "completed", access: SupplierAccess = ACCESS, card: str = SECRET) -> Any:
    content: dict[str, Any] = {"event": "order.delivered", "order_id": 1, "downstream_order_no": number, "status": status}
    content["fulfillment"] = {"type": "auto", "status": "delivered", "payload": card}
    return build_callback(access, content, now=shop.desk.now(), url_path="/suppliers/north/callback")


async def test_a_callback_about_an_awaited_order_has_it_asked_at_once() -> None:
    shop = Shop()
    await shop.set_up("north")
    shop.world.buy("A1")
    number = shop.world.number_of("A1")
    shop.world.answer(number, Unknown("not_fulfilled"))
    answer = await send(shop, callback(number, shop))
    assert (answer.status_code, answer.json()) == (200, {"ok": True, "message": "received"})
    (row,) = [row for row in shop.desk.bench.intents() if row.key == number]
    assert row.due_at == shop.desk.now()
    assert shop.world.need("A1").status is NeedStatus.SOURCING
    shop.world.deliver(number, SECRET, is_asked=True)
    assert (await send(shop, callback(number, shop))).status_code == 200
    assert shop.desk.bench.said_names()[-1] == "CardAllocated"


async def test_a_callback_can_bring_a_late_card_once() -> None:
    shop = Shop()
    await shop.set_up("north")
    shop.world.buy("A1")
    number = shop.world.number_of("A1")
    for _ in range(3):
        shop.world.answer(number, Unknown("answer_lost"))
        shop.world.told(number, Absent())
    for _ in range(2):
        assert (await send(shop, callback(number, shop))).status_code == 200
    delivery, rows = shop.world.delivery(SECRET)
    row = next(row for row in shop.desk.bench.intents() if row.key == number)
    shop.desk.bench.commit(OutcomeUnit(number, row.attempt, confirmed(delivery), asked_at=shop.desk.bench.now, sealed=rows))
    assert shop.desk.bench.said_names().count("LateCardStocked") == 1
    assert shop.desk.bench.said_names().count("ClaimRaised") == 1


async def test_a_callback_about_an_order_that_a_restore_made_us_forget_brings_its_card() -> None:
    shop = Shop()
    await shop.set_up("north")
    shop.world.buy("A1")
    shop.world.answer(shop.world.number_of("A1"), Refused("out_of_stock"))
    (number,) = shop.world.need("A1").next_numbers("north")
    assert (await send(shop, callback(number, shop))).status_code == 200
    assert shop.desk.bench.said_names()[-1] == "LateCardStocked"
    assert (await send(shop, callback(number, shop))).status_code == 200
    assert shop.desk.bench.said_names().count("LateCardStocked") == 1


async def test_a_callback_that_is_not_the_supplier_s_is_refused() -> None:
    shop = Shop()
    await shop.set_up("north", "south")
    shop.world.buy("A1")
    number = shop.world.number_of("A1")
    forged = await send(shop, callback(number, shop, access=SupplierAccess("key", "wrong")))
    assert (forged.status_code, forged.json()["reason"]) == (401, "invalid_signature")
    old = callback(number, shop)
    shop.desk.bench.now += timedelta(minutes=5)
    assert (await send(shop, old)).status_code == 401
    malformed = await send(shop, callback(number, shop, status="what"))
    assert malformed.status_code == 422
    for other in ("A9-1-1-aaaaaaaaaaaaaaaaaaaaaaaaaa-1", "nonsense", number[:-1] + "9"):
        assert (await send(shop, callback(other, shop))).status_code == 404
    unknown = callback(number, shop)
    answer = await shop.client.post("/suppliers/south/callback", content=unknown.body, headers=dict(unknown.headers))
    assert answer.status_code == 404
    assert SECRET not in json.dumps([each.text for each in (forged, malformed, answer)])
