"""What was said further of cards and needs before a restore is true again, and what an operator told us is noted."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from chassis.activity import Absent, Refused, Unknown
from chassis.recovering import lost_row
from chassis.unit import Handled, ReplayUnit
from contracts.inventory import CardAllocated
from services.inventory.sourcing.commands import RegisterSupplier
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.stock.commands import CompleteBatch, ListProduct
from services.inventory.stock.domain.card_status import CardStatus
from services.inventory.stock.domain.product import Product
from tests.desk import fold_views
from tests.inventory.rebuilding import assert_rebuilds
from tests.inventory.restored import RestoredWorld, agree
from tests.inventory.world import PATTERN, PRODUCT, SHOP, need_id

FIRST, SECOND = "GAME-0001-AAAA-BBBB", "GAME-0002-AAAA-BBBB"
BOUGHT, OTHER = "GAME-0101-CCCC-DDDD", "GAME-0102-CCCC-DDDD"


@pytest.mark.parametrize("cards", [0, 1])
def test_openings_are_counted_on_and_a_refund_hears_that_the_card_was_seen(cards: int) -> None:
    world = RestoredWorld("north", cards=cards)
    world.back_up()
    world.buy("A1")
    if not cards:
        world.deliver(world.number_of("A1"), BOUGHT)
    assert [world.open_card("A1"), world.open_card("A1")] == [200, 200]
    world.restore()
    agree(world, "CardAllocated", "CardOpened")
    world.tell(world.failed("A1"))
    assert world.said("NeedClosed")[0]["was_opened"]


@pytest.mark.parametrize("cards", [0, 1])
def test_a_closed_need_is_closed_with_the_same_words_and_its_card_stays_held(cards: int) -> None:
    world = RestoredWorld("north", cards=cards)
    world.back_up()
    world.buy("A1")
    if not cards:
        world.deliver(world.number_of("A1"), BOUGHT)
    world.open_card("A1")
    world.tell(world.failed("A1"))
    world.restore()
    agree(world, "CardAllocated", "CardOpened", "NeedClosed")
    card_id = world.need("A1").card_id
    assert card_id is not None
    assert world.bench.aggregate(card_id).status is CardStatus.HELD
    world.buy("A2")
    assert world.need("A2").card_id != card_id
    assert_rebuilds(world.bench)


def test_a_need_closed_without_a_card_is_closed_as_soon_as_its_order_is_heard() -> None:
    world = RestoredWorld("north", cards=1)
    world.back_up()
    world.tell(world.placed("A1"), world.failed("A1"))
    world.restore()
    agree(world, "NeedClosed")
    assert world.bench.release() == Handled()
    assert len(world.bench.store.index_rows("free_cards")) == 1


@pytest.mark.parametrize(
    "end",
    [
        lambda world: world.answer(world.number_of("A1"), Refused("out_of_stock")),
        lambda world: world.tell(world.placed("A2"), world.expired("A2"), world.paid("A2", is_late=True)),
    ],
)
def test_a_need_that_was_said_to_have_failed_waits_for_a_person_again(end: Callable[[RestoredWorld], object]) -> None:
    world = RestoredWorld("north")
    world.back_up()
    world.buy("A1")
    end(world)
    world.restore()
    agree(world, "SourcingExhausted", "AllocationFailed")
    world.tell(world.failed("A1"))
    world.deny(*(row.target for row in world.questions()))
    assert len(world.said("NeedClosed")) == 1


def test_a_claim_stands_and_its_bad_card_is_not_sold_when_it_comes_again() -> None:
    world = RestoredWorld("north", "south")
    world.back_up()
    world.buy("A1")
    number = world.number_of("A1")
    world.deliver(number, "bad")
    world.restore()
    agree(world, "ClaimRaised")
    world.find("north", number, "bad")
    world.deny("south")
    agree(world, "ClaimRaised")
    bad = world.card_of("bad")
    assert bad is not None
    assert (bad.status, bad.is_lost) == (CardStatus.VOID, False)
    assert [target for target, _ in world.open_intents()] == ["south"]
    assert_rebuilds(world.bench)


def late(world: RestoredWorld) -> str:
    """`north` denies its order and delivers after all, when `south` has delivered; the number at `north`."""
    world.buy("A1")
    lied = world.number_of("A1")
    for _ in range(3):
        world.answer(lied, Unknown("answer_lost"))
        world.told(lied, Absent())
    world.deliver(world.number_of("A1"), OTHER)
    world.deliver(lied, BOUGHT, is_asked=True)
    return lied


def test_a_late_card_is_lost_stock_until_its_supplier_tells_it_again() -> None:
    world = RestoredWorld("north", "south")
    world.back_up()
    lied = late(world)
    world.restore()
    agree(world, "CardAllocated", "LateCardStocked", "ClaimRaised")
    assert world.bench.store.index_rows("free_cards") == []
    world.find("north", lied, BOUGHT)
    assert len(world.bench.store.index_rows("free_cards")) == 1
    agree(world, "CardAllocated", "LateCardStocked", "ClaimRaised")
    assert_rebuilds(world.bench)


def test_a_late_card_that_was_given_on_is_its_new_need_s() -> None:
    world = RestoredWorld("north", "south")
    world.back_up()
    lied = late(world)
    world.buy("A2")
    world.restore()
    agree(world, "CardAllocated", "LateCardStocked", "ClaimRaised")
    by_need = {row.key: row for row in world.questions() if row.target == "north"}
    (about_late,) = [key for key in by_need if key.endswith(str(need_id("A1")))]
    world.told(next(key for key in by_need if key != about_late), Absent())
    assert [each["need_id"] for each in world.said("NeedAwaitsPerson")] == [str(need_id("A2"))]
    world.find("north", lied, BOUGHT)
    assert world.open_card("A2") == 200


# contradictions, which no honest backup can hold


def test_a_need_that_has_another_card_keeps_it_and_the_second_one_is_held_back_for_a_person() -> None:
    world = RestoredWorld(cards=2)
    world.buy("A1")
    kept = world.need("A1").card_id
    world.back_up()
    second = world.card_of(SECOND)
    assert second is not None
    word = msgspec.convert(world.said("CardAllocated")[0] | {"card_id": str(second.id)}, CardAllocated)
    world.restore()
    recovered(world, word)
    assert world.need("A1").card_id == kept
    held = world.card_of(SECOND)
    assert held is not None
    assert held.status is CardStatus.HELD
    assert [each["reason"] for each in world.said("NeedAwaitsPerson")] == ["card_contradicted"]
    assert_rebuilds(world.bench)


def test_a_card_that_is_another_need_s_is_not_given_twice() -> None:
    world = RestoredWorld(cards=1)
    world.buy("A1")
    world.back_up()
    word = msgspec.convert(
        world.said("CardAllocated")[0] | {"order_number": "A2", "need_id": str(need_id("A2"))},
        CardAllocated,
    )
    world.restore()
    recovered(world, word)
    assert world.need("A2").status is NeedStatus.MANUAL
    assert [each["reason"] for each in world.said("AllocationFailed")] == ["card_contradicted"]


def test_a_word_heard_twice_is_made_true_once() -> None:
    world = RestoredWorld("north")
    world.back_up()
    world.buy("A1")
    world.deliver(world.number_of("A1"), BOUGHT)
    world.restore()
    before = world.bench.store.last_log_id()
    recovered(world, msgspec.convert(world.said("CardAllocated")[0], CardAllocated))
    assert world.bench.store.last_log_id() == before


def recovered(world: RestoredWorld, message: object) -> None:
    """A lost word of ours is handled now, as the first term of an epoch does."""
    world.bench._sequences.clear()
    unit = world.bench.record(message, stream="forged")
    world.bench.store.tables.parked[999] = lost_row(unit, 999, world.bench.now)
    world.bench.committer.commit([ReplayUnit(999)], world.bench.now)
    if world.bench.bugs:
        raise world.bench.bugs.pop()


# commands


def test_products_and_suppliers_are_known_again_and_an_operator_completes_them() -> None:
    world = RestoredWorld(has_product=False)
    world.back_up()
    listed = ListProduct(shop_id=SHOP, product_code=PRODUCT, name="A game", card_pattern=PATTERN)
    registered = RegisterSupplier(shop_id=SHOP, supplier_code="north", kind="dujiao_next")
    world.bench.do(listed)
    world.bench.do(registered)
    world.restore()
    agree(world, "ProductListed", "SupplierRegistered")
    assert world.bench.do(listed).status == world.bench.do(registered).status == 201
    assert world.bench.aggregate(Product.create_id(SHOP, PRODUCT)).card_pattern == PATTERN
    agree(world, "ProductListed", "SupplierRegistered")
    other = world.bench.do(ListProduct(shop_id=SHOP, product_code=PRODUCT, name="A game", card_pattern=None))
    assert other.status == 409


def test_a_lost_import_stands_in_a_list_until_its_file_is_imported_again() -> None:
    def listed(world: RestoredWorld) -> list[int]:
        fold_views(world.bench.service, world.bench.store)
        return [msgspec.json.decode(data)["card_count"] for _, data in world.bench.store.view_rows("lost_imports", f"{SHOP}|", limit=10)]

    world = RestoredWorld()
    world.back_up()
    complete = CompleteBatch(shop_id=SHOP, batch_id="batch-1")
    world.stock(FIRST, SECOND)
    world.bench.do(complete)
    world.restore()
    assert listed(world) == [2]
    world._batches = 0
    world.stock(FIRST, SECOND)
    world.bench.do(complete)
    assert listed(world) == []
    agree(world, "CardsImported")
    assert_rebuilds(world.bench)
