"""Unsold cards are withdrawn by batch, by product or by file; what is reserved, sold or gone is left and told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.inventory.stock.commands import WithdrawCards, WithdrawStock
from services.inventory.stock.domain.card_status import CardStatus
from tests.inventory.rebuilding import assert_rebuilds
from tests.inventory.served import SECRET, Shop
from tests.inventory.world import PRODUCT, SHOP, World

OTHERS = ("GAME-0002-AAAA-BBBB", "GAME-0003-AAAA-BBBB")
RECALL = {"shop_id": SHOP, "reason": "recalled"}


async def stocked() -> Shop:
    """Three cards of one batch: the first is sold, the second reserved, the third free."""
    shop = Shop()
    await shop.set_up()
    await shop.send_chunk(SECRET)
    await shop.send_chunk(*OTHERS, chunk_number=2)
    shop.world.buy("A1")
    shop.world.tell(shop.world.placed("A2"))
    return shop


def statuses(world: World) -> list[CardStatus]:
    cards = [world.card_of(secret) for secret in (SECRET, *OTHERS)]
    return [card.status for card in cards if card is not None]


async def withdraw(shop: Shop, path: str, **more: Any) -> Any:
    answer = await shop.call("POST", path, RECALL | more)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_unsold_cards_of_a_batch_are_withdrawn_chunk_by_chunk() -> None:
    shop = await stocked()
    batch = (await shop.call("GET", f"/batches/b1?shop_id={SHOP}")).json()
    assert (batch["card_count"], batch["last_chunk"], batch["is_completed"]) == (3, 2, False)
    first, second, none = [await withdraw(shop, f"/batches/b1/chunks/{number}/withdrawal") for number in (1, 2, 3)]
    assert (first["withdrawn"], [each["reason"] for each in first["refused"]]) == (0, ["allocated"])
    assert (second["withdrawn"], [each["reason"] for each in second["refused"]]) == (1, ["reserved"])
    assert (none["withdrawn"], none["refused"]) == (0, [])
    assert statuses(shop.world) == [CardStatus.ALLOCATED, CardStatus.RESERVED, CardStatus.VOID]
    again = await withdraw(shop, "/batches/b1/chunks/2/withdrawal")
    assert [each["reason"] for each in again["refused"]] == ["reserved", "void"]
    assert_rebuilds(shop.desk.bench)


async def test_the_unsold_cards_of_a_product_are_withdrawn_until_there_are_no_more() -> None:
    shop = await stocked()
    assert await withdraw(shop, f"/products/{PRODUCT}/withdrawal") == {"withdrawn": 1, "is_done": True}
    assert await withdraw(shop, f"/products/{PRODUCT}/withdrawal") == {"withdrawn": 0, "is_done": True}
    assert shop.desk.store.index_rows("free_cards") == []
    assert (await shop.call("POST", "/products/NONE/withdrawal", RECALL)).status_code == 404


async def test_cards_of_a_file_are_withdrawn_and_the_others_told_by_line() -> None:
    shop = await stocked()
    lines = [SECRET, OTHERS[0], f" {OTHERS[1]} ", "GAME-0009-AAAA-BBBB"]
    done = await withdraw(shop, "/stock/withdrawal", cards=[{"line": line, "secret": text} for line, text in enumerate(lines, 1)])
    assert done["withdrawn"] == 1
    assert [(each["line"], each["reason"]) for each in done["refused"]] == [(1, "allocated"), (2, "reserved"), (4, "unknown")]
    assert not any(b"GAME-0009" in row.answer for row in shop.desk.store.tables.inbox.values())


async def test_a_withdrawn_card_is_known_when_it_comes_again_and_is_never_sold() -> None:
    shop = await stocked()
    await withdraw(shop, f"/products/{PRODUCT}/withdrawal")
    assert (await shop.send_chunk(OTHERS[1], chunk_number=3)).json()["imported"] == 0
    shop.world.buy("A3")
    assert shop.world.need("A3").card_id is None


def test_a_card_of_another_shop_is_unknown() -> None:
    world = World(cards=1)
    card = world.card_of("GAME-0001-AAAA-BBBB")
    assert card is not None
    answer = world.bench.do(WithdrawCards(shop_id="other", card_ids=(card.id, UUID(int=7)), reason="recalled"))
    assert answer.body.count(b"unknown") == 2
    assert statuses(world) == [CardStatus.FREE]


@pytest.mark.parametrize("command", [WithdrawStock(shop_id=SHOP, product_code=PRODUCT, reason="recalled"),
                                     WithdrawCards(shop_id=SHOP, card_ids=(), reason="recalled")])  # fmt: skip
def test_nothing_is_withdrawn_while_a_restore_is_not_released(command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(cards=1)
    monkeypatch.setattr("chassis.work.Work.is_recovering", True)
    answer = world.bench.do(command)
    assert answer.status == 409
    assert b"stock-recovering" in answer.body
    assert statuses(world) == [CardStatus.FREE]
