"""After a restore our word stands: the same card for the same need, nothing for anybody else, and what was bought is found again."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from chassis.activity import Absent, Refused, Unknown
from chassis.recovering import lost_row
from chassis.store.rows import IntentStatus
from chassis.unit import Handled, ReplayUnit
from contracts.inventory import CardAllocated
from services.inventory.sourcing.choice import score_key
from services.inventory.sourcing.commands import NoteCallback, RegisterSupplier, RerunNeed
from services.inventory.sourcing.domain.need import NeedStatus
from services.inventory.sourcing.domain.score import SupplierScore
from services.inventory.stock.commands import CompleteBatch, ListProduct, OpenCards
from services.inventory.stock.domain.card import CardStatus
from services.inventory.stock.domain.product import Product
from tests.desk import fold_views
from tests.inventory.rebuilding import assert_rebuilds
from tests.inventory.restored import RestoredWorld
from tests.inventory.world import PATTERN, PRODUCT, SHOP, need_id

FIRST, SECOND = "GAME-0001-AAAA-BBBB", "GAME-0002-AAAA-BBBB"
BOUGHT, OTHER = "GAME-0101-CCCC-DDDD", "GAME-0102-CCCC-DDDD"


def agree(world: RestoredWorld, *names: str) -> None:
    """What was said under these names before is said again, and nothing else."""
    for name in names:
        assert world.said(name) == world.was_said(name), name


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


# what was said of it further


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


# lost supplier orders whose card was never spoken of


def test_nothing_is_ordered_before_every_supplier_has_said_that_it_delivered_nothing() -> None:
    world = RestoredWorld("north", "south")
    world.back_up()
    world.buy("A1")
    world.restore()
    assert {row.target for row in world.questions()} == {"north", "south"}
    world.deny("north")
    assert [row.kind for row in world.bench.intents(IntentStatus.UNKNOWN)] == ["inventory.SeekDeliveries"]
    world.deny("south")
    ((target, number),) = world.open_intents()
    assert (target, number) == ("north", world.number_of("A1"))
    world.told(number, Absent())
    world.deliver(number, BOUGHT)
    assert world.names() == ["CardAllocated"]
    assert_rebuilds(world.bench)


def test_a_card_that_another_supplier_delivered_meanwhile_is_taken_though_the_scores_choose_differently_now() -> None:
    world = RestoredWorld("north", "south")
    world.back_up()
    world.bench.committer.advice = {"supplier_scores": {score_key(SHOP, "south"): SupplierScore(99, 20)}}
    world.buy("A1")
    ((target, number),) = world.open_intents()
    assert target == "south"
    world.answer(number, Unknown("answer_lost"))
    world.restore()
    world.find("south", number, BOUGHT)
    assert world.need("A1").status is NeedStatus.ALLOCATED
    world.deny("north")
    assert world.names() == ["CardAllocated"]
    assert world.open_intents() == []


def test_an_order_made_again_carries_the_number_that_it_had() -> None:
    world = RestoredWorld("north", "south")
    world.back_up()
    world.buy("A1")
    first = world.number_of("A1")
    world.answer(first, Refused("out_of_stock"))
    second = world.number_of("A1")
    world.restore()
    world.deny("north", "south")
    assert world.number_of("A1") == first
    world.told(first, Absent())
    world.answer(first, Refused("out_of_stock"))
    assert world.number_of("A1") == second
    agree(world, "SupplierCallFailed", "SupplierFailedOver")


def test_an_order_of_before_that_its_supplier_does_not_know_is_looked_for_elsewhere_and_then_sent_under_its_number() -> None:
    world = RestoredWorld("north", "south")
    world.buy("A1")
    number = world.number_of("A1")
    world.back_up()
    world.answer(number, Refused("out_of_stock"))
    world.answer(world.number_of("A1"), Unknown("answer_lost"))
    world.restore()
    world.told(number, Absent())
    assert {row.target for row in world.questions()} == {"north", "south"}
    world.deny("south", "north")
    assert world.number_of("A1") == number
    (row,) = world.bench.intents(IntentStatus.PENDING)
    assert row.key == number


def test_an_order_of_before_that_was_refused_meanwhile_leads_to_the_supplier_that_delivered() -> None:
    world = RestoredWorld("north", "south")
    world.buy("A1")
    number = world.number_of("A1")
    world.back_up()
    world.answer(number, Refused("out_of_stock"))
    at_south = world.number_of("A1")
    world.answer(at_south, Unknown("answer_lost"))
    world.restore()
    world.told(number, Refused("refused"))
    world.find("south", at_south, BOUGHT)
    assert world.need("A1").status is NeedStatus.ALLOCATED


def test_free_stock_is_given_at_once_and_what_was_bought_meanwhile_becomes_stock_without_a_claim() -> None:
    world = RestoredWorld("north")
    world.back_up()
    world.buy("A1")
    number = world.number_of("A1")
    world.answer(number, Unknown("answer_lost"))
    world.restore(is_retold=False)
    world.stock(FIRST)
    world.retell()
    assert world.need("A1").status is NeedStatus.ALLOCATED
    world.find("north", number, BOUGHT)
    assert world.names() == ["CardAllocated", "LateCardStocked"]
    assert len(world.bench.store.index_rows("free_cards")) == 1


def test_a_bad_card_that_was_found_is_claimed_and_the_need_goes_on() -> None:
    world = RestoredWorld("north", "south")
    world.back_up()
    world.buy("A1")
    number = world.number_of("A1")
    world.answer(number, Unknown("answer_lost"))
    world.restore()
    world.find("north", number, "bad")
    assert world.names() == ["SupplierCallFailed", "ClaimRaised"]
    world.deny("south")
    assert [target for target, _ in world.open_intents()] == ["south"]


def test_a_need_that_fails_while_suppliers_are_asked_closes_when_all_have_answered() -> None:
    world = RestoredWorld("north", "south")
    world.back_up()
    world.buy("A1")
    number = world.number_of("A1")
    world.answer(number, Unknown("answer_lost"))
    world.tell(world.failed("A1"))
    world.restore()
    assert world.need("A1").status is NeedStatus.CLOSING
    world.find("north", number, BOUGHT)
    assert world.said("NeedClosed") == []
    world.deny("south")
    assert [each["card_id"] for each in world.said("NeedClosed")] == [None]
    assert world.names() == ["LateCardStocked", "NeedClosed"]


def test_suppliers_that_do_not_answer_are_shown_to_a_person() -> None:
    world = RestoredWorld("north")
    world.back_up()
    world.buy("A1")
    world.restore()
    world.bench.advance(minutes=20)
    assert [each["reason"] for each in world.said("NeedAwaitsPerson")] == ["supplier_silent"]
    world.deny("north")
    assert [target for target, _ in world.open_intents()] == ["north"]


def test_a_need_of_the_manual_queue_is_searched_for_when_a_person_has_it_tried_again() -> None:
    world = RestoredWorld("north")
    world.buy("A1")
    world.answer(world.number_of("A1"), Refused("out_of_stock"))
    world.back_up()
    world.restore()
    world.bench.do(RerunNeed(need_id=need_id("A1"), staff="ann"))
    assert [row.target for row in world.questions()] == ["north"]
    world.deny("north")
    assert len(world.open_intents()) == 1


def test_an_order_that_is_paid_after_the_restore_is_sourced_as_ever() -> None:
    world = RestoredWorld("north")
    world.back_up()
    world.restore()
    world.bench.advance(seconds=1)
    world.buy("A1")
    assert world.questions() == []
    assert [row.kind for row in world.bench.intents()] == ["inventory.PlaceSupplierOrder"]


def test_a_second_restore_searches_again() -> None:
    world = RestoredWorld("north")
    world.back_up()
    world.buy("A1")
    world.restore()
    world.deny("north")
    number = world.number_of("A1")
    world.back_up()
    world.restore()
    world.told(number, Absent())
    world.deny("north")
    assert world.number_of("A1") == number


def test_a_callback_about_a_forgotten_order_brings_its_card() -> None:
    world = RestoredWorld("north")
    world.back_up()
    world.buy("A1")
    number = world.number_of("A1")
    world.answer(number, Unknown("answer_lost"))
    world.restore()
    delivery, rows = world.delivery(BOUGHT)
    for _ in range(2):
        command = NoteCallback(need_id=need_id("A1"), supplier_code="north", number=number, delivery=delivery)
        assert world.bench.do(command, sealed=rows).status == 200
    assert world.names() == ["CardAllocated"]
    world.deny("north")
    assert world.open_intents() == []


# an order service that was restored itself


def test_an_order_that_is_paid_for_another_product_than_it_was_placed_for_waits_for_a_person() -> None:
    world = RestoredWorld(cards=1)
    world.tell(world.placed("A1"), world.placed("A1", product="OTHER"), world.paid("A1", product="OTHER"))
    assert [each["reason"] for each in world.said("AllocationFailed")] == ["product_contradicted"]
    assert len(world.bench.store.index_rows("free_cards")) == 1


@pytest.mark.parametrize("end", ["allocated", "closed", "manual"])
def test_whatever_an_order_says_again_under_other_ids_changes_nothing_that_stands(end: str) -> None:
    world = RestoredWorld(cards=0 if end == "manual" else 1)
    world.buy("A1")
    if end == "closed":
        world.tell(world.failed("A1"))
    before = world.bench.store.last_log_id()
    world.tell(world.placed("A1"), world.paid("A1", is_late=True), world.paid("A1"), world.expired("A1"), world.redelivery("A1"))
    if end == "closed":
        world.tell(world.failed("A1"))
    assert world.bench.store.last_log_id() == before


def test_a_need_that_lapsed_by_an_expiry_which_its_order_has_forgotten_is_served_when_it_is_paid() -> None:
    world = RestoredWorld("north")
    world.tell(world.placed("A1"), world.expired("A1"), world.placed("A1"), world.paid("A1"))
    assert [target for target, _ in world.open_intents()] == ["north"]
