"""The deadline of a claim."""

from __future__ import annotations

from typing import ClassVar

from chassis.timer import Timer


class ClaimOver(Timer, frozen=True):
    """A person claimed the need and has not delivered it. The aggregate is the need."""

    NAME: ClassVar[str] = "inventory.ClaimOver"
