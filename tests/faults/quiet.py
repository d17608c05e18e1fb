"""Waiting until a house is quiet: nothing under way, nothing overdue, every reader level, and the logs stand still."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from chassis.store.port import StoreAway
from chassis.store.postgres import PostgresStore
from chassis.store.rows import IntentStatus
from redress.composition import SERVICES
from tests.faults.house import House

QUIET_WITHIN_SECONDS = 240.0
STILL_SECONDS = 3.0
PATIENCE_WITH_TIMERS = timedelta(seconds=5)
OPEN = (IntentStatus.PENDING, IntentStatus.STARTED, IntentStatus.UNKNOWN)


async def until_quiet(house: House) -> list[str]:
    """Wait until nothing is under way and both logs stand still; what was still under way when patience ended."""
    deadline, still_since, before, busy = time.monotonic() + QUIET_WITHIN_SECONDS, time.monotonic(), [-1], ["not looked at"]
    stores = house.stores()
    try:
        while time.monotonic() < deadline:
            try:
                now = [await asyncio.to_thread(store.last_log_id) for store in stores.values()]
                busy = [each for name, store in stores.items() for each in await asyncio.to_thread(_under_way, stores, name, store)]
                providers = house.sandbox.sandbox.providers.items()
                busy += [f"{name} has notices to repeat" for name, each in providers if each.next_due_at() is not None]
            except StoreAway:
                now, busy = [-1], ["a store is away"]
            if now != before or busy:
                still_since, before = time.monotonic(), now
            elif time.monotonic() - still_since > STILL_SECONDS:
                return []
            await asyncio.sleep(0.3)
    finally:
        for store in stores.values():
            store.close()
    return busy or ["the logs do not stand still"]


def _under_way(stores: dict[str, PostgresStore], name: str, store: PostgresStore) -> Iterable[str]:
    intents = store.intents(OPEN, 5)
    if intents:
        yield f"{name}: intents are open: " + ", ".join(f"{each.key} ({each.status})" for each in intents)
    overdue = store.due_timers(datetime.now(UTC) - PATIENCE_WITH_TIMERS, 5)
    if overdue:
        yield f"{name}: timers are overdue: " + ", ".join(str(each.key) for each in overdue)
    if store.relayed() < store.last_log_id():
        yield f"{name}: relayed {store.relayed()} of {store.last_log_id()}"
    for view in SERVICES[name].views:
        if store.view_position(view.NAME) < store.last_log_id():
            yield f"{name}: view {view.NAME} stands at {store.view_position(view.NAME)} of {store.last_log_id()}"
    for source in SERVICES[name].sources:
        reached = {slot: position.sequence for (of, slot), position in store.positions().items() if of == source}
        behind = [slot for slot, head in enumerate(stores[source].slot_heads()[1]) if reached.get(slot, 0) < head]
        if behind:
            yield f"{name}: {len(behind)} slots of {source} are behind: {behind[:5]}"
