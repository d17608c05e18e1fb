"""Deadlines of inspections and steps of stops."""

from __future__ import annotations

from typing import ClassVar

from chassis.timer import Timer


class SampleDue(Timer, frozen=True):
    """The next sample of a batch. The aggregate is its inspection."""

    NAME: ClassVar[str] = "inventory.SampleDue"


class StopStep(Timer, frozen=True):
    """The next cards of a batch that was stopped, released or withdrawn. Due at once; the aggregate is the batch.

    `decision`: its `decision_count` when it was decided; a later decision's steps overtake this one's. `place`: which of its chunks.
    """

    NAME: ClassVar[str] = "inventory.StopStep"
    decision: int
    place: int
