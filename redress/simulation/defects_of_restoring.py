"""Planted defects in what happens after a restore: epochs, lost records, questions before attempts, the release."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from chassis import deciding, follower, kinds
from chassis.follower import Follower
from chassis.intake import Verdict, judge
from chassis.kinds import UnitKinds
from chassis.recovering import Opening
from chassis.store.memory_tables import Tables
from chassis.store.rows import Position
from chassis.unit import AdoptUnit, Handled


@contextmanager
def epochs_ignored() -> Iterator[None]:
    """Readers look at the number alone: a record of the new epoch is the next one, or one they have had."""

    def judge_by_number(position: Position, epoch: int, sequence: int, *rest: Any) -> Verdict:
        return judge(position, position.epoch, sequence)

    with ExitStack() as patches:
        patches.enter_context(patch.object(kinds, "judge", judge_by_number))
        patches.enter_context(patch.object(follower, "judge", judge_by_number))
        patches.enter_context(patch.object(Follower, "learn_forks", lambda self, epoch, forks: setattr(self, "epoch", epoch)))
        yield


def lost_records_given_up() -> AbstractContextManager[Any]:
    """What the topic still has is not laid down for the restored service."""
    return patch.object(Opening, "rows", lambda self, service, last_parked_id: [])


@contextmanager
def performed_unasked() -> Iterator[None]:
    """What a restored store wants done is done, without asking whether it was done in the span that is lost."""
    open_epoch = Tables.open_epoch

    def open_and_forget(self: Tables, opening: Opening, service: str) -> int:
        before = {key: self.intents[key] for key in self.open_intents}
        epoch = open_epoch(self, opening, service)
        self.intents.update(before)
        return epoch

    with ExitStack() as patches:
        patches.enter_context(patch.object(deciding, "asked_first", lambda row, earlier, recovery: row))
        patches.enter_context(patch.object(Tables, "open_epoch", open_and_forget))
        yield


@contextmanager
def released_where_it_stood() -> Iterator[None]:
    """A released slot goes on, but is not put on the fork: what the new epoch says under old numbers is not heard."""
    adopt = UnitKinds._adopt

    def adopt_in_place(self: UnitKinds, unit: AdoptUnit, *rest: Any) -> Any:
        if not unit.is_forced:
            return adopt(self, unit, *rest)
        key = (unit.source, unit.slot)
        stayed = Position(unit.epoch, self._group.positions[key].sequence)
        self._group.positions[key] = self._group.batch.positions[key] = stayed
        return Handled()

    with patch.object(UnitKinds, "_adopt", adopt_in_place):
        yield
