"""Intake: what to do with a record, as a pure function of the position, the record's numbers and the source's forks.

A position is (epoch, sequence) of the last handled record of (source, slot). The next number is handled, a lower or equal one is a
duplicate, a higher one is a gap: the slot's records from Kafka are dropped until the feed has filled it.

Another epoch follows from a restore of the source, which kept the records up to its *fork* and numbers on from there. Records up to
the fork keep their old epoch, so a consumer behind the fork first reads on in its own epoch:

- a higher epoch, our position at the fork of our next epoch: adopt that epoch, and judge again;
- a higher epoch, our position before that fork (or the fork not known yet): a gap;
- a higher epoch, our position beyond it: we handled records that the source no longer has (phantoms): stop the slot and alarm;
- a lower epoch and a number we have handled: a duplicate; a higher number: the source was put back without a new epoch, alarm.
"""

from __future__ import annotations

from enum import Enum

from chassis.store.rows import Position


class Verdict(Enum):
    """What a record is to a consumer."""

    NEXT = "next"
    DUPLICATE = "duplicate"
    GAP = "gap"
    ADOPT = "adopt"
    PHANTOM = "phantom"
    LOWER_EPOCH = "lower epoch"


ORIGIN = Position(1, 0)


def judge(position: Position, epoch: int, sequence: int, next_fork: int | None = None) -> Verdict:
    """The verdict on record (epoch, sequence) at `position`; `next_fork` is the fork of epoch `position.epoch + 1`, where known."""
    if epoch == position.epoch:
        if sequence == position.sequence + 1:
            return Verdict.NEXT
        return Verdict.DUPLICATE if sequence <= position.sequence else Verdict.GAP
    if epoch < position.epoch:
        return Verdict.DUPLICATE if sequence <= position.sequence else Verdict.LOWER_EPOCH
    if next_fork is None or position.sequence < next_fork:
        return Verdict.GAP
    return Verdict.ADOPT if position.sequence == next_fork else Verdict.PHANTOM
