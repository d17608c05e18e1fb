"""The fulfilment saga: every branch, every deadline, every race."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.inventory import SourcingExhausted
from services.order.domain.entitlement import UnitState
from services.order.domain.lines import UnitKey
from services.order.domain.order_state import OrderState
from tests.harness import Bench
from tests.order.builders import (
    ONLY_UNIT,
    PRODUCT,
    a_bench,
    a_line,
    a_paid_order,
    allocated,
    allocation_failed,
    card_id,
    closed,
    exhausted,
    opened,
    pay,
    place,
    product_listed,
    the_order,
)

SECOND_UNIT = UnitKey(1, 2)


def names(bench: Bench) -> list[str]:
    """What was said after the payment."""
    said = bench.said_names()
    return said[said.index("PaymentConfirmed") + 1 :]


def last(bench: Bench) -> dict[str, Any]:
    return bench.said[-1][1]


def state(bench: Bench, unit: UnitKey = ONLY_UNIT) -> UnitState:
    return the_order(bench).units[unit].state


def timer_count(bench: Bench) -> int:
    return len(bench.store.tables.timers)


def test_a_card_is_delivered_with_the_time_it_took() -> None:
    bench = a_paid_order()
    bench.advance(milliseconds=1_234)
    bench.tell(allocated())
    assert names(bench) == ["CardDelivered"]
    assert last(bench)["delivery_milliseconds"] == 1_234
    assert last(bench)["card_id"] == card_id("card-1")
    assert last(bench)["need_id"] == str(the_order(bench).need_id(ONLY_UNIT))


def test_after_the_delivery_no_deadline_is_left() -> None:
    bench = a_paid_order()
    bench.tell(allocated())
    assert timer_count(bench) == 0
    assert bench.advance(hours=1) == 0


def test_the_limits_and_the_rules_version_are_frozen_with_the_payment() -> None:
    bench = a_bench()
    place(bench)
    bench.committer.advice = {"limits": {"redelivery_seconds": 1.0, "overdue_seconds": 2.0, "give_up_seconds": 3.0}}
    pay(bench)
    bench.committer.advice = {}
    order = the_order(bench)
    assert order.limits is not None
    assert (order.limits.give_up_seconds, order.rules_version) == (3.0, 1)
    bench.advance(seconds=3)
    assert names(bench) == ["RedeliveryRequested", "DeliveryOverdue", "DeliveryTimedOut"]


def test_an_undelivered_unit_is_asked_for_again_then_overdue_then_timed_out_and_fails_when_inventory_has_ended_its_need() -> None:
    bench = a_paid_order()
    bench.advance(seconds=5)
    assert names(bench) == ["RedeliveryRequested"]
    assert last(bench)["asked_count"] == 2
    bench.advance(seconds=25)
    assert names(bench)[1:] == ["DeliveryOverdue"]
    assert last(bench)["overdue_seconds"] == 30
    bench.advance(minutes=29, seconds=30)
    assert names(bench)[2:] == ["DeliveryTimedOut"]
    assert timer_count(bench) == 0
    bench.tell(closed(), closed())
    assert names(bench)[3:] == ["DeliveryFailed", "OrderClosed"]
    assert (bench.said[-2][1]["reason"], last(bench)["outcome"]) == ("timeout", "failed")


def test_a_card_that_comes_between_the_last_deadline_and_the_end_of_its_need_is_delivered() -> None:
    bench = a_paid_order()
    bench.advance(minutes=31)
    bench.tell(allocated(), closed())
    assert names(bench)[2:] == ["DeliveryTimedOut", "CardDelivered"]


@pytest.mark.parametrize("left", [exhausted(tried=("north",)), exhausted(passed_over=("north",))], ids=["tried", "passed over"])
def test_what_no_supplier_had_waits_for_a_person_and_fails_at_its_last_deadline(left: SourcingExhausted) -> None:
    bench = a_paid_order()
    bench.tell(left, left)
    assert names(bench) == []
    bench.advance(minutes=30)
    bench.tell(closed())
    assert names(bench)[-2:] == ["DeliveryFailed", "OrderClosed"]
    assert bench.said[-2][1]["reason"] == "sourcing_exhausted"


def test_what_no_supplier_had_is_delivered_when_a_person_has_found_a_card() -> None:
    bench = a_paid_order()
    bench.tell(exhausted(tried=("north",)), allocated())
    assert names(bench) == ["CardDelivered"]


def test_only_the_units_that_are_still_pending_are_asked_for_again() -> None:
    bench = a_paid_order(lines=(a_line(quantity=3),))
    bench.tell(allocated(SECOND_UNIT))
    bench.advance(seconds=5)
    assert [(said["line"], said["unit"]) for name, said in bench.said if name == "RedeliveryRequested"] == [(1, 1), (1, 3)]


@pytest.mark.parametrize(("message", "reason"), [(exhausted(), "sourcing_exhausted"), (allocation_failed(), "late_no_stock")])
def test_what_inventory_cannot_meet_has_failed(message: Any, reason: str) -> None:
    bench = a_paid_order()
    bench.tell(message, message)
    assert names(bench) == ["DeliveryFailed", "OrderClosed"]
    assert bench.said[-2][1]["reason"] == reason
    assert timer_count(bench) == 0


def test_a_card_that_comes_after_the_failure_is_noted_and_not_delivered() -> None:
    bench = a_paid_order()
    bench.tell(exhausted())
    said = bench.said
    bench.tell(allocated(), allocated())
    assert bench.said == said
    order = the_order(bench)
    assert order.strays == {card_id("card-1")}
    assert order.units[ONLY_UNIT].card_id is None
    notes = [row for row in bench.store.stream(order.id) if row.topic == "order.Order.CardNotAwaited"]
    assert len(notes) == 1


def test_a_failure_that_comes_after_the_card_changes_nothing() -> None:
    bench = a_paid_order()
    bench.tell(allocated(), exhausted(), allocation_failed())
    assert names(bench) == ["CardDelivered"]
    assert state(bench) is UnitState.DELIVERED


def test_the_same_card_told_twice_is_delivered_once() -> None:
    bench = a_paid_order()
    bench.tell(allocated(), allocated())
    assert names(bench) == ["CardDelivered"]


def test_a_second_card_for_a_delivered_unit_is_noted_and_not_delivered() -> None:
    bench = a_paid_order()
    bench.tell(allocated(), allocated(card="card-2"))
    assert names(bench) == ["CardDelivered"]
    assert the_order(bench).strays == {card_id("card-2")}
    assert the_order(bench).units[ONLY_UNIT].card_id == card_id("card-1")


def test_a_card_for_an_order_that_nobody_paid_is_noted_and_not_delivered() -> None:
    bench = a_bench()
    place(bench)
    bench.advance(hours=1)
    bench.tell(allocated())
    assert bench.said_names() == ["OrderPlaced", "OrderExpired"]
    assert the_order(bench).state is OrderState.EXPIRED


def test_a_card_for_a_unit_that_the_order_does_not_have_is_noted() -> None:
    bench = a_paid_order()
    bench.tell(allocated(UnitKey(7, 7)), opened(UnitKey(7, 7)), exhausted(UnitKey(7, 7)))
    assert names(bench) == []
    assert the_order(bench).strays == {card_id("card-1")}


def test_a_message_about_an_order_not_met_yet_waits_for_it() -> None:
    bench = a_bench()
    bench.tell(allocated())
    place(bench)
    assert the_order(bench).strays == {card_id("card-1")}


def test_a_late_payment_without_stock_fails_at_once() -> None:
    bench = a_bench()
    place(bench)
    bench.advance(minutes=20)
    pay(bench)
    bench.tell(allocation_failed())
    assert names(bench) == ["DeliveryFailed", "OrderClosed"]


# slower than usual


def a_paid_order_with_usual_times(usual: dict[str, int], **options: Any) -> Bench:
    bench = a_bench()
    bench.committer.advice = {"delivery_p95": {f"shop/{product}": value for product, value in usual.items()}}
    return a_paid_order(bench=bench, **options)


def test_slower_than_the_live_p95_is_told_once_with_what_was_expected() -> None:
    bench = a_paid_order_with_usual_times({PRODUCT: 1_800})
    bench.advance(milliseconds=1_799)
    assert names(bench) == []
    bench.advance(milliseconds=1)
    bench.advance(seconds=3)
    assert names(bench) == ["DeliverySlow"]
    assert last(bench)["expected_milliseconds"] == 1_800


def test_a_wait_that_nobody_notices_is_never_slow() -> None:
    bench = a_paid_order_with_usual_times({PRODUCT: 40})
    bench.advance(milliseconds=999)
    assert names(bench) == []
    bench.advance(milliseconds=1)
    assert names(bench) == ["DeliverySlow"]


def test_each_product_is_slow_by_its_own_measure() -> None:
    bench = a_paid_order_with_two_products({PRODUCT: 1_800, "office": 3_000})
    bench.advance(milliseconds=1_800)
    assert [said["product_code"] for name, said in bench.said if name == "DeliverySlow"] == [PRODUCT]
    bench.advance(milliseconds=1_200)
    assert [said["product_code"] for name, said in bench.said if name == "DeliverySlow"] == [PRODUCT, "office"]


def a_paid_order_with_two_products(usual: dict[str, int]) -> Bench:
    bench = a_bench()
    bench.tell(product_listed("office"))
    bench.committer.advice = {"delivery_p95": {f"shop/{product}": value for product, value in usual.items()}}
    return a_paid_order(bench=bench, lines=(a_line(), a_line(line=2, product_code="office")))


def test_a_delivered_unit_is_never_slow_and_an_unknown_usual_time_says_nothing() -> None:
    bench = a_paid_order_with_usual_times({PRODUCT: 800})
    bench.tell(allocated())
    bench.advance(seconds=4)
    assert names(bench) == ["CardDelivered"]
    other = a_paid_order_with_usual_times({"office": 1})
    other.advance(seconds=4)
    assert names(other) == []


# seen by the buyer


def test_a_revealed_card_closes_the_order_as_delivered() -> None:
    bench = a_paid_order()
    bench.tell(allocated(), opened(), opened(opened_count=2))
    assert names(bench) == ["CardDelivered", "OrderClosed"]
    assert last(bench)["outcome"] == "delivered"
    assert state(bench) is UnitState.REVEALED


def test_the_order_is_open_until_every_unit_was_seen_or_has_failed() -> None:
    bench = a_paid_order(lines=(a_line(quantity=2),))
    bench.tell(allocated(), opened(), allocated(SECOND_UNIT, card="card-2"))
    assert "OrderClosed" not in names(bench)
    bench.tell(opened(SECOND_UNIT, card="card-2"))
    assert last(bench)["outcome"] == "delivered"


def test_an_order_of_which_one_unit_failed_is_closed_as_partly_delivered() -> None:
    bench = a_paid_order(lines=(a_line(quantity=2),))
    bench.tell(exhausted(SECOND_UNIT), allocated(), opened())
    assert last(bench)["outcome"] == "partly_delivered"
    assert names(bench).count("OrderClosed") == 1


def test_the_opening_of_another_card_or_of_a_failed_unit_reveals_nothing() -> None:
    bench = a_paid_order(lines=(a_line(quantity=2),))
    bench.tell(allocated(), opened(card="card-9"), exhausted(SECOND_UNIT), opened(SECOND_UNIT))
    assert state(bench) is UnitState.DELIVERED
    assert state(bench, SECOND_UNIT) is UnitState.FAILED
