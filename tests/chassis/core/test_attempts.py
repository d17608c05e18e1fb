"""What an attempt brings home where the activity itself could not do its work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from chassis.activity import Activity, Intent, Outcome, Unknown
from chassis.attempts import ask, perform
from chassis.errors import Fault
from chassis.store.rows import IntentRow, IntentStatus

AT = datetime(2026, 1, 1, tzinfo=UTC)
BODY = b'{"key":"k","target":"well","shop_id":"shop"}'
ROW = IntentRow("k", "bucket.Draw", "well", "shop", BODY, IntentStatus.STARTED, 1, 0, "owner", AT + timedelta(seconds=5), AT, "c", "c", AT)


class Draw(Intent, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "bucket.Draw"


class Drawing(Activity[Draw]):
    intent_class = Draw
    trouble: Exception

    async def perform(self, intent: Draw) -> Outcome:
        raise self.trouble

    async def ask(self, intent: Draw) -> Outcome:
        raise self.trouble


@pytest.mark.parametrize("is_performed", [True, False])
@pytest.mark.parametrize(
    ("trouble", "is_bug", "outcome"),
    [
        (Fault(reason="store-away"), False, Unknown("temporarily-unavailable", has_answered=True)),
        (KeyError("no such bucket"), True, None),
    ],
)
async def test_our_own_side_that_cannot_now_is_no_bug_and_nothing_against_the_target(
    is_performed: bool, trouble: Exception, is_bug: bool, outcome: Unknown | None
) -> None:
    bugs: list[BaseException] = []
    drawing = Drawing.__new__(Drawing)
    drawing.trouble = trouble
    unit = await (perform if is_performed else ask)(drawing, ROW, lambda: AT, lambda _, bug: bugs.append(bug))
    assert isinstance(unit.outcome, Unknown)
    assert (bugs == [trouble]) is is_bug
    assert outcome in (None, unit.outcome)
