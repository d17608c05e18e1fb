"""After a restore: our word is made true again first, attempts are asked about first, and an operator ends it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.activity import Absent, Refused, confirmed
from chassis.follower import Follower
from chassis.recovering import asked_first
from chassis.service import recovers
from chassis.store.rows import Fork, IntentStatus, ParkedStatus, Position, Recovery
from chassis.unit import AdoptUnit, Away, Dropped, Handled, OutOfOrder
from chassis.work import Work
from tests.chassis.core.toy import (
    AskNeighbour,
    Borrowed,
    BuyMarble,
    Jar,
    JarFilled,
    JarOpened,
    MarbleFound,
    OpenJar,
    TakeMarble,
    toy_service,
)
from tests.chassis.store.builders import at, intent
from tests.harness import Bench

RECOVERY = Recovery(2, at(0), at(15))


@recovers(JarOpened)
def opened_before(message: JarOpened, work: Work) -> None:
    if work.find(Jar, Jar.create_id("shop", message.name)) is None:
        Jar(shop_id="shop", name=message.name, size=3)


@recovers(JarFilled)
def filled_before(message: JarFilled, work: Work) -> None:
    assert message.marble != "cursed", "a cursed marble"
    jar = work.find(Jar, Jar.create_id("shop", message.name))
    if jar is not None and message.marble not in jar.marbles:
        jar.fill(message.marble)


@pytest.fixture
def bench() -> Bench:
    return Bench(toy_service(opened_before, filled_before))


def jar(bench: Bench, name: str) -> Jar:
    found: Jar = bench.aggregate(Jar.create_id("shop", name))
    return found


def test_what_the_topic_still_knows_is_made_true_again_in_order_and_said_in_the_new_epoch(bench: Bench) -> None:
    bench.do(OpenJar("kept"))
    backup = bench.store.copy()
    bench.do(OpenJar("red"))
    bench.do(BuyMarble("green"))
    bench.do(TakeMarble("red"))
    said = bench.said[1:]
    bench.restore(backup)
    assert jar(bench, "red").marbles == ["green"]
    assert bench.said[1:] == said
    assert {row.epoch for row in bench.store.events_after(0, 100) if row.slot is not None} == {1, 2}
    assert [row.status for row in bench.store.lost(10)] == [ParkedStatus.REPLAYED] * 2


def test_a_lost_record_that_meets_a_bug_waits_and_holds_the_release(bench: Bench) -> None:
    bench.do(OpenJar("red"))
    backup = bench.store.copy()
    bench.tell(MarbleFound(order_number="n-1", jar="red", marble="cursed", is_cursed=False))
    with pytest.raises(AssertionError, match="cursed"):
        bench.restore(backup)
    (row,) = bench.store.lost(10)
    assert row.status is ParkedStatus.WAITING
    assert isinstance(bench.release(), Away)
    bench.discard(row.parked_id)
    assert isinstance(bench.release(), Handled)
    assert isinstance(bench.release(), Dropped)


def test_a_new_intent_is_asked_about_before_it_is_performed_and_then_goes_on_as_ever(bench: Bench) -> None:
    bench.do(OpenJar("red"))
    bench.restore(bench.store.copy())
    bench.do(AskNeighbour("red"))
    (row,) = bench.intents()
    assert (row.status, row.attempt) == (IntentStatus.UNKNOWN, 0)
    bench.answer(row.key, confirmed(Borrowed("green")))
    assert jar(bench, "red").marbles == ["green"], "what was done in the lost span is not done again"


def test_what_was_asked_about_since_the_restore_is_performed(bench: Bench) -> None:
    bench.do(OpenJar("red"))
    bench.restore(bench.store.copy())
    bench.do(AskNeighbour("red"))
    (row,) = bench.intents()
    bench.answer(row.key, Refused("closed", is_temporary=True))
    (row,) = bench.intents()
    assert row.status is IntentStatus.PENDING, "the saga has armed it again: now it may be sent"


def test_absent_counts_once_no_forgotten_attempt_can_be_on_its_way(bench: Bench) -> None:
    bench.do(OpenJar("red"))
    bench.restore(bench.store.copy())
    bench.do(AskNeighbour("red"))
    (row,) = bench.intents()
    assert row.deadline == bench.now + timedelta(seconds=15)
    bench.answer(row.key, Absent())
    assert bench.intents(IntentStatus.ABSENT)


def test_an_intent_that_may_have_been_attempted_cannot_be_withdrawn_within_its_group(bench: Bench) -> None:
    bench.do(OpenJar("red"))
    bench.restore(bench.store.copy())
    bench.do(AskNeighbour("red"))
    assert not bench.intents(IntentStatus.PENDING)


def test_after_the_release_attempts_are_made_as_ever(bench: Bench) -> None:
    bench.do(OpenJar("red"))
    bench.restore(bench.store.copy())
    bench.release()
    bench.do(AskNeighbour("red"))
    assert bench.intents(IntentStatus.PENDING)


@given(st.one_of(st.none(), st.integers(-100, 100)), st.booleans())
def test_nothing_is_sent_unasked_unless_it_was_asked_since_the_restore(deadline: int | None, has_row: bool) -> None:
    earlier = intent("k", status=IntentStatus.REFUSED)._replace(deadline=None if deadline is None else at(deadline)) if has_row else None
    row = asked_first(intent("k"), earlier, RECOVERY)
    was_asked = has_row and deadline is not None and deadline >= 15
    assert (row.status is IntentStatus.PENDING) is was_asked
    assert was_asked or row.deadline == RECOVERY.attempts_end_at


def test_an_operator_lets_a_slot_with_phantoms_go_on_behind_the_fork(bench: Bench) -> None:
    bench.do(OpenJar("red"))
    bench.tell(MarbleFound(order_number="n-1", jar="red", marble="a"), MarbleFound(order_number="n-1", jar="red", marble="b"))
    (((source, slot), position),) = bench.store.positions().items()
    follower = Follower(source)
    follower.begin(bench.store.positions())
    follower.learn_forks(2, [Fork(2, slot, 1)])
    assert list(follower.stopped()) == [slot]
    assert isinstance(bench.commit(AdoptUnit(source, slot, 2, 1))[0], OutOfOrder), "never by itself"
    (unit,) = follower.releases()
    follower.settle(unit, bench.commit(unit)[0])
    assert not follower.stopped()
    assert follower.slots[slot].committed == bench.store.positions()[source, slot] == Position(2, 1)
    (row,) = bench.store.lost(10)
    assert (row.what, row.status, row.sequence) == ("phantoms", ParkedStatus.DISCARDED, position.sequence)
    follower.settle(unit, bench.commit(unit)[0])
    assert len(bench.store.lost(10)) == 1, "said twice, it is done once"


def test_a_slot_that_stood_still_goes_on_where_another_restore_has_its_records_again() -> None:
    follower = Follower("toy")
    follower.begin({("toy", 7): Position(1, 3)})
    follower.learn_forks(2, [Fork(2, 7, 1)])
    assert list(follower.stopped()) == [7]
    follower.learn_forks(3, [Fork(2, 7, 3), Fork(3, 7, 3)])
    assert not follower.stopped()
    assert follower.wants()[7] == 3
