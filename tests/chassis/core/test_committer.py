"""The committer on the memory store: marks, order, splitting, parking, and what a failed commit leaves behind."""

from __future__ import annotations

import gc
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chassis.activity import Absent, Refused, Unknown, confirmed
from chassis.deciding import Deciding
from chassis.group import Group
from chassis.store.exchange import Batch
from chassis.store.port import ConstraintBroken, GenerationLost, GroupAgain, StoreAway
from chassis.store.rows import InboxKey, IntentStatus, ParkedReason, ParkedStatus, VaultRow
from chassis.unit import (
    Answered,
    Away,
    BeginUnit,
    Cause,
    CommandUnit,
    Dropped,
    Handled,
    OutOfOrder,
    Parked,
    ReplayUnit,
    StartUnit,
    TimerUnit,
)
from tests.chassis.core.toy import AskNeighbour, Borrowed, BuyMarble, Jar, MarbleFound, OpenJar, TakeMarble, toy_service
from tests.harness import Bench


@pytest.fixture
def bench() -> Bench:
    return Bench(toy_service())


def jar(bench: Bench, name: str = "red") -> Jar:
    found: Jar = bench.aggregate(Jar.create_id("shop", name))
    return found


def found(marble: str, jar: str = "red", *, is_cursed: bool = False) -> MarbleFound:
    return MarbleFound(order_number="n-1", jar=jar, marble=marble, is_cursed=is_cursed)


def test_a_command_is_decided_once_and_its_answer_is_repeated(bench: Bench) -> None:
    first = bench.do(OpenJar("red"), key="k")
    again = bench.do(OpenJar("red"), key="k")
    assert (first.status, again.body, again.is_repeat) == (201, first.body, True)
    assert bench.said_names() == ["JarOpened"]


def test_a_key_that_comes_with_another_request_is_refused(bench: Bench) -> None:
    bench.do(OpenJar("red"), key="k")
    assert bench.do(OpenJar("blue"), key="k").status == 422
    assert bench.said_names() == ["JarOpened"]


