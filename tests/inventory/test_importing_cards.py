"""Cards come in by chunks: what is taken, what is told of the rest, and what a file said beside a card."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.inventory.stock.domain.card import Card
from tests.inventory.served import SECRET, Shop
from tests.inventory.world import PRODUCT, SHOP


async def test_a_chunk_becomes_stock_and_says_what_did_not() -> None:
    shop = Shop()
    await shop.set_up()
    answer = await shop.send_chunk(SECRET, "not a card", SECRET)
    assert answer.json() == {
        "imported": 1,
        "duplicates": [{"line": 3, "product_code": PRODUCT, "batch_id": "b1"}],
        "faults": [{"line": 2, "code": "pattern"}],
    }
    again = await shop.send_chunk(SECRET, "not a card", SECRET)
    assert again.json() == answer.json()
    done = await shop.call("POST", "/batches/b1/completion", {"shop_id": SHOP})
    assert done.json()["imported"] == 1
    shop.desk.refresh_views()
    (counts,) = (await shop.call("GET", f"/stock?shop_id={SHOP}")).json()["products"]
    assert (counts["imported"], counts["free"]) == (1, 1)


async def test_a_card_that_is_known_as_another_product_is_told_with_that_product_and_its_batch() -> None:
    shop = Shop()
    await shop.set_up("north")
    await shop.call("POST", "/products", {"shop_id": SHOP, "product_code": "OTHER", "name": "Another", "card_pattern": None})
    await shop.send_chunk(SECRET)
    shop.world.buy("A1", "A2")
    shop.world.deliver(shop.world.number_of("A2"), "GAME-0002-AAAA-BBBB")
    cards = [{"line": 4, "secret": f" {SECRET}"}, {"line": 5, "secret": "GAME-0002-AAAA-BBBB"}, {"line": 6, "secret": "NEW"}]
    body = {"shop_id": SHOP, "product_code": "OTHER", "supplier_code": "own", "chunk_number": 1, "cards": cards}
    answer = (await shop.call("POST", "/batches/b2/chunks", body)).json()
    assert answer["imported"] == 1
    assert answer["duplicates"] == [
        {"line": 4, "product_code": PRODUCT, "batch_id": "b1"},
        {"line": 5, "product_code": PRODUCT, "batch_id": None},
    ]


async def test_what_a_file_says_beside_a_card_is_kept_in_the_vault_alone() -> None:
    shop = Shop()
    await shop.set_up()
    remarks = {"preview": "lucky number", "note": "from ann", "cost": "20"}
    cards = [
        {"line": 1, "secret": SECRET, "remarks": remarks, "expires_at": "2027-01-31T00:00:00+08:00"},
        {"line": 2, "secret": "GAME-0002-AAAA-BBBB", "remarks": {"note": "n" * 65}},
    ]
    answer = await shop.send_chunk(cards=cards)
    assert (answer.json()["imported"], answer.json()["faults"]) == (1, [{"line": 2, "code": "note-too-long"}])
    card: Card = shop.desk.bench.aggregate(Card.create_id(SHOP, shop.desk.fingerprints.of("card", SECRET)))
    assert card.expires_at is not None
    assert card.expires_at.isoformat() == "2027-01-30T16:00:00+00:00"
    tables = shop.desk.store.tables
    assert sorted(row.kind for row in tables.vault.values()) == ["card", "card-remarks"]
    assert card.remarks_reference in tables.vault
    assert not any(planted in event.state for event in tables.events for planted in (b"lucky", b"from ann"))


async def test_a_card_within_the_margin_of_its_expiry_is_not_taken_in() -> None:
    shop = Shop()
    await shop.set_up()
    margin = await shop.call("PUT", f"/products/{PRODUCT}/expiry-margin", {"shop_id": SHOP, "days": 7})
    assert margin.json() == {"product_code": PRODUCT, "days": 7}
    cards = [
        {"line": days, "secret": f"GAME-{days:04d}-AAAA-BBBB", "expires_at": (shop.desk.now() + timedelta(days=days)).isoformat()}
        for days in (6, 8)
    ]
    answer = await shop.send_chunk(cards=cards)
    assert (answer.json()["imported"], answer.json()["faults"]) == (1, [{"line": 6, "code": "expired"}])


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"product_code": "NONE"}, 404),
        ({"supplier_code": "nobody"}, 404),
        ({"cards": [{"line": 1, "secret": "x"}] * 91}, 422),
        ({"chunk_number": 0}, 422),
    ],
)
async def test_a_chunk_that_does_not_fit_is_refused_without_repeating_it(changed: dict[str, Any], status: int) -> None:
    shop = Shop()
    await shop.set_up()
    answer = await shop.send_chunk(SECRET, **changed)
    assert answer.status_code == status
    assert SECRET not in answer.text


async def test_a_full_queue_is_told_as_such() -> None:
    shop = Shop()
    await shop.set_up()
    shop.desk.is_full = True
    assert (await shop.send_chunk(SECRET)).status_code == 503
