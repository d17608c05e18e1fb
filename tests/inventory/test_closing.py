"""Closing a need: no card may reach the buyer afterwards, and it is said exactly once."""

from __future__ import annotations

import pytest

from chassis.activity import Absent, Refused, Unknown
from chassis.store.rows import IntentStatus
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.stock.commands import OpenCards
from services.inventory.stock.domain.card_status import CardStatus
from tests.inventory.world import World

CARD = "GAME-0101-CCCC-DDDD"


def closed(world: World) -> list[tuple[str | None, bool]]:
    return [(each["card_id"], each["was_opened"]) for each in world.said("NeedClosed")]


@pytest.mark.parametrize("is_opened", [True, False])
def test_an_allocated_card_is_held_and_it_is_told_whether_it_was_seen(is_opened: bool) -> None:
    world = World(cards=1)
    world.buy("A1")
    card = world.card_of("GAME-0001-AAAA-BBBB")
    assert card is not None
    if is_opened:
        world.bench.do(OpenCards(card_ids=(card.id,), order_number="A1", purpose="reveal"))
    world.tell(world.failed("A1"), world.failed("A1"))
    assert closed(world) == [(str(card.id), is_opened)]
    assert world.said("NeedClosed")[0]["holder_id"] == "id-A1"
    held = world.card_of("GAME-0001-AAAA-BBBB")
    assert held is not None
    assert held.status is CardStatus.HELD
    refused = world.bench.do(OpenCards(card_ids=(card.id,), order_number="A1", purpose="reveal"))
    assert refused.status == 409


def test_a_supplier_order_nobody_sent_yet_is_taken_back() -> None:
    world = World("north")
    world.buy("A1")
    world.tell(world.failed("A1"))
    assert closed(world) == [(None, False)]
    assert [row.status for row in world.bench.intents()] == [IntentStatus.WITHDRAWN]


def test_a_pause_before_the_next_call_is_taken_back_too() -> None:
    world = World("north")
    world.buy("A1")
    world.answer(world.number_of("A1"), Refused("temporary", is_temporary=True))
    world.tell(world.failed("A1"))
    assert closed(world) == [(None, False)]
    assert world.open_intents() == []


def test_a_supplier_order_taken_back_is_not_sent_even_in_the_same_group() -> None:
    from datetime import timedelta

    from chassis.unit import Dropped, StartUnit

    world = World("north")
    world.buy("A1")
    number = world.number_of("A1")
    start = StartUnit(number, "owner", world.bench.now + timedelta(seconds=8))
    results = world.bench.commit(world.record(world.failed("A1")), start)
    assert isinstance(results[1], Dropped)
    assert [row.status for row in world.bench.intents()] == [IntentStatus.WITHDRAWN]


def test_an_order_placed_paid_and_failed_in_one_group_orders_nothing() -> None:
    world = World("north")
    world.bench.commit(*(world.record(each) for each in (world.placed("A1"), world.paid("A1"), world.failed("A1"))))
    assert closed(world) == [(None, False)]
    assert world.open_intents() == []


@pytest.mark.parametrize("outcome", [Refused("out_of_stock"), Refused("temporary", is_temporary=True), Absent()])
def test_a_supplier_order_under_way_must_be_answered_first(outcome: Refused | Absent) -> None:
    world = World("north", "south")
    world.buy("A1")
    number = world.number_of("A1")
    world.answer(number, Unknown("answer_lost"))
    world.tell(world.failed("A1"))
    assert closed(world) == []
    assert world.need("A1").status is NeedStatus.CLOSING
    world.told(number, outcome)
    assert closed(world) == [(None, False)]
    assert world.open_intents() == []


def test_an_attempt_under_way_that_brings_a_card_after_all_is_stock_with_a_claim() -> None:
    world = World("north")
    world.buy("A1")
    number = world.number_of("A1")
    attempt = world.bench.start(number)
    world.tell(world.failed("A1"))
    delivery, rows = world.delivery(CARD)
    from chassis.activity import confirmed

    world.bench.outcome(number, confirmed(delivery), sealed=rows, attempt=attempt)
    assert world.names() == ["LateCardStocked", "ClaimRaised", "NeedClosed"]
    assert closed(world) == [(None, False)]
    card = world.card_of(CARD)
    assert card is not None
    assert card.status is CardStatus.FREE
    world.buy("A2")
    assert world.need("A2").card_id == card.id


def test_a_bad_card_that_comes_while_closing_is_claimed_and_the_need_closes() -> None:
    world = World("north", "south")
    world.buy("A1")
    number = world.number_of("A1")
    world.answer(number, Unknown("answer_lost"))
    world.tell(world.failed("A1"))
    world.deliver(number, "bad", is_asked=True)
    assert world.names() == ["SupplierCallFailed", "SupplierCallFailed", "ClaimRaised", "NeedClosed"]


def test_a_need_in_the_manual_queue_closes_at_once() -> None:
    world = World()
    world.buy("A1")
    world.tell(world.failed("A1"))
    assert world.names() == ["SourcingExhausted", "NeedClosed"]


def test_a_failure_before_the_payment_gives_the_reserved_card_back() -> None:
    world = World(cards=1)
    world.tell(world.placed("A1"), world.failed("A1"), world.paid("A1"))
    assert closed(world) == [(None, False)]
    world.buy("A2")
    assert world.names() == ["NeedClosed", "CardAllocated"]


def test_a_silent_supplier_of_a_closing_need_is_shown_to_a_person() -> None:
    world = World("north")
    world.buy("A1")
    world.answer(world.number_of("A1"), Unknown("answer_lost"))
    world.tell(world.failed("A1"))
    world.bench.advance(minutes=6)
    assert world.names()[-1] == "NeedAwaitsPerson"


# cards that come too late


def test_a_lying_supplier_s_late_card_is_stock_with_one_claim_and_no_second_delivery() -> None:
    world = World("north", "south")
    world.buy("A1")
    lied = world.number_of("A1")
    world.bench.committer.advice = {}
    for _ in range(3):
        world.answer(lied, Unknown("answer_lost"))
        world.told(lied, Absent())
    world.deliver(world.number_of("A1"), "GAME-0202-CCCC-DDDD")
    given = world.need("A1").card_id
    for _ in range(2):
        world.deliver(lied, CARD, is_asked=True)
    assert [each["supplier_code"] for each in world.said("LateCardStocked")] == ["north"]
    assert [(each["reason"], each["supplier_code"]) for each in world.said("ClaimRaised")] == [("late_card", "north")]
    assert world.need("A1").card_id == given
    assert len(world.said("CardAllocated")) == 1


def test_a_late_bad_card_is_claimed_only() -> None:
    world = World("north", "south")
    world.buy("A1")
    lied = world.number_of("A1")
    for _ in range(3):
        world.answer(lied, Unknown("answer_lost"))
        world.told(lied, Absent())
    world.deliver(lied, "bad", is_asked=True)
    assert [each["reason"] for each in world.said("ClaimRaised")] == ["invalid_card"]
    assert world.need("A1").orders[world.number_of("A1")].supplier_code == "south"
    assert world.said("LateCardStocked") == []


def test_a_closed_need_takes_a_late_card_as_stock_and_closes_no_second_time() -> None:
    world = World("north")
    world.buy("A1")
    lied = world.number_of("A1")
    for _ in range(3):
        world.answer(lied, Unknown("answer_lost"))
        world.told(lied, Absent())
    world.tell(world.failed("A1"))
    world.deliver(lied, CARD, is_asked=True)
    assert len(closed(world)) == 1
    assert len(world.said("LateCardStocked")) == 1
