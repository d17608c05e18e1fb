"""Planted defects in how messages, timers and outcomes are handled: early, parked, cancelled, repeated, given up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from chassis import outcomes
from chassis.activity import Absent, Settled, settle
from chassis.deciding import Deciding
from chassis.group import Group
from chassis.kinds import UnitKinds
from chassis.parked_queue import ParkedQueue
from chassis.store.memory_tables import Tables
from chassis.store.rows import IntentRow, IntentStatus, ParkedReason
from chassis.unit import Handled, Parked


@contextmanager
def early_message_ignored() -> Iterator[None]:
    """A message that names a stream not met yet is passed over."""
    park = ParkedQueue.park

    def park_no_early(self: ParkedQueue, unit: Any, reason: ParkedReason, *rest: Any) -> Any:
        return Handled() if reason is ParkedReason.EARLY else park(self, unit, reason, *rest)

    with patch.object(ParkedQueue, "park", park_no_early):
        yield


def early_message_kept() -> AbstractContextManager[Any]:
    """The commit that creates a stream does not hand on what waited for it."""
    return patch.object(Deciding, "_hand_on_early", lambda self: self._group.created.clear())


@contextmanager
def followers_overtake() -> Iterator[None]:
    """Later messages of a stream go on while an earlier one is parked."""
    record = UnitKinds._record

    def record_freely(self: UnitKinds, unit: Any, now: Any) -> Any:
        parked, self._group.heads.parked_streams = self._group.heads.parked_streams, {}
        try:
            return record(self, unit, now)
        finally:
            self._group.heads.parked_streams = parked

    with patch.object(UnitKinds, "_record", record_freely):
        yield


@contextmanager
def cancelled_timer_fires() -> Iterator[None]:
    """Cancelling a timer does nothing."""
    accept = Group.accept

    def accept_without_cancelling(self: Group, effects: Any, cause: Any) -> None:
        effects.timers = [timer for timer in effects.timers if len(timer) != 2]
        accept(self, effects, cause)

    with patch.object(Group, "accept", accept_without_cancelling):
        yield


@contextmanager
def attempt_number_not_checked() -> Iterator[None]:
    """An outcome counts for whatever attempt is under way."""

    def settle_any(row: IntentRow, attempt: int, *rest: Any) -> Settled:
        return settle(row, row.attempt, *rest)

    with patch.object(outcomes, "settle", settle_any):
        yield


@contextmanager
def absent_believed_early() -> Iterator[None]:
    """Who does not know of our order is believed while the order may still be on its way."""

    def settle_early(row: IntentRow, attempt: int, outcome: Any, *rest: Any) -> Settled:
        if isinstance(outcome, Absent) and row.deadline is not None:
            row = row._replace(deadline=row.deadline - timedelta(days=1))
        return settle(row, attempt, outcome, *rest)

    with patch.object(outcomes, "settle", settle_early):
        yield


@contextmanager
def attempts_not_counted_on() -> Iterator[None]:
    """A key that is armed a second time begins again with attempt 1."""
    close = Group.close_intent
    put = Tables._put_intent

    def close_from_zero(self: Group, row: IntentRow) -> None:
        close(self, row._replace(attempt=0) if row.key in self.batch.intents_new else row)

    def put_from_zero(self: Tables, row: IntentRow) -> None:
        earlier = self.intents.get(row.key)
        is_armed_again = row.status is IntentStatus.PENDING and earlier is not None and earlier.status is not IntentStatus.PENDING
        put(self, row._replace(attempt=0) if is_armed_again else row)

    with ExitStack() as patches:
        patches.enter_context(patch.object(Group, "close_intent", close_from_zero))
        patches.enter_context(patch.object(Tables, "_put_intent", put_from_zero))
        yield


@contextmanager
def refusal_not_stored() -> Iterator[None]:
    """Only good answers are kept with their request's key."""
    store = UnitKinds.store_answer

    def store_good(self: UnitKinds, unit: Any, answer: Any, now: Any) -> None:
        if answer.status < 400:
            store(self, unit, answer, now)

    with patch.object(UnitKinds, "store_answer", store_good):
        yield


@contextmanager
def failed_unit_not_given_up() -> Iterator[None]:
    """What a unit changed in memory before it failed stays there."""
    with patch.object(Group, "give_up", lambda self, effects, *, is_whole: None):
        yield


@contextmanager
def poison_without_position() -> Iterator[None]:
    """A message is parked, and its position is not moved on in the same commit."""
    settle_unit = Deciding._settle

    def settle_without_position(self: Deciding, unit: Any, result: Any) -> Any:
        key = (getattr(unit, "source", ""), getattr(unit, "slot", 0))
        before = self._group.positions.get(key)
        answer = settle_unit(self, unit, result)
        if isinstance(result, Parked) and before is not None:
            self._group.batch.positions.pop(key, None)
        return answer

    with patch.object(Deciding, "_settle", settle_without_position):
        yield
