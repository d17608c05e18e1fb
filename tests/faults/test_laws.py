"""The drills' own laws notice what they are there for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.store.rows import IntentStatus
from protocols.dujiao_next import SupplierAccess, build_create_order
from protocols.http import AnswerLost
from tests.faults import laws_of_attempts as laws
from tests.faults.attempts import Version
from tests.faults.catalogue import DRILLS, drawn, volleys
from tests.faults.hearing import Heard
from tests.faults.laws_of_attempts import Attempts
from tests.faults.summary import Summary, read_journal, total, write_journal

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
NUMBER = "D1-1-1-abc-1"
Step = tuple[IntentStatus, int, float]
PENDING, STARTED, UNKNOWN, ABSENT = IntentStatus.PENDING, IntentStatus.STARTED, IntentStatus.UNKNOWN, IntentStatus.ABSENT
FIRST: tuple[Step, ...] = ((PENDING, 0, 0.0), (STARTED, 1, 1.0))


def noted(*steps: Step, calls: tuple[float, ...] = (), lateness_seconds: float = 0.0) -> Attempts:
    """A history of (status, attempt, seconds after noon), each attempt with 8 s for it; calls are sent at so many seconds after noon."""
    versions, deadline = [], None
    for number, (status, attempt, seconds) in enumerate(steps, start=1):
        at = NOON + timedelta(seconds=seconds)
        deadline = at + timedelta(seconds=8) if status is STARTED else deadline
        versions.append(Version(number, at, NUMBER, "buy", attempt, status, deadline))
    heard = [heard_at(NOON + timedelta(seconds=seconds), lateness_seconds) for seconds in calls]
    return Attempts({"inventory": {NUMBER: versions}}, {"inventory": {"buy": 2.0}}, heard)


def heard_at(sent_at: datetime, lateness_seconds: float) -> Heard:
    request = build_create_order(SupplierAccess("key", "secret"), sku_id=1, quantity=1, downstream_order_no=NUMBER, now=sent_at)
    return Heard("north", sent_at + timedelta(seconds=lateness_seconds), request, AnswerLost("sandbox"), NUMBER)


def every_violation(attempts: Attempts) -> Iterator[str]:
    for law in (
        laws.attempts_are_numbered,
        laws.attempts_begin_before_their_deadline,
        laws.attempts_do_not_overlap,
        laws.orders_are_of_an_attempt,
    ):
        yield from law(attempts)


def test_an_attempt_after_one_that_was_found_absent_in_time_breaks_no_law() -> None:
    again: tuple[Step, ...] = ((UNKNOWN, 1, 9.5), (ABSENT, 1, 11.5), (PENDING, 1, 11.5), (STARTED, 2, 12.0))
    assert list(every_violation(noted(*FIRST, *again, calls=(2.0, 12.5)))) == []


@pytest.mark.parametrize(
    ("law", "attempts"),
    [
        (laws.attempts_are_numbered, noted(*FIRST, (PENDING, 1, 3.0), (STARTED, 1, 4.0))),
        (laws.attempts_do_not_overlap, noted(*FIRST, (STARTED, 2, 4.0))),
        (laws.attempts_do_not_overlap, noted(*FIRST, (UNKNOWN, 1, 9.0), (ABSENT, 1, 10.0), (PENDING, 1, 10.0), (STARTED, 2, 10.5))),
        (laws.orders_are_of_an_attempt, noted(*FIRST, calls=(2.0, 3.0))),
        (laws.orders_are_of_an_attempt, noted(*FIRST, calls=(10.5,))),
        (laws.orders_are_of_an_attempt, noted(*FIRST, calls=(8.0,), lateness_seconds=6.0)),
        (laws.orders_are_of_an_attempt, noted((PENDING, 0, 0.0), calls=(1.0,))),
    ],
    ids=["number-used-again", "two-under-way", "absent-believed-early", "ordered-twice", "sent-late", "arrived-late", "never-started"],
)
def test_a_broken_law_of_attempts_is_noticed(law: Callable[[Attempts], Iterator[str]], attempts: Attempts) -> None:
    assert list(law(attempts))


def test_the_same_seed_draws_the_same_drills_and_every_drill_stays_in_a_volley() -> None:
    drills = drawn(200, 7)
    assert drills == drawn(200, 7)
    assert [drill for volley in volleys(drills, 7) for drill in volley] == drills
    assert {drill.name for drill in drawn(2_000, 7)} == {drill.name for drill in DRILLS}


def test_a_journal_goes_on_with_the_houses_that_are_done_and_forgets_a_torn_line(tmp_path: Path) -> None:
    file, first, second = tmp_path / "journal", Summary(drill_count=2, orders=5), Summary(drill_count=3, orders=7)
    first.count("kill", "kill")
    second.count("kill")
    second.findings["lost"].append("an order")
    for number, summary in enumerate((first, second), start=1):
        write_journal(file, "campaign", number, summary)
    with file.open("ab") as journal:
        journal.write(b'{"campaign":"campaign","hou')
    done = read_journal(file, "campaign")
    assert done == {1: first, 2: second}
    assert read_journal(file, "another") == {}
    every = total(done.values())
    assert (every.drill_count, every.orders, every.counts, every.is_clean) == (5, 12, {"kill": 3}, False)
