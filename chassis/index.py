"""Indexes: tables folded in the transaction of the events they follow, so decisions may rest on them (docs/architecture.md).

An index row is unique by (index, row id), belongs to a key, and is handed out per key in order of rank. `Index.fold` says, for one
event, which rows come and go; it is a pure function of the event and the aggregate right after it, so a rebuild from the log gives
the same table. The choice of a claim is recorded in the event, so replay needs no index.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar, NamedTuple


class Put(NamedTuple):
    """A new row. `data` is small text of the index's own making; the row's stream is the event's aggregate."""

    row_id: str
    key: str
    rank: int = 0
    data: str = ""


class Drop(NamedTuple):
    """The row goes; it must be there."""

    row_id: str


class Index(ABC):
    """A declared index; `events` lists the event classes it follows."""

    NAME: ClassVar[str]
    events: ClassVar[tuple[type[Any], ...]]

    @staticmethod
    @abstractmethod
    def fold(event: Any, aggregate: Any) -> Iterable[Put | Drop]:
        """The rows that come and go with this event."""
