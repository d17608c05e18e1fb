"""Timers: deadlines kept in the same database as the events they belong to (docs/architecture.md).

A timer is set and cancelled in the saga's own transaction. Its id is the aggregate, its name and the aggregate's version when it
was set. A fire is a unit for the committer; its commit deletes exactly that row, and no row means fired or cancelled: the unit is
dropped. A timer that is set again at another version leaves the earlier one standing unless it is cancelled.
"""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

import msgspec


class Timer(msgspec.Struct, frozen=True):
    """A deadline of one aggregate. A subclass names its `NAME` and may add plain fields that the reaction needs."""

    NAME: ClassVar[str]
    stream_id: UUID
