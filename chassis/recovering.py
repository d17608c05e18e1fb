"""After a restore: what this store has forgotten, and how it goes on without doing anything twice (docs/architecture.md).

A restored store has lost its newest commits, and with them what it said and what it had others do. Three things are done about it
until an operator releases the restore:

- its own lost public records, as far as the topic still has them, lie in its parked table and are handled before anything else, each by
  the service's own `@recovers`; what only its consumers have heard is named there too, and waits for a person;
- every attempt is asked about before it is made, by its own number, which follows from its cause and so is the same as before;
- it alarms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from chassis.parking import bury
from chassis.store.rows import (
    LOST,
    PHANTOMS,
    UNREAD,
    IntentRow,
    IntentStatus,
    ParkedReason,
    ParkedRow,
    ParkedStatus,
    Position,
    Recovery,
)
from chassis.unit import AdoptUnit, RecordUnit


def asked_first(row: IntentRow, earlier: IntentRow | None, recovery: Recovery) -> IntentRow:
    """A newly armed intent as it is stored while a restore is not released: to be asked about, unless it was asked since.

    `earlier`: the stored row of its key. One whose deadline no attempt of before can have has been answered in this epoch.
    """
    if earlier is not None and earlier.deadline is not None and earlier.deadline >= recovery.attempts_end_at:
        return row
    return row._replace(status=IntentStatus.UNKNOWN, deadline=recovery.attempts_end_at)


class Unread(NamedTuple):
    """A lost record whose content nobody has any more; `detail` says who has heard it."""

    slot: int
    epoch: int
    sequence: int
    detail: str


@dataclass(frozen=True, slots=True)
class Opening:
    """What a new epoch is opened with: the moment, how long an attempt of this service may take, and what was found to be lost."""

    at: datetime
    attempt_seconds: float = 60.0
    lost: Sequence[RecordUnit] = ()
    """Records of our own that were read back, and echoes: what others said because of some that were not."""
    unread: Sequence[Unread] = ()
    seen_epoch: int = 0
    """The highest epoch that topic or consumers know: a store restored to before an earlier restore has forgotten that one too."""

    def epochs_after(self, epoch: int) -> range:
        """The epochs to be opened on a store that stands in `epoch`: those it has forgotten, with the same fork, and a new one."""
        return range(epoch + 1, max(epoch, self.seen_epoch) + 2)

    @property
    def attempts_end_at(self) -> datetime:
        return self.at + timedelta(seconds=self.attempt_seconds)

    def opened_at(self, newest: datetime | None) -> datetime:
        """The moment that divides what may be forgotten from what cannot be, where the newest event kept is of that time.

        A clock that was put back since would else date what was before the restore after it.
        """
        return max((self.at, *([newest] if newest is not None else [])))

    def rows(self, service: str, last_parked_id: int) -> list[ParkedRow]:
        """What is lost, as parked rows in the order of its slots."""
        read = sorted(self.lost, key=lambda unit: (unit.source != service, unit.slot, unit.epoch, unit.sequence))
        rows = [lost_row(unit, number, self.at) for number, unit in enumerate(read, start=last_parked_id + 1)]
        behind = last_parked_id + len(rows)
        return rows + [
            ParkedRow(
                number, UNREAD, service, "", each.slot, each.epoch, each.sequence, "", ParkedReason.LOST, None, each.detail, b"{}", self.at,
                ParkedStatus.WAITING,
            )
            for number, each in enumerate(sorted(self.unread), start=behind + 1)
        ]  # fmt: skip


def lost_row(unit: RecordUnit, parked_id: int, at: datetime) -> ParkedRow:
    """A lost record of our own that was read back from the topic, or an echo of one."""
    row = bury(unit, None, parked_id, unit.source, ParkedReason.LOST, "lost by a restore; read back, or told by who heard it", at, None)
    return row._replace(what=LOST)


def phantoms_row(unit: AdoptUnit, position: Position, parked_id: int, at: datetime) -> ParkedRow:
    """What a consumer handled and its source has lost, settled by the operator who let the slot go on."""
    first, last = unit.fork_sequence + 1, position.sequence
    detail = f"records {first} to {last} of epoch {position.epoch} were handled here; the source was restored to before them"
    return ParkedRow(
        parked_id, PHANTOMS, unit.source, "", unit.slot, position.epoch, last, "", ParkedReason.LOST, None, detail, b"{}", at,
        ParkedStatus.DISCARDED,
    )  # fmt: skip
