"""What a unit may not do to others: units that fail late, replays, early messages and intents that meet in one group."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chassis.activity import Absent, Outcome, Unknown, confirmed
from chassis.committer import Committer
from chassis.store.rows import IntentStatus, ParkedReason, ParkedRow, ParkedStatus, VaultRow
from chassis.timer import Timer
from chassis.unit import Answer, Answered, Away, Cause, CommandUnit, Dropped, Handled, OutcomeUnit, Parked, ReplayUnit, TimerUnit
from chassis.work import Work
from tests.chassis.core.toy import AskNeighbour, Borrowed, BorrowMarble, Jar, MarbleFound, OpenJar, toy_service
from tests.harness import START, Bench


@pytest.fixture
def bench() -> Bench:
    return Bench(toy_service())


def waiting(bench: Bench) -> list[ParkedRow]:
    return bench.store.parked(ParkedStatus.WAITING, 99)


def found(marble: str, jar: str = "red") -> MarbleFound:
    return MarbleFound(order_number="n-1", jar=jar, marble=marble)


def react_with(bench: Bench, reaction: Any) -> None:
    """Another reaction to found marbles."""
    subscriptions = bench.service.subscriptions
    subscriptions[MarbleFound.TYPE] = replace(subscriptions[MarbleFound.TYPE], reactions=(reaction,))


def another_writer(bench: Bench) -> None:
    """A new process is elected: what it knows comes from the store."""
    bench.committer = Committer(bench.service, bench.writer(), on_bug=lambda _unit, error: bench.bugs.append(error))
    bench.elect()


def test_an_event_that_no_header_can_carry_leaves_no_number_behind(bench: Bench) -> None:
    def open_two(command: OpenJar, work: Work) -> Answer:
        Jar(shop_id="shop", name="good", size=1)
        Jar(shop_id="shop", name=command.name, size=1)
        return Answer(201)

    bench.service.handlers[OpenJar] = open_two
    results = bench.commit(CommandUnit(OpenJar(""), Cause("c", "c")), CommandUnit(OpenJar("blue"), Cause("c", "c")))
    assert [r.status for r in results if isinstance(r, Answered)] == [500, 201]
    rows = bench.store.events_after(0, 99)
    assert [row.log_id for row in rows] == [1, 2]
    assert [row.sequence for row in rows] == [1, 1], "one record in each of two slots, and no number is left out"
    assert bench.store.slot_heads()[1].count(1) == 2


def test_a_parked_outcome_that_brought_a_sealed_value_can_be_replayed(bench: Bench) -> None:
    is_broken = [True]

    def on_borrowed(outcome: Outcome, intent: BorrowMarble, work: Work) -> None:
        work.keep("reference")
        assert not is_broken, "not yet"
        work.get(Jar, Jar.create_id("shop", "red")).fill("sealed")

    bench.service.outcomes["borrow_marble"] = (BorrowMarble, on_borrowed)
    bench.do(OpenJar("red"))
    bench.do(AskNeighbour("red"))
    sealed = VaultRow("reference", "card", "shop", "owner", 1, b"sealed", START)
    attempt = bench.start("borrow/red")
    assert isinstance(bench.commit(OutcomeUnit("borrow/red", attempt, confirmed(Borrowed("x")), sealed=(sealed,)))[0], Parked)
    is_broken.clear()
    assert bench.replay(waiting(bench)[0].parked_id) == Handled()
    assert bench.aggregate(Jar.create_id("shop", "red")).marbles == ["sealed"]
    assert bench.store.vault(["reference"]) == [sealed]


def test_parked_timers_and_outcomes_do_not_wait_for_each_other_after_an_election(bench: Bench) -> None:
    timer_class, reaction = bench.service.timers["jar_forgotten"]

    def on_forgotten(timer: Timer, work: Work) -> None:
        raise AssertionError("not yet")

    bench.service.timers["jar_forgotten"] = (timer_class, on_forgotten)
    for name in ("red", "blue"):
        bench.do(OpenJar(name))
    for row in bench.store.due_timers(START.replace(year=2030), 9):
        assert isinstance(bench.commit(TimerUnit(row))[0], Parked)
    bench.service.timers["jar_forgotten"] = (timer_class, reaction)
    another_writer(bench)
    first, second = (row.parked_id for row in waiting(bench))
    assert bench.replay(second) == Handled()
    assert [row.parked_id for row in waiting(bench)] == [first], "nobody asked for the other one"


@pytest.mark.parametrize("outcome", [confirmed(Borrowed("x")), Unknown("silence")])
def test_a_saga_that_arms_what_is_not_refused_is_parked_and_stops_nobody(bench: Bench, outcome: Outcome) -> None:
    def arm_again(outcome: Outcome, intent: BorrowMarble, work: Work) -> None:
        work.intend(intent)

    bench.service.outcomes["borrow_marble"] = (BorrowMarble, arm_again)
    bench.do(OpenJar("red"))
    bench.do(AskNeighbour("red"))
    attempt = bench.start("borrow/red")
    results = bench.commit(OutcomeUnit("borrow/red", attempt, outcome), bench.record(found("a")))
    assert [type(result) for result in results] == [Parked, Handled]


def test_news_of_an_attempt_whose_key_was_just_armed_again_changes_nothing(bench: Bench) -> None:
    bench.service.outcomes["borrow_marble"] = (BorrowMarble, lambda outcome, intent, work: None)
    bench.do(OpenJar("red"))
    bench.do(AskNeighbour("red"))
    attempt = bench.start("borrow/red")
    bench.outcome("borrow/red", Unknown("silence"), attempt=attempt)
    bench.answer("borrow/red", Absent())
    late = OutcomeUnit("borrow/red", attempt, confirmed(Borrowed("late")))
    armed, news = bench.commit(CommandUnit(AskNeighbour("red"), Cause("c", "c")), late)
    assert isinstance(armed, Answered)
    assert news == Dropped()
    assert bench.intents()[0].status is IntentStatus.PENDING


def test_an_early_message_that_then_names_a_second_unmet_stream_is_handed_on_by_that_one(bench: Bench) -> None:
    def on_found(message: MarbleFound, work: Work) -> None:
        work.get(Jar, Jar.create_id("shop", "red"))
        work.get(Jar, Jar.create_id("shop", "blue")).fill(message.marble)

    react_with(bench, on_found)
    assert isinstance(bench.tell(found("a"))[0], Parked)
    assert isinstance(bench.tell(found("b"))[0], Parked)
    bench.do(OpenJar("red"))
    assert [row.reason for row in waiting(bench)] == [ParkedReason.EARLY, ParkedReason.FOLLOWER]
    another_writer(bench)
    bench.do(OpenJar("blue"))
    assert bench.aggregate(Jar.create_id("shop", "blue")).marbles == ["a", "b"]
    assert waiting(bench) == []


def test_a_replay_that_breaks_a_constraint_is_not_laid_at_the_door_of_who_handed_it_on(bench: Bench) -> None:
    bench.do(OpenJar("other"))
    bench.do(AskNeighbour("other"))

    def on_found(message: MarbleFound, work: Work) -> None:
        work.get(Jar, Jar.create_id("shop", "red"))
        work.intend(BorrowMarble(key="borrow/other", target="neighbour", shop_id="shop", jar="other"))

    react_with(bench, on_found)
    assert isinstance(bench.tell(found("a"))[0], Parked)
    assert bench.do(OpenJar("red")).status == 201
    early = waiting(bench)[0].parked_id
    assert isinstance(bench.replay(early), Away)
    assert bench.commit(ReplayUnit(early, is_discard=True)) == [Handled()]


def test_a_follower_that_breaks_a_constraint_does_not_keep_the_first_from_being_replayed(bench: Bench) -> None:
    is_broken = [True]
    bench.do(OpenJar("red"))
    bench.do(AskNeighbour("red"))

    def on_found(message: MarbleFound, work: Work) -> None:
        assert not is_broken, "not yet"
        work.get(Jar, Jar.create_id("shop", "red")).fill(message.marble)
        if message.marble == "b":
            work.intend(BorrowMarble(key="borrow/red", target="neighbour", shop_id="shop", jar="red"))

    react_with(bench, on_found)
    bench.commit(*(bench.record(found(marble)) for marble in "abc"))
    is_broken.clear()
    first, second, _ = (row.parked_id for row in waiting(bench))
    assert bench.replay(first) == Handled()
    assert isinstance(bench.replay(second), Away)
    assert bench.commit(ReplayUnit(second, is_discard=True)) == [Handled()]
    assert bench.aggregate(Jar.create_id("shop", "red")).marbles == ["a", "c"]
    assert waiting(bench) == []


def test_a_message_whose_streams_cannot_be_named_is_no_harm_to_its_group(bench: Bench) -> None:
    def loads(message: MarbleFound) -> list[Any]:
        raise AssertionError("a bug")

    subscriptions = bench.service.subscriptions
    subscriptions[MarbleFound.TYPE] = replace(subscriptions[MarbleFound.TYPE], loads=loads)
    bench.do(OpenJar("red"))
    assert bench.commit(bench.record(found("a"))) == [Handled()]


def test_a_handler_that_names_its_streams_finds_them_at_its_first_run(bench: Bench) -> None:
    runs: list[str] = []
    handle = bench.service.handlers[OpenJar]

    def counted(command: OpenJar, work: Work) -> Answer:
        runs.append(command.name)
        answer: Answer = handle(command, work)
        return answer

    bench.service.handlers[OpenJar] = counted
    bench.service.loads_of[OpenJar] = lambda command: [Jar.create_id("shop", command.name)]
    bench.do(OpenJar("red"))
    assert runs == ["red"]


@pytest.mark.parametrize("status", [IntentStatus.PENDING, IntentStatus.STARTED, IntentStatus.UNKNOWN])
def test_what_was_found_out_another_way_is_asked_no_more_and_a_confirmation_is_still_told(bench: Bench, status: IntentStatus) -> None:
    bench.do(OpenJar("red"))
    bench.do(AskNeighbour("red"))
    (row,) = bench.intents()
    if status is not IntentStatus.PENDING:
        bench.start(row.key)
    if status is IntentStatus.UNKNOWN:
        bench.commit(OutcomeUnit(row.key, 1, Unknown("silence")))

    def tell(command: AskNeighbour, work: Work) -> Answer:
        work.get(Jar, Jar.create_id("shop", "red"))
        work.stop_asking(row.key)
        return Answer(202)

    bench.service.handlers[AskNeighbour] = tell
    for _ in range(2):
        bench.do(AskNeighbour("red"))
    assert bench.intents(IntentStatus.PENDING, IntentStatus.STARTED, IntentStatus.UNKNOWN) == []
    bench.commit(OutcomeUnit(row.key, 1, Unknown("silence")))
    bench.commit(OutcomeUnit(row.key, 1, confirmed(Borrowed("green"))))
    is_told = status is not IntentStatus.PENDING
    assert bench.aggregate(Jar.create_id("shop", "red")).marbles == (["green"] if is_told else [])


def test_a_clock_that_was_put_back_delays_nothing_that_is_due_at_once(bench: Bench) -> None:
    bench.now = START + timedelta(hours=1)
    bench.do(OpenJar("red"))
    bench.now = START

    def ask(command: AskNeighbour, work: Work) -> Answer:
        jar = work.get(Jar, Jar.create_id("shop", "red"))
        jar.shake(by="asking")
        work.intend(BorrowMarble(key="borrow/red", target="neighbour", shop_id="shop", jar="red"))
        assert work.now > START, "events are never dated before their stream"
        return Answer(202)

    bench.service.handlers[AskNeighbour] = ask
    bench.do(AskNeighbour("red"))
    assert bench.intents()[0].due_at == START
    bench.outcome("borrow/red", Unknown("silence"))
    assert bench.intents()[0].due_at < START + timedelta(minutes=1), "the next question"

    def hurry(command: AskNeighbour, work: Work) -> Answer:
        work.get(Jar, Jar.create_id("shop", "red"))
        work.hasten("borrow/red")
        return Answer(202)

    bench.service.handlers[AskNeighbour] = hurry
    bench.do(AskNeighbour("red"))
    assert bench.intents()[0].due_at == START
