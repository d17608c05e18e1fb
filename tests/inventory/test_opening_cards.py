"""Cards leave by the vault alone: for whom, and what is told of it."""

from __future__ import annotations

from uuid import UUID

from chassis.tokens import Principal
from services.inventory.stock.domain.card import Card
from tests.inventory.served import SECRET, Shop
from tests.inventory.test_api import SCOPES
from tests.inventory.world import SHOP


async def test_a_card_is_opened_for_its_order_and_the_opening_is_told() -> None:
    shop = Shop()
    card_id = await shop.sold()
    for count in (1, 2):
        answer = await shop.open(card_id)
        assert answer.json() == {"cards": [{"card_id": card_id, "secret": SECRET, "opened_count": count, "fields": []}]}
        assert answer.headers["cache-control"] == "no-store"
    opened = [value for name, value in shop.desk.bench.said if name == "CardOpened"]
    assert [each["opened_count"] for each in opened] == [1, 2]
    tables = shop.desk.store.tables
    assert sorted(row.kind for row in tables.vault.values()) == ["card", "device", "device", "ip", "ip"]
    for planted in (SECRET, "203.0.113.9", "phone-1"):
        assert not any(planted.encode() in (event.state + (event.value or b"")) for event in tables.events)
        assert not any(planted.encode() in row.answer for row in tables.inbox.values())


async def test_nobody_but_the_order_service_opens_and_only_to_reveal() -> None:
    shop = Shop()
    card_id = await shop.sold()
    assert (await shop.open(card_id, headers={})).status_code == 401
    for principal in (Principal("order", "staff", SCOPES), Principal("refund", "service")):
        other = shop.desk.admit("other", principal)
        assert (await shop.open(card_id, headers=other)).status_code == 403
    assert (await shop.open(card_id, purpose="curiosity")).status_code == 403
    assert "CardOpened" not in shop.desk.bench.said_names()


async def test_a_card_of_another_order_a_held_one_and_none_are_refused() -> None:
    shop = Shop()
    card_id = await shop.sold()
    foreign = await shop.open(card_id, order_number="A2")
    assert (foreign.status_code, foreign.json()["code"]) == (409, "card-not-of-order")
    assert (await shop.open(str(UUID(int=7)))).status_code == 404
    shop.world.tell(shop.world.failed("A1"))
    held = await shop.open(card_id)
    assert (held.status_code, held.json()["code"]) == (409, "card-withheld")
    assert SECRET not in foreign.text + held.text
    assert "CardOpened" not in shop.desk.bench.said_names()


async def test_one_refused_card_keeps_all_of_them_shut() -> None:
    shop = Shop()
    card_id = await shop.sold()
    await shop.send_chunk("GAME-0002-AAAA-BBBB", chunk_number=2)
    free = Card.create_id(SHOP, shop.desk.fingerprints.of("card", "GAME-0002-AAAA-BBBB"))
    assert (await shop.open(card_id, str(free))).status_code == 409
    assert "CardOpened" not in shop.desk.bench.said_names()
