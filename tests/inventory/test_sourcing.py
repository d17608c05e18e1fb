"""The sourcing saga: own stock, the best supplier, the next, a person; nothing ordered twice."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from chassis.activity import Absent, Refused, Unknown
from chassis.store.rows import IntentStatus
from services.inventory.sourcing.activities import NOT_FULFILLED
from services.inventory.sourcing.commands import RegisterSupplier, RerunNeed, SuspendSupplier
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.stock.domain.card_status import CardStatus
from tests.inventory.world import SHOP, World, need_id, scores

TEMPORARY = Refused("temporary", is_temporary=True)
CARD, OTHER = "GAME-0101-CCCC-DDDD", "GAME-0102-CCCC-DDDD"


def bought(*suppliers: str) -> World:
    world = World(*suppliers)
    world.buy("A1")
    return world


def test_without_stock_the_first_supplier_is_asked_and_its_card_is_given() -> None:
    world = bought("north", "south")
    assert [target for target, _ in world.open_intents()] == ["north"]
    world.deliver(world.number_of("A1"), CARD)
    assert world.names() == ["CardAllocated"]
    assert world.said("CardAllocated")[0]["supplier_code"] == "north"
    card = world.card_of(CARD)
    assert card is not None
    assert card.status is CardStatus.ALLOCATED
    assert card.reference in world.bench.store.tables.vault


def test_no_supplier_is_called_before_the_payment() -> None:
    world = World("north")
    world.tell(world.placed("A1"))
    assert world.open_intents() == []


def test_the_number_at_the_supplier_begins_with_the_order_and_stays_the_same_over_retries() -> None:
    world = bought("north")
    number = world.number_of("A1")
    assert number.startswith("A1-1-1-")
    world.answer(number, TEMPORARY)
    assert world.number_of("A1") == number


def test_a_temporary_refusal_is_tried_again_after_two_seconds_twice_then_the_next_supplier() -> None:
    world = bought("north", "south")
    number = world.number_of("A1")
    for _ in range(2):
        world.answer(number, TEMPORARY)
        (row,) = world.bench.intents(IntentStatus.PENDING)
        assert (row.key, row.due_at) == (number, world.bench.now + timedelta(seconds=2))
    world.answer(number, TEMPORARY)
    assert [target for target, _ in world.open_intents()] == ["south"]
    assert world.names() == ["SupplierCallFailed"] * 3 + ["SupplierFailedOver"]
    assert [each["call_number"] for each in world.said("SupplierCallFailed")] == [1, 2, 3]
    assert world.said("SupplierFailedOver")[0]["reason"] == "temporary"


@pytest.mark.parametrize("code", ["out_of_stock", "no_balance", "delisted", "refused"])
def test_a_definite_refusal_goes_to_the_next_supplier_at_once(code: str) -> None:
    world = bought("north", "south")
    world.answer(world.number_of("A1"), Refused(code))
    assert [target for target, _ in world.open_intents()] == ["south"]
    assert world.said("SupplierCallFailed")[0]["error_class"] == code


def test_an_unknown_outcome_is_asked_about_and_nobody_else_is_called() -> None:
    world = bought("north", "south")
    number = world.number_of("A1")
    world.answer(number, Unknown("answer_lost"))
    assert world.open_intents() == [("north", number)]
    assert world.said("SupplierCallFailed")[0]["error_class"] == "unknown"
    world.deliver(number, CARD, is_asked=True)
    assert world.need("A1").status is NeedStatus.ALLOCATED
    assert "SupplierFailedOver" not in world.names()


def test_an_order_that_is_only_not_fulfilled_yet_is_no_failed_call() -> None:
    world = bought("north")
    number = world.number_of("A1")
    world.answer(number, Unknown(NOT_FULFILLED))
    assert world.names() == []
    world.deliver(number, CARD, is_asked=True)
    assert world.names() == ["CardAllocated"]


def test_an_order_the_supplier_knows_nothing_of_is_sent_again_under_its_number() -> None:
    world = bought("north")
    number = world.number_of("A1")
    world.answer(number, Unknown("answer_lost"))
    world.told(number, Absent())
    (row,) = world.bench.intents(IntentStatus.PENDING)
    assert (row.key, row.attempt) == (number, 1)


def test_all_suppliers_failed_means_a_person() -> None:
    world = bought("north", "south")
    world.answer(world.number_of("A1"), Refused("out_of_stock"))
    world.answer(world.number_of("A1"), Refused("delisted"))
    assert world.said("SourcingExhausted")[0]["tried_suppliers"] == ["north", "south"]
    assert world.need("A1").status is NeedStatus.MANUAL
    assert world.open_intents() == []


@pytest.mark.parametrize(
    ("secrets", "is_ordered_item", "reason"),
    [
        (("no such card",), True, "invalid_card"),
        ((CARD,), False, "wrong_item"),
        ((), True, "no_card"),
    ],
)
def test_a_bad_card_is_claimed_kept_void_and_bought_elsewhere(secrets: tuple[str, ...], is_ordered_item: bool, reason: str) -> None:
    world = bought("north", "south")
    world.deliver(world.number_of("A1"), *secrets, is_ordered_item=is_ordered_item)
    assert world.names() == ["SupplierCallFailed", "ClaimRaised", "SupplierFailedOver"]
    assert world.said("ClaimRaised")[0]["reason"] == reason
    assert [target for target, _ in world.open_intents()] == ["south"]
    if secrets:
        card = world.card_of(secrets[0])
        assert card is not None
        assert card.status is CardStatus.VOID
        assert world.said("ClaimRaised")[0]["card_id"] == str(card.id)


def test_a_card_that_was_sold_before_is_claimed_and_not_sold_again() -> None:
    world = bought("north", "south")
    world.deliver(world.number_of("A1"), CARD)
    world.buy("A2")
    world.deliver(world.number_of("A2"), CARD)
    claim = world.said("ClaimRaised")[0]
    assert (claim["reason"], claim["card_id"], claim["supplier_code"]) == ("duplicate_card", None, "north")
    card = world.card_of(CARD)
    assert card is not None
    assert card.order_number == "A1"


def test_a_card_too_many_becomes_stock_without_a_claim() -> None:
    world = bought("north")
    world.deliver(world.number_of("A1"), CARD, OTHER)
    assert world.names() == ["CardAllocated", "LateCardStocked"]
    surplus = world.card_of(OTHER)
    assert surplus is not None
    assert surplus.status is CardStatus.FREE


def test_a_card_told_twice_in_one_delivery_is_one_card() -> None:
    world = bought("north")
    world.deliver(world.number_of("A1"), CARD, CARD)
    assert world.names() == ["CardAllocated"]


def test_a_good_card_behind_a_bad_one_is_taken() -> None:
    world = bought("north")
    world.deliver(world.number_of("A1"), "bad", CARD)
    assert world.names() == ["CardAllocated"]


def test_a_fail_over_takes_a_card_that_is_in_stock_by_now() -> None:
    world = bought("north", "south")
    world.stock(CARD)
    world.answer(world.number_of("A1"), Refused("out_of_stock"))
    assert world.names() == ["SupplierCallFailed", "SupplierFailedOver", "CardAllocated"]
    assert world.open_intents() == []


# asking again


def test_asking_again_hastens_what_is_waited_for() -> None:
    world = bought("north")
    number = world.number_of("A1")
    world.answer(number, TEMPORARY)
    world.tell(world.redelivery("A1"))
    (row,) = world.bench.intents(IntentStatus.PENDING)
    assert (row.key, row.due_at) == (number, world.bench.now)


def test_asking_again_for_what_is_there_or_waits_for_a_person_says_nothing() -> None:
    world = World(cards=1)
    world.buy("A1", "A2")
    before = world.bench.store.last_log_id()
    world.tell(world.redelivery("A1"), world.redelivery("A2"))
    assert world.bench.store.last_log_id() == before


def test_asking_again_about_a_need_not_met_yet_waits_for_it() -> None:
    world = World(cards=1)
    world.bench.tell(world.redelivery("A1"), stream="another")
    assert len(world.bench.store.parked(None, 10)) == 1
    world.buy("A1")
    assert world.need("A1").status is NeedStatus.ALLOCATED


# choosing


def test_the_best_scored_supplier_is_asked_first_and_the_choice_is_recorded() -> None:
    world = World("north", "south")
    world.bench.committer.advice = {"supplier_scores": scores(north=40, south=95)}
    world.buy("A1")
    assert [target for target, _ in world.open_intents()] == ["south"]
    ordered = [event for event in world.bench.store.events_after(0, 1_000) if event.topic == "inventory.Need.Ordered@2"]
    assert msgspec.json.decode(ordered[0].state)["score"] == 95


def test_a_supplier_nobody_called_yet_is_preferred_to_a_bad_one() -> None:
    world = World("north", "south")
    world.bench.committer.advice = {"supplier_scores": scores(north=40)}
    world.buy("A1")
    assert [target for target, _ in world.open_intents()] == ["south"]


def test_a_suspended_supplier_is_passed_over() -> None:
    world = World("north", "south")
    for _ in range(2):
        world.bench.do(SuspendSupplier(shop_id=SHOP, supplier_code="north"))
    world.buy("A1")
    assert [target for target, _ in world.open_intents()] == ["south"]
    for _ in range(2):
        world.bench.do(SuspendSupplier(shop_id=SHOP, supplier_code="north", is_suspended=False))
    world.buy("A2")
    assert [target for target, _ in world.open_intents()] == ["south", "north"]


def test_a_score_is_told_when_it_reaches_another_ten() -> None:
    world = World("north")
    for order, score in (("A1", 88), ("A2", 81), ("A3", 79)):
        world.bench.committer.advice = {"supplier_scores": scores(north=score)}
        world.buy(order)
        world.deliver(world.number_of(order), world.new_secret())
    assert [each["score"] for each in world.said("SupplierScored")] == [88, 79]


# limits


def test_limits_are_those_of_the_beginning() -> None:
    world = World("north")
    world.bench.committer.advice = {"limits": {"temporary_retry_count": 0}}
    world.buy("A1")
    world.bench.committer.advice = {}
    world.answer(world.number_of("A1"), TEMPORARY)
    assert world.need("A1").status is NeedStatus.MANUAL


def test_a_supplier_that_is_silent_for_long_is_shown_to_a_person_once_and_still_asked() -> None:
    world = bought("north", "south")
    number = world.number_of("A1")
    world.answer(number, Unknown("answer_lost"))
    world.bench.advance(minutes=20)
    shown = world.said("NeedAwaitsPerson")
    assert [(each["supplier_code"], each["reason"]) for each in shown] == [("north", "supplier_silent")]
    assert world.open_intents() == [("north", number)]
    world.deliver(number, CARD, is_asked=True)
    assert world.need("A1").status is NeedStatus.ALLOCATED


def test_an_answered_order_is_not_shown_to_a_person() -> None:
    world = bought("north")
    world.deliver(world.number_of("A1"), CARD)
    assert world.bench.advance(minutes=20) == 0


# a person


def test_a_person_has_a_need_tried_again_with_every_supplier() -> None:
    world = bought("north")
    world.answer(world.number_of("A1"), Refused("out_of_stock"))
    answer = world.bench.do(RerunNeed(need_id=need_id("A1"), staff="ann"))
    assert answer.status == 202
    first, second = list(world.need("A1").orders)
    assert first != second
    world.deliver(second, CARD)
    assert world.need("A1").status is NeedStatus.ALLOCATED


def test_only_a_need_that_waits_for_a_person_is_tried_again() -> None:
    world = bought("north")
    before = world.bench.store.last_log_id()
    answer = world.bench.do(RerunNeed(need_id=need_id("A1"), staff="ann"))
    assert msgspec.json.decode(answer.body)["code"] == "need-not-waiting"
    assert world.bench.store.last_log_id() == before


@pytest.mark.parametrize(
    ("code", "kind", "expected"),
    [("north", "own_stock", "supplier-registered-differently"), ("new", "boat", "supplier-kind-unknown")],
)
def test_a_supplier_that_cannot_be_is_refused(code: str, kind: str, expected: str) -> None:
    answer = World("north").bench.do(RegisterSupplier(shop_id=SHOP, supplier_code=code, kind=kind))
    assert msgspec.json.decode(answer.body)["code"] == expected
