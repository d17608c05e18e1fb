"""The parked rows of one group: what is set aside, what waits behind it, and what goes on once it is settled.

The rows' own form is told in `parking`; here is what parking does to the heads and the batch of the group at work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.activity import Activity
from chassis.answers import bug_answer
from chassis.group import Group
from chassis.outcomes import settled
from chassis.parking import bury
from chassis.store.rows import ParkedReason, ParkedStatus
from chassis.unit import Away, CommandUnit, OutcomeUnit, Parked, RecordUnit, ReplayUnit, Result, TimerUnit, Unit


class ParkedQueue:
    """Parks and unparks within one group. `hand_on` is told of each parked row that may go on now."""

    def __init__(
        self, service: str, activities: Mapping[str, Activity[Any]], group: Group, now: datetime, hand_on: Callable[[int], None]
    ) -> None:
        self._service = service
        self._activities = activities
        self._group = group
        self._now = now
        self._hand_on = hand_on

    def park(self, unit: Unit, reason: ParkedReason, detail: str, now: datetime, awaits: UUID | None = None) -> Result:
        """Set a unit aside with its reason; `awaits`: the stream of ours that it names and that is not there yet."""
        heads, batch = self._group.heads, self._group.batch
        if isinstance(unit, CommandUnit):
            return bug_answer(unit.cause.correlation_id)
        if isinstance(unit, ReplayUnit) and awaits is not None:
            self._await(unit.parked_id, awaits)
        if not isinstance(unit, RecordUnit | TimerUnit | OutcomeUnit):
            return Away(detail)  # a replay that fails again stays parked
        intent = None
        if isinstance(unit, TimerUnit):
            batch.timers_done.add(unit.row.key)
        elif isinstance(unit, OutcomeUnit):
            intent = self._group.intent(unit.intent_key)
            assert intent is not None
            made = settled(unit, self._group, self._activities, self._now)
            if made.row is not None:
                batch.intents_changed[intent.key] = made.row
            batch.vault += unit.sealed
        heads.last_parked_id += 1
        row = bury(unit, intent, heads.last_parked_id, self._service, reason, detail, now, awaits)
        batch.parked_new.append(row)
        self._group.parked_rows[row.parked_id] = row
        if row.stream:
            heads.parked_streams.setdefault((row.source, row.stream), []).append(row.parked_id)
        if awaits is not None:
            heads.early.setdefault(awaits, []).append(row.parked_id)
        return Parked(reason, detail)

    def _await(self, parked_id: int, awaits: UUID) -> None:
        """A parked message met one stream and names another that is not there yet: that one hands it on."""
        heads, row = self._group.heads, self._group.parked_rows[parked_id]
        assert row is not None
        if row.awaits is not None and parked_id in heads.early.get(row.awaits, []):
            heads.early[row.awaits].remove(parked_id)
        heads.early.setdefault(awaits, []).append(parked_id)
        self._group.parked_rows[parked_id] = row._replace(reason=ParkedReason.EARLY, awaits=awaits)
        self._group.batch.parked_awaits[parked_id] = awaits

    def unpark(self, parked_id: int, status: ParkedStatus) -> None:
        """What was parked is settled: the next one of its stream goes on within this group."""
        heads, row = self._group.heads, self._group.parked_rows[parked_id]
        assert row is not None
        self._group.batch.parked_done[parked_id] = status
        if parked_id in heads.lost:
            heads.lost.remove(parked_id)
        if row.awaits is not None and parked_id in heads.early.get(row.awaits, []):
            heads.early[row.awaits].remove(parked_id)
        queue = heads.parked_streams.get((row.source, row.stream), [])
        if parked_id in queue:
            queue.remove(parked_id)
            if not queue:
                del heads.parked_streams[row.source, row.stream]
            else:
                self._hand_on(queue[0])
