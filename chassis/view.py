"""Views: documents for queries that follow the log and may be thrown away (docs/architecture.md).

A view has one document per row id. `row_id` says which document an event touches (None: none), `fold` gives the document
afterwards, with the key it is sorted by. Views are never decided on.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, NamedTuple


class Row(NamedTuple):
    """A document and its sort key (newest first is the greatest key first)."""

    sort_key: str
    document: dict[str, Any]


class View(ABC):
    """A declared view; `events` lists the event classes it follows. A fold that changes gets a new `NAME`: it is built from the log."""

    NAME: ClassVar[str]
    events: ClassVar[tuple[type[Any], ...]]

    @staticmethod
    @abstractmethod
    def row_id(event: Any) -> str | None: ...

    @staticmethod
    @abstractmethod
    def fold(event: Any, row: Row | None) -> Row | None:
        """The row after this event; None deletes it."""
