"""After a restore: what was delivered or had failed stays so, whatever inventory says when it is heard again."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.store.rows import TimerKey
from services.order.domain.entitlement import UnitState
from services.order.domain.lines import UnitKey
from services.order.domain.order import Order
from services.order.views import Doubts
from tests.harness import Bench
from tests.order.builders import (
    ONLY_UNIT,
    a_bench,
    a_line,
    a_paid_order,
    allocated,
    allocation_failed,
    amount_of,
    card_id,
    closed,
    exhausted,
    opened,
    pay,
    place,
    the_order,
)
from tests.order.restoring import LONG, NOT_CONFIGURED, paid, rewind, said_since, say, words
from tests.order.test_views import documents

SECOND = UnitKey(1, 2)


def state(bench: Bench, unit: UnitKey = ONLY_UNIT) -> UnitState:
    return the_order(bench).units[unit].state


def retold(bench: Bench, backup: Any, *messages: Any) -> None:
    """These were heard after the backup; the store is put back, and they are heard again under their old numbers."""
    units = [bench.record(message) for message in messages]
    for unit in units:
        bench.commit(unit)
    bench.restore(backup)
    for unit in units:
        bench.commit(unit)
    assert bench.bugs == []


def test_a_lost_delivery_is_said_again_word_for_word_and_inventory_changes_nothing_about_it() -> None:
    bench = a_paid_order()
    backup = bench.store.copy()
    bench.advance(seconds=2)
    retold(bench, backup, allocated())
    said = words(bench, "CardDelivered")
    assert [(each["card_id"], each["delivery_milliseconds"]) for each in said] == [(card_id("card-1"), 2_000)]
    assert said_since(bench) == ["CardDelivered"]
    bench.advance(hours=1)
    assert said_since(bench) == ["CardDelivered"], "no deadline is left"


def test_a_delivery_that_never_reached_the_topic_follows_from_what_inventory_says_again() -> None:
    bench = a_paid_order()
    backup = bench.store.copy()
    bench.restore(backup)
    bench.tell(allocated())
    assert said_since(bench) == ["CardDelivered"]


def test_another_card_of_a_restored_inventory_is_noted_for_a_person_and_not_delivered() -> None:
    bench = a_paid_order()
    backup = bench.store.copy()
    bench.tell(allocated(card="card-1"))
    bench.restore(backup)
    rewind(bench)
    bench.tell(allocated(card="card-2"), allocated(card="card-2"))
    assert the_order(bench).units[ONLY_UNIT].card_id == card_id("card-1")
    assert said_since(bench) == ["CardDelivered"]
    (doubt,) = documents(bench, Doubts.NAME)
    assert (doubt["reason"], doubt["card_id"], doubt["delivered_card_id"]) == ("other_card", card_id("card-2"), card_id("card-1"))


@pytest.mark.parametrize("message", [allocated(), opened(), exhausted(), allocation_failed()], ids=lambda message: type(message).__name__)
def test_a_delivered_unit_bears_hearing_anything_again(message: Any) -> None:
    bench = a_paid_order()
    bench.tell(allocated(), opened())
    version, said = the_order(bench).version, bench.said
    bench.tell(message, message)
    assert (the_order(bench).version, bench.said) == (version, said)


def test_a_lost_failure_stands_before_its_card_is_heard_of_again() -> None:
    bench = a_paid_order()
    backup = bench.store.copy()
    bench.advance(minutes=31)
    bench.tell(closed())
    (failed,) = words(bench, "DeliveryFailed")
    retold(bench, backup, allocated())
    assert words(bench, "DeliveryFailed") == [failed]
    assert state(bench) is UnitState.FAILED
    assert said_since(bench) == ["DeliveryFailed", "OrderClosed"]


def test_failure_and_delivery_stand_when_the_payment_was_lost_with_them() -> None:
    bench = a_bench()
    backup = bench.store.copy()
    lines = (a_line(quantity=2),)
    place(bench, lines=lines)
    pay(bench, amount=amount_of(lines))
    before = ("CardDelivered", "DeliveryFailed")
    units = [bench.record(message) for message in (allocated(), exhausted(SECOND), opened())]
    for unit in units:
        bench.commit(unit)
    said = [words(bench, name) for name in before]
    bench.restore(backup)
    for unit in units:
        bench.commit(unit)
    assert said_since(bench) == ["OrderPlaced"]

    say(bench, "alipay", paid(amount=amount_of(lines)))
    assert [words(bench, name) for name in before] == said
    assert said_since(bench) == ["OrderPlaced", "PaymentConfirmed", "CardDelivered", "DeliveryFailed", "OrderClosed"]
    assert (state(bench), state(bench, SECOND)) == (UnitState.REVEALED, UnitState.FAILED)


def test_a_card_given_while_the_failed_payment_is_asked_about_does_not_reach_the_buyer() -> None:
    bench = a_bench()
    backup = bench.store.copy()
    place(bench)
    pay(bench)
    bench.advance(minutes=31)
    bench.tell(closed())
    bench.restore(backup)
    bench.tell(allocated())
    say(bench, "alipay", paid())
    assert said_since(bench) == ["OrderPlaced", "PaymentConfirmed", "DeliveryFailed", "OrderClosed"]


def test_a_deadline_that_passed_while_we_were_down_waits_until_inventory_is_heard_again() -> None:
    bench = a_paid_order()
    backup = bench.store.copy()
    bench.restore(backup)
    bench.now += LONG

    bench.advance(seconds=1)
    assert state(bench) is UnitState.PENDING
    bench.tell(allocated())
    assert state(bench) is UnitState.DELIVERED
    assert bench.store.oldest_timer() is None


def test_it_waits_once_and_then_asks_for_the_end() -> None:
    bench = a_paid_order()
    bench.restore(bench.store.copy())
    bench.advance(minutes=31)
    assert state(bench) is UnitState.PENDING
    bench.advance(minutes=30)
    assert words(bench, "DeliveryTimedOut") != []


def test_what_is_late_is_told_again_by_its_own_deadlines() -> None:
    bench = a_paid_order()
    backup = bench.store.copy()
    bench.advance(seconds=40)
    bench.restore(backup)
    assert said_since(bench) == []
    bench.advance(seconds=1)
    assert said_since(bench) == ["RedeliveryRequested", "DeliveryOverdue"]


def test_a_recovered_payment_has_its_own_deadlines_from_now_on() -> None:
    bench = a_bench()
    backup = bench.store.copy()
    place(bench)
    pay(bench)
    bench.restore(backup)
    say(bench, "alipay", NOT_CONFIGURED)
    bench.advance(seconds=31)
    assert said_since(bench) == ["OrderPlaced", "PaymentConfirmed", "RedeliveryRequested", "DeliveryOverdue"]
    due = bench.store.due_timers(bench.now + LONG, 10)
    assert [row.key for row in due] == [TimerKey(the_order(bench).id, "delivery_due", due[0].key.version)]
    assert isinstance(the_order(bench), Order)
