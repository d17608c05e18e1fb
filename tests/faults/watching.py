"""Following the order service's log while faults rage: how many cards were delivered, and which orders."""

from __future__ import annotations

import asyncio
import time

import msgspec
from psycopg.errors import UndefinedTable

from chassis.store.port import StoreAway
from chassis.store.postgres import PostgresStore
from tests.faults.house import House

POLL_SECONDS = 0.1
PAGE_EVENTS = 1_000


class Watch:
    """What was delivered so far; `run` keeps it up to date."""

    def __init__(self, house: House) -> None:
        self._store = PostgresStore(house.stage.servers.dsn_of("order"), "order", pool_size=1, wait_seconds=2.0)
        self._restored = house.restored
        self._restored_count = 0
        self._seen = 0
        self.delivered_at: dict[str, float] = {}
        """Order number → when its first card was seen as delivered, on the monotonic clock."""
        self.last_delivered_at = time.monotonic()
        self.longest_standstill_seconds = 0.0

    async def run(self) -> None:
        """Follow until cancelled."""
        try:
            while True:
                self._go_back()
                try:
                    page = await asyncio.to_thread(self._store.events_after, self._seen, PAGE_EVENTS)
                except (StoreAway, UndefinedTable):  # while a backup is put back its tables come one by one
                    page = []
                for row in page:
                    self._seen = row.log_id
                    if row.type is not None and row.type.split(".")[2] == "CardDelivered" and row.value is not None:
                        self._note(msgspec.json.decode(row.value)["order_number"])
                if len(page) < PAGE_EVENTS:
                    await asyncio.sleep(POLL_SECONDS)
        finally:
            await asyncio.to_thread(self._store.close)

    def _go_back(self) -> None:
        """After a restore the log goes on at an earlier event, with other events than those that were seen there."""
        for each in self._restored[self._restored_count :]:
            self._restored_count += 1
            if each.service == "order":
                self._seen = min(self._seen, each.kept_log_id)

    def _note(self, order_number: str) -> None:
        now = time.monotonic()
        self.delivered_at.setdefault(order_number, now)
        self.longest_standstill_seconds = max(self.longest_standstill_seconds, now - self.last_delivered_at)
        self.last_delivered_at = now