def test_an_aggregate_in_use_stays_in_memory_however_many_others_come_and_go(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.committer._cache_size = 3
    bench.do(OpenJar("red", size=100))
    monkeypatch.setattr("chassis.group.fold", lambda events: pytest.fail("it was folded again from its whole history"))
    for number in range(10):
        bench.do(BuyMarble(f"colour {number}"))
        bench.tell(found("green"))
    monkeypatch.undo()
    assert len(jar(bench).marbles) == 10


def test_a_refusal_records_nothing_and_is_the_stored_answer(bench: Bench) -> None:
    bench.do(OpenJar("red", size=0))
    bench.do(BuyMarble("green"))
    refused = bench.do(TakeMarble("red"), key="k")
    assert refused.status == 409
    assert msgspec.json.decode(refused.body)["type"].endswith("jar-full")
    assert jar(bench).marbles == []
    assert bench.do(TakeMarble("red"), key="k").is_repeat


def test_what_a_refused_unit_touched_is_free_again_for_the_next_unit_of_the_group(bench: Bench) -> None:
    bench.do(OpenJar("full", size=0))
    bench.do(OpenJar("red"))
    bench.do(BuyMarble("green"))
    cause = Cause("c", "c")
    refused, taken = bench.commit(CommandUnit(TakeMarble("full"), cause), CommandUnit(TakeMarble("red"), cause))
    assert isinstance(refused, Answered)
    assert refused.status == 409
    assert isinstance(taken, Answered)
    assert msgspec.json.decode(taken.body) == {"marble": "green"}


def test_a_group_hands_every_marble_out_once(bench: Bench) -> None:
    bench.do(OpenJar("red", size=50))
    for colour in range(7):
        bench.do(BuyMarble(f"colour-{colour}"))
    results = bench.commit(*(CommandUnit(TakeMarble("red"), Cause("c", "c")) for _ in range(10)))
    taken = [msgspec.json.decode(r.body)["marble"] for r in results if isinstance(r, Answered)]
    assert sorted(filter(None, taken)) == [f"colour-{n}" for n in range(7)]
    assert taken.count(None) == 3
    assert bench.store.index_rows("free_marbles") == []


def test_a_record_is_handled_once_and_a_gap_is_not_jumped(bench: Bench) -> None:
    bench.do(OpenJar("red"))
    one, two, three = (bench.record(found(m)) for m in ("a", "b", "c"))
    assert bench.commit(one, one, three) == [Handled(), Dropped(), OutOfOrder(bench.store.positions()["beach", one.slot])]
    assert bench.commit(two, three, two) == [Handled(), Handled(), Dropped()]
    assert jar(bench).marbles == ["a", "b", "c"]


def test_a_bug_parks_its_record_and_the_later_ones_of_its_stream(bench: Bench) -> None:
    bench.do(OpenJar("red", size=9))
    results = bench.commit(
        bench.record(found("a", is_cursed=True), stream="s"), bench.record(found("b"), stream="s"), bench.record(found("c"), stream="t")
    )
    assert [type(r) for r in results] == [Parked, Parked, Handled]
    assert [row.reason for row in bench.store.parked(ParkedStatus.WAITING, 9)] == [ParkedReason.BUG, ParkedReason.FOLLOWER]
    assert jar(bench).marbles == ["c"]
    assert jar(bench).shaken_by == ["c"], "the failed attempt left nothing behind"


def test_discarding_the_offender_lets_its_followers_go_on_in_order(bench: Bench) -> None:
    bench.do(OpenJar("red", size=9))
    bench.commit(*(bench.record(found(m, is_cursed=m == "a"), stream="s") for m in "abc"))
    offender, follower, _ = (row.parked_id for row in bench.store.parked(ParkedStatus.WAITING, 9))
    assert isinstance(bench.replay(follower), Away)
    assert isinstance(bench.replay(offender), Away), "it fails again and stays parked"
    bench.bugs.clear()
    assert bench.commit(ReplayUnit(offender, is_discard=True)) == [Handled()]
    assert jar(bench).marbles == ["b", "c"]
    assert bench.store.parked(ParkedStatus.WAITING, 9) == []


def test_an_early_message_is_handed_on_by_the_commit_that_creates_its_stream(bench: Bench) -> None:
    assert isinstance(bench.tell(found("a"))[0], Parked)
    assert isinstance(bench.tell(found("b"))[0], Parked)
    bench.do(OpenJar("red"))
    assert jar(bench).marbles == ["a", "b"]
    assert bench.store.parked(ParkedStatus.WAITING, 9) == []


def test_an_undecodable_message_is_parked_without_quoting_it(bench: Bench) -> None:
    record = bench.record(found("a"))
    record.value = b'{"order_number": 17, "secret": "GAME-CANARY"}'
    assert isinstance(bench.commit(record)[0], Parked)
    row = bench.store.parked(ParkedStatus.WAITING, 9)[0]
    assert row.reason is ParkedReason.UNDECODABLE
    assert "CANARY" not in row.detail


def test_a_timer_fires_once_and_not_after_it_was_cancelled(bench: Bench) -> None:
    bench.do(OpenJar("red"))
    due = bench.store.due_timers(bench.now.replace(year=2030), 9)
    bench.now = due[0].due_at
    assert bench.commit(TimerUnit(due[0]), TimerUnit(due[0])) == [Handled(), Dropped()]
    assert bench.commit(TimerUnit(due[0])) == [Dropped()]
    bench.do(OpenJar("blue"))
    bench.do(BuyMarble("green"))
    due = bench.store.due_timers(bench.now.replace(year=2030), 9)
    bench.do(TakeMarble("blue"))
    assert bench.commit(TimerUnit(due[0])) == [Dropped()]
    assert jar(bench).shaken_by == ["timer"]


def test_a_timer_that_is_brought_late_is_not_taken_for_the_one_that_was_set_after_it_under_the_same_key(bench: Bench) -> None:
    bench.do(OpenJar("red"))
    (row,) = bench.store.due_timers(bench.now.replace(year=2030), 9)
    earlier = row._replace(due_at=row.due_at - timedelta(minutes=4))
    of_that_moment = row._replace(causation_id="toy/command/earlier")
    bench.now = row.due_at
    assert bench.commit(TimerUnit(earlier), TimerUnit(of_that_moment), TimerUnit(row)) == [Dropped(), Dropped(), Handled()]
    assert jar(bench).shaken_by == ["timer"]


def test_a_command_without_a_key_that_has_sealed_something_is_decided_once_where_the_answer_to_its_commit_is_lost(bench: Bench) -> None:
    bench.do(OpenJar("red"))
    sealed = VaultRow("reference", "letter", "shop", "owner", 1, b"sealed", bench.now)
    unit = CommandUnit(BuyMarble("green"), Cause("c", "c"), sealed=(sealed,))
    faults = ["after_commit"]

    def fault(at: str) -> None:
        if faults and at == faults[0]:
            faults.clear()
            raise GroupAgain

    bench.store.faults = fault
    (answered,) = bench.commit(unit)
    assert isinstance(answered, Answered)
    assert (answered.status, answered.is_repeat) == (201, True)
    assert [row.topic for row in bench.store.events_after(1, 9)] == ["toy.Marble.Bought"]


def test_an_attempt_that_waited_past_its_own_deadline_is_not_begun(bench: Bench) -> None:
    bench.do(OpenJar("red"))
    bench.do(AskNeighbour("red"))
    (before,) = bench.intents()
    assert bench.commit(StartUnit(before.key, "owner", bench.now)) == [Dropped()]
    assert bench.intents() == [before], "it counts for nothing"


def test_an_unknown_attempt_is_asked_about_and_absent_counts_only_after_its_deadline(bench: Bench) -> None:
    bench.do(OpenJar("red"))
    bench.do(AskNeighbour("red"))
    attempt = bench.start("borrow/red")
    bench.outcome("borrow/red", Unknown("time-out"), attempt=attempt)
    assert bench.intents()[0].status is IntentStatus.UNKNOWN
    bench.outcome("borrow/red", Absent(), attempt=attempt)
    assert bench.intents()[0].status is IntentStatus.UNKNOWN
    bench.answer("borrow/red", Absent())
    assert bench.intents()[0].status is IntentStatus.ABSENT
    bench.outcome("borrow/red", confirmed(Borrowed("late")), attempt=attempt)
    assert jar(bench).marbles == ["late"], "what really exists is told, also after absent"


def test_a_temporary_refusal_arms_the_same_key_again_and_counts_on(bench: Bench) -> None:
    bench.do(OpenJar("red"))
    bench.do(AskNeighbour("red"))
    bench.outcome("borrow/red", Refused("busy", is_temporary=True))
    row = bench.intents(IntentStatus.PENDING)[0]
    assert row.attempt == 1
    assert bench.start("borrow/red") == 2


@pytest.mark.parametrize("point", ["begin", "marks", "fetch", "write", "before_commit", "after_commit"])
def test_a_group_whose_fate_is_unknown_is_run_again_and_has_its_effect_once(bench: Bench, point: str) -> None:
    bench.do(OpenJar("red"))
    faults = [point]

    def fault(at: str) -> None:
        if faults and at == faults[0]:
            faults.clear()
            raise GroupAgain

    bench.store.faults = fault
    record = bench.record(found("a"))
    result = bench.commit(record)[0]
    bench.store.faults = None
    if not bench.committer.is_writer:
        bench.elect()
        result = bench.commit(record)[0]
    assert isinstance(result, Handled | Dropped)
    assert jar(bench).marbles == ["a"]


@pytest.mark.parametrize("error", [StoreAway, GenerationLost])
def test_nothing_is_believed_after_a_commit_that_did_not_come_back(bench: Bench, error: type[Exception]) -> None:
    bench.do(OpenJar("red"))
    record = bench.record(found("a"))
    armed = [True]

    def fault(at: str) -> None:
        if at == "before_commit" and armed:
            armed.clear()
            raise error

    bench.store.faults = fault
    assert isinstance(bench.commit(record)[0], Away)
    bench.store.faults = None
    if not bench.committer.is_writer:
        bench.elect()
    assert bench.commit(record) == [Handled()]
    assert jar(bench).marbles == ["a"]


def test_a_constraint_error_splits_the_group_and_parks_only_the_offender(bench: Bench) -> None:
    for name in ("red", "blue"):
        bench.do(OpenJar(name, size=9))
    bad = bench.record(found("x"), slot_key="one", stream="bad")
    good = [bench.record(found(m, "blue"), slot_key=m, stream=m) for m in ("a", "b", "c")]
    begin = bench._writer.begin

    def begin_with_a_broken_key(generation: int) -> Any:
        """Stands in for a unique key that the red jar's events would break."""
        transaction = begin(generation)
        write: Callable[[Batch], None] = transaction.write_and_commit

        def checked(batch: Batch) -> None:
            if Jar.create_id("shop", "red") in {event.stream_id for event in batch.events}:
                transaction.rollback()
                raise ConstraintBroken("event_stream_version")
            write(batch)

        vars(transaction)["write_and_commit"] = checked
        return transaction

    vars(bench._writer)["begin"] = begin_with_a_broken_key
    results = bench.commit(good[0], bad, *good[1:])
    assert sorted(type(r).__name__ for r in results) == ["Handled", "Handled", "Handled", "Parked"]
    assert jar(bench, "blue").marbles == ["a", "b", "c"]
    assert len(bench.store.parked(ParkedStatus.WAITING, 9)) == 1


def test_a_repeated_command_key_in_one_group_is_answered_once(bench: Bench) -> None:
    key = InboxKey("p", "r", "k")
    units = [CommandUnit(OpenJar("red"), Cause("c", "c"), key, b"h") for _ in range(2)]
    first, second = bench.commit(*units)
    assert isinstance(first, Answered)
    assert isinstance(second, Answered)
    assert second.is_repeat
    assert bench.said_names() == ["JarOpened"]


def test_a_parked_row_that_is_not_there_is_nothing_to_do(bench: Bench) -> None:
    assert bench.commit(ReplayUnit(17), ReplayUnit(18, is_discard=True)) == [Dropped(), Dropped()]


def test_a_service_begins_once_where_it_says_and_not_again(bench: Bench) -> None:
    bench.do(OpenJar("red"))
    record = bench.record(found("a"))
    begin = BeginUnit(record.source, record.slot, 1, 4)
    assert bench.commit(begin, BeginUnit(record.source, record.slot, 1, 9)) == [Handled(), Dropped()]
    record.sequence = 5
    assert bench.commit(record) == [Handled()]
    assert jar(bench).marbles == ["a"]


def test_what_a_group_read_and_wrote_is_let_go_without_the_collector(bench: Bench) -> None:
    bench.do(OpenJar("red"))
    gc.collect()
    gc.disable()
    try:
        bench.do(OpenJar("blue"))
        bench.tell(found("a", "blue"))
        left = [each for each in gc.get_objects() if type(each) in (Deciding, Group)]
    finally:
        gc.enable()
    assert left == []
