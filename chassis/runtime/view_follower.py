"""Views follow the log of their service, woken by each commit; the advice that is read from them follows the views.

Where nobody wakes it (on a stand-by, or after a commit whose wake-up was lost) the slow poll asks for the end of the log alone, while that
is where all views were found level. Every so often their own positions are looked at all the same: a view may have been dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from chassis.desk import Store
from chassis.folding import PAGE_EVENTS, fold_page
from chassis.service import Service
from chassis.store.port import StoreAway
from chassis.store.rows import EventRow

POLL_SECONDS = 1.0
GATHER_SECONDS = 0.05
REST_SHARE = 3.0
"""Level views rest so many times as long as they worked, so that a quarter of the time is theirs at most: under load pages grow
instead, and a row that several events of a page touch is read and written once.
"""
LONGEST_REST_SECONDS = 1.0
LOOKS_AT_THE_END = 30
"""So many looks in a row may trust that the views are where they were."""


def _nothing() -> None:
    """Until somebody wants to hear of new advice."""


class ViewFollower:
    """Keeps all views of a service level with its log while `run` runs."""

    def __init__(self, service: Service, store: Store) -> None:
        self._service = service
        self._store = store
        self._wake = asyncio.Event()
        self._level_at = -1
        """The end of the log that all views have reached; -1: not known."""
        self._has_more = False
        """A page was full: what is read next was there already."""
        self._looks = 0
        self.advice: dict[str, Any] = {}
        self.on_advice: Callable[[], None] = _nothing
        self.advanced_at: datetime | None = None

    def wake(self) -> None:
        """The log has grown; called from the event loop."""
        self._wake.set()

    async def run(self) -> None:
        """Follow until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                read = await asyncio.to_thread(self.turn)
            except StoreAway:
                read = 0
            took = loop.time() - began
            self.advanced_at = datetime.now(UTC)
            if read == 0:
                self._wake.clear()
                try:
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._wake.wait()
                except TimeoutError:
                    continue
            # Views may lag; the writer may not. Gather before the next page, and let go out what was just committed.
            rest = GATHER_SECONDS if self._has_more else max(GATHER_SECONDS, min(REST_SHARE * took, LONGEST_REST_SECONDS))
            await asyncio.sleep(rest)

    def turn(self) -> int:
        """One page of each view, then the advice read from them; how many events were read."""
        end = self._store.last_log_id()
        self._looks += 1
        is_level = end == self._level_at and self._looks % LOOKS_AT_THE_END > 0
        pages: dict[int, list[EventRow]] = {}
        counts = [] if is_level else [fold_page(self._service, self._store, view, pages) for view in self._service.views]
        read = sum(counts)
        # A page that was not full reached the end as it was before, or further.
        self._has_more = max(counts, default=0) == PAGE_EVENTS
        self._level_at = -1 if self._has_more else end
        if read or not self.advice:
            self.advice = {name: reading(self._store) for name, reading in self._service.advice.items()}
            self.on_advice()
        return read
