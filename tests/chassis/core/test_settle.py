"""The life of an attempt, as a table: what each outcome does to an intent in each state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chassis.activity import Absent, Confirmed, Outcome, Patience, Refused, Unknown, settle
from chassis.store.rows import IntentRow, IntentStatus

AT = datetime(2026, 1, 1, tzinfo=UTC)
DEADLINE = AT + timedelta(seconds=15)
LATER = DEADLINE + timedelta(seconds=5)
PATIENCE = Patience(attempt_seconds=15, margin_seconds=5)


def row(status: IntentStatus, *, attempt: int = 1) -> IntentRow:
    return IntentRow("k", "kind", "target", "shop", b"{}", status, attempt, 0, "owner", DEADLINE, AT, "c", "c", AT)


@pytest.mark.parametrize(
    ("status", "outcome", "now", "becomes", "is_told"),
    [
        (IntentStatus.STARTED, Confirmed(), AT, IntentStatus.CONFIRMED, True),
        (IntentStatus.STARTED, Refused("no"), AT, IntentStatus.REFUSED, True),
        (IntentStatus.STARTED, Unknown("?"), AT, IntentStatus.UNKNOWN, True),
        (IntentStatus.STARTED, Absent(), AT, IntentStatus.UNKNOWN, False),
        (IntentStatus.STARTED, Absent(), LATER, IntentStatus.ABSENT, True),
        (IntentStatus.UNKNOWN, Confirmed(), AT, IntentStatus.CONFIRMED, True),
        (IntentStatus.UNKNOWN, Refused("no"), AT, IntentStatus.REFUSED, True),
        (IntentStatus.UNKNOWN, Unknown("?"), AT, IntentStatus.UNKNOWN, False),
        (IntentStatus.UNKNOWN, Absent(), LATER - timedelta(microseconds=1), IntentStatus.UNKNOWN, False),
        (IntentStatus.UNKNOWN, Absent(), LATER, IntentStatus.ABSENT, True),
        (IntentStatus.ABSENT, Confirmed(), LATER, IntentStatus.CONFIRMED, True),
        (IntentStatus.MANUAL, Confirmed(), LATER, IntentStatus.CONFIRMED, True),
    ],
)
def test_an_open_attempt(status: IntentStatus, outcome: Outcome, now: datetime, becomes: IntentStatus, is_told: bool) -> None:
    settled = settle(row(status), 1, outcome, now, now, PATIENCE, True)
    assert settled.row is not None
    assert (settled.row.status, settled.tells_saga) == (becomes, is_told)


@pytest.mark.parametrize("status", [IntentStatus.CONFIRMED, IntentStatus.REFUSED, IntentStatus.PENDING, IntentStatus.WITHDRAWN])
@pytest.mark.parametrize("outcome", [Confirmed(), Refused("no"), Unknown("?"), Absent()])
def test_an_answered_attempt_hears_nothing_more(status: IntentStatus, outcome: Outcome) -> None:
    assert settle(row(status), 1, outcome, LATER, LATER, PATIENCE, True).row is None


@pytest.mark.parametrize("outcome", [Confirmed(), Refused("no"), Unknown("?"), Absent()])
def test_an_outcome_of_an_earlier_attempt_changes_nothing(outcome: Outcome) -> None:
    assert settle(row(IntentStatus.STARTED, attempt=2), 1, outcome, None, LATER, PATIENCE, True).row is None


@pytest.mark.parametrize("asked_at", [None, AT, LATER - timedelta(microseconds=1)])
def test_absent_is_not_believed_where_it_was_asked_before_the_attempt_was_over_however_late_it_comes(asked_at: datetime | None) -> None:
    much_later = LATER + timedelta(seconds=60)
    settled = settle(row(IntentStatus.UNKNOWN), 1, Absent(), asked_at, much_later, PATIENCE, True)
    assert settled.row is not None
    assert (settled.row.status, settled.row.due_at, settled.tells_saga) == (IntentStatus.UNKNOWN, LATER, False)


def test_what_cannot_be_asked_about_waits_for_a_person() -> None:
    settled = settle(row(IntentStatus.STARTED), 1, Unknown("?"), None, AT, PATIENCE, False)
    assert settled.row is not None
    assert (settled.row.status, settled.tells_saga) == (IntentStatus.MANUAL, True)


def test_questions_come_later_and_later_up_to_a_limit() -> None:
    pauses = [PATIENCE.ask_pause(asked).total_seconds() for asked in range(9)]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
