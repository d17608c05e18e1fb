"""Views follow the log: the follower reads events after a view's position, folds them, and writes rows and position together.

Folding twice is harmless: the position moves from the one that was read, or not at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from chassis.desk import Store
from chassis.service import Service
from chassis.store.port import StoreAway
from chassis.view import Row, View

PAGE_EVENTS = 500
POLL_SECONDS = 1.0


def fold_page(service: Service, store: Store, view: type[View]) -> int:
    """Fold the next page of the log into a view; how many events were read. Raises StoreAway."""
    name = view.NAME
    seen = store.view_position(name)
    page = store.events_after(seen, PAGE_EVENTS)
    if not page:
        return 0
    rows: dict[str, Row | None] = {}
    topics = {event.TOPIC for event in view.events}
    for stored in page:
        if stored.topic.partition("@")[0] not in topics:
            continue
        event = service.codec.decode(stored)
        row_id = view.row_id(event)
        if row_id is None:
            continue
        if row_id not in rows:
            rows[row_id] = _row(store.view_row(name, row_id))
        rows[row_id] = view.fold(event, rows[row_id])
    puts = {row_id: None if row is None else (row.sort_key, msgspec.json.encode(row.document)) for row_id, row in rows.items()}
    store.fold_view(name, seen, page[-1].log_id, puts)
    return len(page)


def _row(entry: tuple[str, bytes] | None) -> Row | None:
    return None if entry is None else Row(entry[0], msgspec.json.decode(entry[1]))


def _nothing() -> None:
    """Until somebody wants to hear of new advice."""


class ViewFollower:
    """Keeps all views of a service level with its log while `run` runs."""

    def __init__(self, service: Service, store: Store) -> None:
        self._service = service
        self._store = store
        self._wake = asyncio.Event()
        self.advice: dict[str, Any] = {}
        self.on_advice: Callable[[], None] = _nothing
        self.advanced_at: datetime | None = None

    def wake(self) -> None:
        """The log has grown; called from the event loop."""
        self._wake.set()

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            try:
                read = await asyncio.to_thread(self.turn)
            except StoreAway:
                read = 0
            self.advanced_at = datetime.now(UTC)
            if read == 0:
                self._wake.clear()
                try:
                    await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)
                except TimeoutError:
                    continue
            else:
                # Views may lag; the writer may not. Gather a little before the next page.
                await asyncio.sleep(0.02)

    def turn(self) -> int:
        """One page of each view, then the advice read from them; how many events were read."""
        read = sum(fold_page(self._service, self._store, view) for view in self._service.views)
        if read or not self.advice:
            self.advice = {name: reading(self._store) for name, reading in self._service.advice.items()}
            self.on_advice()
        return read
