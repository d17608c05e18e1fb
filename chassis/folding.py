"""Folding a log: into its indexes anew, and into its views page by page.

`IndexesAnew` gives the aggregates and index rows that a log leads to, for comparing them with the live tables. `fold_page` carries one
view forward from its position. Several processes may follow one view: rows are folded only when the position has not moved since they
were read, and written only when it has not moved since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol
from uuid import UUID

import msgspec

from chassis.index import Put
from chassis.service import Service
from chassis.store.port import ViewStore
from chassis.store.rows import EventRow, IndexRow
from chassis.view import Row, View

PAGE_EVENTS = 2_000


class Log(Protocol):
    """Where events are read from."""

    def events_after(self, log_id: int, limit: int) -> list[EventRow]: ...


class ViewedLog(Log, ViewStore, Protocol):
    """A log together with the views that follow it."""


class IndexesAnew:
    """Aggregates and index rows of a service, as its log gives them up to `log_id`."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.log_id = 0
        self.rows: dict[tuple[str, str], IndexRow] = {}
        """(index, row id) → row."""
        self.breaches: list[str] = []
        """Rows that were put twice or dropped though they were not there."""
        self._aggregates: dict[UUID, Any] = {}

    def follow(self, log: Log) -> None:
        """Read what the log has got since."""
        while page := log.events_after(self.log_id, PAGE_EVENTS):
            for row in page:
                self._take(row)
            self.log_id = page[-1].log_id

    def of(self, index: str) -> dict[str, IndexRow]:
        """The rows of one index by row id."""
        return {row_id: row for (name, row_id), row in self.rows.items() if name == index}

    def _take(self, stored: EventRow) -> None:
        event = self.service.codec.decode(stored)
        aggregate = self._aggregates[stored.stream_id] = event.mutate(self._aggregates.get(stored.stream_id))
        for index in self.service.indexes_of[type(event)]:
            for change in index.fold(event, aggregate):
                key = (index.NAME, change.row_id)
                if (key in self.rows) == isinstance(change, Put):
                    self.breaches.append(f"index {index.NAME}: {type(change).__name__.lower()} of {change.row_id} at {stored.log_id}")
                if isinstance(change, Put):
                    self.rows[key] = IndexRow(index.NAME, change.row_id, change.key, change.rank, stored.stream_id, change.data)
                else:
                    self.rows.pop(key, None)


def fold_page(service: Service, store: ViewedLog, view: type[View], pages: dict[int, list[EventRow]] | None = None) -> int:
    """Fold the next page of the log into a view; how many events were read. Raises StoreAway.

    `pages` keeps what was read, by where it begins, for the next view that has got as far.
    """
    seen = store.view_position(view.NAME)
    page = None if pages is None else pages.get(seen)
    if page is None:
        page = store.events_after(seen, PAGE_EVENTS)
        if pages is not None:
            pages[seen] = page
    if not page:
        return 0
    touched = _touched(service, view, page)
    found = store.view_rows_of(view.NAME, {row_id for _, row_id in touched})
    if store.view_position(view.NAME) != seen:
        return len(page)  # another process folded this page meanwhile: the rows may be ahead of it, and a fold need not bear that
    rows = _folded(view, touched, lambda row_id: _row(found.get(row_id)))
    puts = {row_id: None if row is None else (row.sort_key, msgspec.json.encode(row.document)) for row_id, row in rows.items()}
    store.fold_view(view.NAME, seen, page[-1].log_id, puts)
    return len(page)


def fold_view(
    service: Service, view: type[View], events: Iterable[EventRow], row_before: Callable[[str], Row | None]
) -> dict[str, Row | None]:
    """The rows of a view that these events touch, as they are afterwards (None: deleted)."""
    return _folded(view, _touched(service, view, events), row_before)


def _touched(service: Service, view: type[View], events: Iterable[EventRow]) -> list[tuple[Any, str]]:
    """The events that a view follows, decoded, each with the row it is about."""
    topics = {event.TOPIC for event in view.events}
    followed = (service.codec.decode(stored) for stored in events if stored.topic.partition("@")[0] in topics)
    return [(event, row_id) for event in followed if (row_id := view.row_id(event)) is not None]


def _folded(view: type[View], touched: Iterable[tuple[Any, str]], row_before: Callable[[str], Row | None]) -> dict[str, Row | None]:
    rows: dict[str, Row | None] = {}
    for event, row_id in touched:
        if row_id not in rows:
            rows[row_id] = row_before(row_id)
        rows[row_id] = view.fold(event, rows[row_id])
    return rows


def _row(entry: tuple[str, bytes] | None) -> Row | None:
    return None if entry is None else Row(entry[0], msgspec.json.decode(entry[1]))
