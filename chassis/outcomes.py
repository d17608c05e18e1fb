"""What an outcome makes of its intent, as the group at work has left that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.activity import Activity, Settled, settle
from chassis.group import Group
from chassis.unit import OutcomeUnit


def settled(unit: OutcomeUnit, group: Group, activities: Mapping[str, Activity[Any]], now: datetime) -> Settled:
    """`activity.settle` on the intent's row; the intent must be there.

    `now` is the clock's, not the streams' time: the deadline is the worker's, and the next question is due when it says so.
    """
    row = group.intent(unit.intent_key)
    assert row is not None
    activity = activities[row.kind]
    return settle(row, unit.attempt, unit.outcome, unit.asked_at, now, activity.patience, activity.is_askable)
