"""After a restore our word about a card stands: the same card for the same need, nothing for anybody else."""

from __future__ import annotations

import msgspec
import pytest

from chassis.unit import Handled
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.stock.commands import OpenCards
from tests.inventory.rebuilding import assert_rebuilds
from tests.inventory.restored import RestoredWorld, agree

FIRST, SECOND = "GAME-0001-AAAA-BBBB", "GAME-0002-AAAA-BBBB"
BOUGHT = "GAME-0101-CCCC-DDDD"

# a card that the backup still has


def test_a_free_card_goes_to_the_need_that_was_said_to_have_it_though_another_order_is_heard_first() -> None:
    world = RestoredWorld(cards=2)
    world.back_up()
    world.tell(world.placed("A1"), world.placed("A2"), world.paid("A2"), world.paid("A1"))
    given = world.need("A2").card_id
    world.restore(is_retold=False)
    world.heard.sort(key=lambda record: b"A2" in record.value)
    world.retell()
    assert world.need("A2").card_id == given
    assert {each["card_id"] for each in world.said("CardAllocated")} == {each["card_id"] for each in world.was_said("CardAllocated")}
    assert len(world.said("CardAllocated")) == 2
    assert_rebuilds(world.bench)


def test_the_word_is_said_again_in_the_new_epoch_and_hearing_the_order_again_adds_nothing() -> None:
    world = RestoredWorld("north", cards=1)
    world.back_up()
    world.buy("A1")
    world.restore()
    agree(world, "CardAllocated")
    row = next(row for row in world.bench.store.events_after(0, 1_000) if row.type == "redress.inventory.CardAllocated.v1")
    assert row.epoch == 2
    assert world.bench.release() == Handled()
    assert world.open_card("A1") == 200


@pytest.mark.parametrize("backed_up", ["placed", "expired"])
def test_a_card_reserved_for_its_need_or_given_back_is_allocated(backed_up: str) -> None:
    world = RestoredWorld(cards=1)
    world.tell(world.placed("A1"))
    if backed_up == "expired":
        world.tell(world.expired("A1"))
    world.back_up()
    world.tell(world.paid("A1", is_late=backed_up == "expired"))
    world.restore()
    agree(world, "CardAllocated")
    assert world.need("A1").status is NeedStatus.ALLOCATED


def test_a_reservation_for_another_need_falls_and_that_one_is_sourced_when_it_is_paid() -> None:
    world = RestoredWorld("north", cards=1)
    world.tell(world.placed("A1"))
    world.back_up()
    world.tell(world.expired("A1"))
    world.buy("A2")
    world.restore(is_retold=False)
    assert world.need("A2").status is NeedStatus.ALLOCATED
    assert (world.need("A1").status, world.need("A1").card_id) == (NeedStatus.OPEN, None)
    world.retell()
    world.stock(SECOND)
    world.tell(world.paid("A1", is_late=True))
    assert world.need("A1").status is NeedStatus.ALLOCATED
    assert_rebuilds(world.bench)


def test_an_expiry_heard_again_takes_nothing_back() -> None:
    world = RestoredWorld(cards=1)
    world.back_up()
    world.tell(world.placed("A1"), world.expired("A1"), world.paid("A1", is_late=True))
    world.restore()
    agree(world, "CardAllocated")


def test_a_need_with_another_reservation_gives_that_one_back() -> None:
    world = RestoredWorld(cards=2)
    world.tell(world.placed("A1"))
    world.back_up()
    world.tell(world.expired("A1"))
    world.buy("A2")
    world.tell(world.paid("A1", is_late=True))
    world.restore()
    agree(world, "CardAllocated")
    assert world.bench.store.index_rows("free_cards") == []


# a card that nobody but our word remembers


def lost(world: RestoredWorld) -> RestoredWorld:
    """A card of `north` was given in the span that is lost, and the database is put back."""
    world.back_up()
    world.buy("A1")
    number = world.number_of("A1")
    world.deliver(number, BOUGHT)
    world.restore()
    agree(world, "CardAllocated")
    assert world.question_to("north").payload.count(number.encode()) == 1
    return world


def test_a_lost_card_is_its_need_s_and_is_not_opened_before_its_secret_is_back() -> None:
    world = lost(RestoredWorld("north", "south"))
    assert world.need("A1").status is NeedStatus.ALLOCATED
    need = world.need("A1")
    assert need.card_id is not None
    refused = world.bench.do(OpenCards(card_ids=(need.card_id,), order_number="A1", purpose="reveal"))
    assert msgspec.json.decode(refused.body)["code"] == "card-lost"
    assert [row.target for row in world.questions()] == ["north"]


def test_a_lost_card_is_asked_back_from_its_supplier_by_the_need_s_own_number() -> None:
    world = lost(RestoredWorld("north", "south"))
    (number,) = world.need("A1").next_numbers("north")
    world.find("north", number, BOUGHT)
    assert world.open_card("A1") == 200
    card = world.card_of(BOUGHT)
    assert card is not None
    assert card.reference in world.bench.store.tables.vault
    assert world.names() == ["CardAllocated", "CardOpened"]
    assert list(world.need("A1").orders) == [number]
    assert_rebuilds(world.bench)


def test_a_lost_card_that_its_supplier_does_not_know_calls_a_person() -> None:
    world = lost(RestoredWorld("north"))
    world.deny("north")
    assert [(each["supplier_code"], each["reason"]) for each in world.said("NeedAwaitsPerson")] == [("north", "card_lost")]
    assert world.need("A1").status is NeedStatus.ALLOCATED


def test_a_lost_card_of_a_silent_supplier_calls_a_person_once_and_may_still_come_back() -> None:
    world = lost(RestoredWorld("north"))
    world.bench.advance(minutes=6)
    world.bench.advance(minutes=6)
    assert len(world.said("NeedAwaitsPerson")) == 1
    world.find("north", world.need("A1").next_numbers("north")[0], BOUGHT)
    assert world.open_card("A1") == 200
    assert not world.need("A1").is_shown_to_person


def test_a_lost_card_of_own_stock_calls_a_person_at_once_and_comes_back_by_its_file() -> None:
    world = RestoredWorld()
    world.back_up()
    world.stock(FIRST, SECOND)
    world.buy("A1")
    world.restore()
    agree(world, "CardAllocated")
    assert [each["reason"] for each in world.said("NeedAwaitsPerson")] == ["card_lost"]
    answer = world.stock(FIRST, SECOND)
    assert (answer["imported"], answer["duplicates"]) == (2, [])
    world.bench.advance(seconds=0)
    assert world.open_card("A1") == 200
    assert not world.need("A1").is_shown_to_person
    world.buy("A2")
    assert {world.need(order).card_id for order in ("A1", "A2")} == {getattr(world.card_of(each), "id", None) for each in (FIRST, SECOND)}
    assert world.stock(FIRST)["imported"] == 0
    assert_rebuilds(world.bench)


def test_a_whole_chunk_of_lost_cards_is_imported_again() -> None:
    world = RestoredWorld()
    world.back_up()
    secrets = [world.new_secret() for _ in range(90)]
    world.stock(*secrets)
    world.tell(world.placed("A1", 90), world.paid("A1", 90))
    world.bench.advance(seconds=1)
    world.restore()
    agree(world, "CardAllocated")
    assert world.stock(*secrets)["imported"] == 90
    world.bench.advance(seconds=0)
    assert world.bench.store.index_rows("free_cards") == []
    assert world.open_card("A1", 90) == 200
