"""Unsold cards leave in the open for people of the staff who may have them, and each card keeps who did."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.tokens import Principal
from services.inventory.stock.domain.card import Card
from services.inventory.stock.domain.card_status import CardStatus
from tests.inventory.rebuilding import assert_rebuilds
from tests.inventory.served import SECRET, Shop
from tests.inventory.test_api import SCOPES
from tests.inventory.world import PRODUCT, SHOP

SOLD, FREE = SECRET, "GAME-0002-AAAA-BBBB"
EXPORTER = Principal("ann", "staff", frozenset({"cards:export"}))


def card_id(shop: Shop, secret: str) -> str:
    return str(Card.create_id(SHOP, shop.desk.fingerprints.of("card", secret)))


async def stocked() -> Shop:
    """One card that is sold, and one that is not, of which more is known."""
    shop = Shop()
    await shop.set_up()
    await shop.send_chunk(SOLD)
    shop.world.buy("A1")
    known = {"remarks": {"note": "from ann", "cost": "20"}, "expires_at": "2037-01-31T00:00:00+08:00"}
    await shop.send_chunk(chunk_number=2, cards=[{"line": 1, "secret": FREE, **known}])
    return shop


async def export(shop: Shop, *secrets: str, by: Principal = EXPORTER, **changed: Any) -> Any:
    body = {"references": [card_id(shop, secret) for secret in secrets], "purpose": "export"} | changed
    return await shop.call("POST", "/vault/open", body, shop.desk.admit(by.name, by))


async def test_an_unsold_card_is_exported_with_what_is_known_of_it_and_one_that_is_sold_is_not() -> None:
    shop = await stocked()
    answer = await export(shop, FREE, SOLD, "GAME-0009-AAAA-BBBB")
    assert answer.headers["cache-control"] == "no-store"
    (card,) = answer.json()["cards"]
    assert (card["card_id"], card["secret"], card["expires_at"]) == (card_id(shop, FREE), FREE, "2037-01-30T16:00:00Z")
    assert (card["remarks"]["note"], card["remarks"]["cost"]) == ("from ann", "20")
    assert [each["reason"] for each in answer.json()["refused"]] == ["allocated", "unknown"]
    assert SOLD not in answer.text


async def test_who_exported_a_card_is_kept_and_the_card_stays_in_stock() -> None:
    shop = await stocked()
    for _ in range(2):
        await export(shop, FREE)
    exported = [row for row in shop.desk.store.tables.events if row.topic == Card.Exported.TOPIC]
    assert [b'"ann"' in row.state for row in exported] == [True, True]
    found: Card = shop.desk.bench.aggregate(Card.create_id(SHOP, shop.desk.fingerprints.of("card", FREE)))
    assert (found.exported_count, found.status) == (2, CardStatus.FREE)
    assert not any(FREE.encode() in row.answer for row in shop.desk.store.tables.inbox.values())
    assert_rebuilds(shop.desk.bench)


@pytest.mark.parametrize(
    "principal",
    [
        Principal("eve", "staff", SCOPES),
        Principal("order", "service", frozenset({"cards:export"})),
        Principal("shop", "shop", frozenset({"cards:export"})),
    ],
    ids=lambda principal: principal.kind,
)
async def test_nobody_exports_but_staff_with_the_scope_for_it(principal: Principal) -> None:
    shop = await stocked()
    refused = await export(shop, FREE, by=principal)
    assert refused.status_code == 403
    assert FREE not in refused.text
    assert (await shop.call("POST", "/vault/open", {"references": [card_id(shop, FREE)], "purpose": "export"}, {})).status_code == 401
    assert not any(row.topic == Card.Exported.TOPIC for row in shop.desk.store.tables.events)


async def test_the_scope_for_exporting_opens_no_card_of_an_order() -> None:
    shop = await stocked()
    assert (await export(shop, SOLD, purpose="reveal", order_number="A1")).status_code == 403


async def test_a_card_is_opened_for_a_buyer_only_with_the_order_s_number() -> None:
    shop = await stocked()
    answer = await shop.open(card_id(shop, SOLD), order_number=None)
    assert (answer.status_code, answer.json()["code"]) == (422, "order-not-named")


async def test_nothing_is_exported_while_a_restore_is_not_released(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = await stocked()
    monkeypatch.setattr("chassis.work.Work.is_recovering", True)
    answer = await export(shop, FREE)
    assert (answer.status_code, answer.json()["code"]) == (409, "stock-recovering")


async def test_free_cards_are_named_by_product_and_those_of_an_import_by_chunk() -> None:
    shop = await stocked()
    free = (await shop.call("GET", f"/products/{PRODUCT}/free-cards?shop_id={SHOP}")).json()
    assert free == {"card_ids": [card_id(shop, FREE)]}
    chunks = [(await shop.call("GET", f"/batches/b1/chunks/{number}?shop_id={SHOP}")).json()["card_ids"] for number in (1, 2, 3)]
    assert chunks == [[card_id(shop, SOLD)], [card_id(shop, FREE)], []]
