"""Supplier orders that a restore made us forget are looked for by their numbers before anything is ordered again."""

from __future__ import annotations

import pytest

from chassis.activity import Absent, Refused, Unknown
from chassis.store.rows import IntentStatus
from contracts.values import Money
from services.inventory.sourcing.commands import NoteCallback, RegisterSupplier, RerunNeed, SuspendSupplier
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.sourcing.domain.supplier import SUPPLIER_API
from services.inventory.stock.commands import OfferProduct
from tests.inventory.rebuilding import assert_rebuilds
from tests.inventory.restored import RestoredWorld, agree
from tests.inventory.world import PRODUCT, SHOP, need_id, scores

FIRST = "GAME-0001-AAAA-BBBB"
BOUGHT, OTHER = "GAME-0101-CCCC-DDDD", "GAME-0102-CCCC-DDDD"

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
    world.bench.committer.advice = {"supplier_scores": scores(north=40, south=99)}
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


def test_an_order_of_before_that_brings_its_card_after_all_leaves_the_supplier_that_delivered_meanwhile_to_be_asked() -> None:
    world = RestoredWorld("north", "south")
    world.buy("A1")
    number = world.number_of("A1")
    world.back_up()
    world.answer(number, Refused("out_of_stock"))
    at_south = world.number_of("A1")
    world.answer(at_south, Unknown("answer_lost"))
    world.restore()
    world.deliver(number, BOUGHT, is_asked=True)
    assert world.need("A1").status is NeedStatus.ALLOCATED
    world.find("south", at_south, OTHER)
    world.deny("north")
    assert world.names() == ["CardAllocated", "LateCardStocked"]
    assert_rebuilds(world.bench)


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


@pytest.mark.parametrize("is_answered", [False, True])
def test_a_need_that_fails_with_an_order_of_before_closes_when_every_supplier_has_told_what_it_delivered_meanwhile(
    is_answered: bool,
) -> None:
    world = RestoredWorld("north", "south")
    world.buy("A1")
    number = world.number_of("A1")
    if is_answered:
        world.answer(number, Refused("out_of_stock"))
        world.answer(world.number_of("A1"), Refused("out_of_stock"))
    world.back_up()
    world.restore()
    world.tell(world.failed("A1"))
    assert world.need("A1").status is NeedStatus.CLOSING
    if not is_answered:
        world.told(number, Absent())
    world.find("south", world.need("A1").next_numbers("south")[0], BOUGHT)
    assert world.said("NeedClosed") == []
    world.deny("north")
    assert [each["card_id"] for each in world.said("NeedClosed")] == [None]
    assert world.names()[-2:] == ["LateCardStocked", "NeedClosed"]


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
    world.bench.advance(minutes=2)
    world.buy("A1")
    assert world.questions() == []
    assert [row.kind for row in world.bench.intents()] == ["inventory.PlaceSupplierOrder"]


def test_a_payment_that_another_clock_dates_just_after_the_restore_is_taken_for_one_of_before() -> None:
    world = RestoredWorld("north", "south")
    world.back_up()
    world.restore()
    world.bench.advance(seconds=30)
    world.buy("A1")
    assert {row.target for row in world.questions()} == {"north", "south"}


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


def test_a_supplier_that_the_product_got_in_the_lost_span_is_asked_as_well() -> None:
    world = RestoredWorld("north")
    world.bench.do(RegisterSupplier(shop_id=SHOP, supplier_code="south", kind=SUPPLIER_API))
    world.back_up()
    world.bench.do(OfferProduct(shop_id=SHOP, product_code=PRODUCT, supplier_code="south", sku_id=7, price=Money(40, "CNY")))
    world.bench.committer.advice = {"supplier_scores": scores(north=40, south=99)}
    world.buy("A1")
    ((target, number),) = world.open_intents()
    assert target == "south"
    world.answer(number, Unknown("answer_lost"))
    world.restore()
    world.find("south", number, BOUGHT)
    world.deny("north")
    assert world.need("A1").status is NeedStatus.ALLOCATED
    assert world.names() == ["CardAllocated"]
    assert world.open_intents() == []


def test_a_supplier_that_a_person_suspended_is_asked_only_where_the_product_has_it() -> None:
    world = RestoredWorld("north")
    for code in ("south", "west"):
        world.bench.do(RegisterSupplier(shop_id=SHOP, supplier_code=code, kind=SUPPLIER_API))
    world.bench.do(SuspendSupplier(shop_id=SHOP, supplier_code="south", reason="gone", staff="ann"))
    world.back_up()
    world.buy("A1")
    world.bench.do(SuspendSupplier(shop_id=SHOP, supplier_code="north", reason="gone", staff="ann"))
    world.restore()
    assert {row.target for row in world.questions()} == {"north", "west"}


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
