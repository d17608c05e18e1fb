"""Drills that wait for their moment: a writer frozen in the middle of a transaction, or of a purchase; a purchase cut off by a kill.

A writer that is frozen in a transaction must be replaced by its stand-by, and that transaction must never be committed, also not when the
process goes on: the drill notes its number, and the judges ask PostgreSQL what became of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from sandbox.behaviour.faults import SupplierFaults
from tests.faults.aiming import COPY, TRANSACTION, Aim, Stopped
from tests.faults.attempts import Version
from tests.faults.drill import Drill, Hit, Trial
from tests.faults.drills_on_processes import FROZEN_SECONDS
from tests.faults.house import POSTGRES, SUPPLIER
from tests.faults.paired import STAND_BY

AIM_SECONDS = 15.0
TAKEOVER_WITHIN_SECONDS = 20.0
READY_WITHIN_SECONDS = 30.0
PAST_THE_DEADLINE_SECONDS = (10.5, 12.5)
"""Longer than an attempt to buy may take (8 s) and the margin after it (2 s): meanwhile the stand-by finds out and buys anew."""
PURCHASE_WITHIN_SECONDS = 10.0
TROUBLE_SECONDS = (3.0, 20.0)
SUPPLIER_TROUBLES, IN_VAIN = "supplier in trouble", "aimed in vain"
TROUBLES = (
    SupplierFaults(is_answer_lost=True),
    SupplierFaults(is_failing_after_success=True),
    SupplierFaults(is_down=True),
    SupplierFaults(slow_seconds=4.0),
    SupplierFaults(late_seconds=6.0),
    SupplierFaults(is_denying_orders=True),
    SupplierFaults(is_denying_orders=True, is_ordering_twice=True),
)


async def freeze_in_copy(trial: Trial) -> None:
    await _freeze_in_transaction(trial, COPY)


async def freeze_in_commit(trial: Trial) -> None:
    await _freeze_in_transaction(trial, TRANSACTION)


async def _freeze_in_transaction(trial: Trial, wanted: str) -> None:
    house, service = trial.house, trial.service()
    async with house.hands_on(service, POSTGRES):
        await _until_both_are_ready(trial, service)
        async with _rush(trial):
            stopped = await asyncio.to_thread(_shoot, trial, service, wanted)
        if stopped is None:
            trial.counts[IN_VAIN] += 1
            return
        began = time.monotonic()
        try:
            has_successor = await _until_replaced(trial, service, stopped.name)
            takeover_seconds = time.monotonic() - began
            await asyncio.sleep(max(0.0, trial.chance.uniform(*FROZEN_SECONDS) - takeover_seconds))
        finally:
            house.theatre.resume(stopped.name)
        trial.counts[f"frozen in: {stopped.what}"] += 1
        trial.hits.append(Hit(service, stopped.what, stopped.transaction_id, has_successor, takeover_seconds))


def _shoot(trial: Trial, service: str, wanted: str) -> Stopped | None:
    with Aim(trial.house, service) as aim:
        return aim.shoot(wanted, AIM_SECONDS)


async def freeze_purchase(trial: Trial) -> None:
    """Stop inventory's writer when an attempt to buy was just committed as started, until the attempt is long past its deadline."""
    house = trial.house
    async with house.hands_on("inventory", POSTGRES):
        await _until_both_are_ready(trial, "inventory")
        caught = await asyncio.to_thread(_stop_at_start, trial)
        if caught is None:
            trial.counts[IN_VAIN] += 1
            return
        name, start = caught
        try:
            await asyncio.sleep(0.5)
            is_sent = any(call.is_order and call.number == start.key and call.at > start.at for call in house.heard)
            trial.counts["frozen in: purchase, " + ("sent" if is_sent else "unsent")] += 1
            await asyncio.sleep(trial.chance.uniform(*PAST_THE_DEADLINE_SECONDS))
        finally:
            house.theatre.resume(name)


def _stop_at_start(trial: Trial) -> tuple[str, Version] | None:
    deadline = time.monotonic() + PURCHASE_WITHIN_SECONDS
    with Aim(trial.house, "inventory") as aim:
        before = aim.latest_start()
        name, _ = aim.writer()
        while name is not None and time.monotonic() < deadline:
            start = aim.latest_start()
            if start is not None and start != before:
                trial.house.theatre.pause(name)
                return name, start
    return None


async def kill_purchase(trial: Trial) -> None:
    """Kill inventory's writer just when a supplier, which has begun to make trouble, hears an order."""
    house, chance = trial.house, trial.chance
    trouble, seconds = chance.choice(TROUBLES), chance.uniform(*TROUBLE_SECONDS)
    async with house.hands_on("inventory"):
        name = await asyncio.to_thread(house.writer_of, "inventory") or "inventory"
        heard = len(house.heard)
        trial.counts[SUPPLIER_TROUBLES] += 1
        await house.sandbox.set_faults(SUPPLIER, trouble, until=datetime.now(UTC) + timedelta(seconds=seconds))
        deadline = time.monotonic() + min(seconds, PURCHASE_WITHIN_SECONDS)
        while time.monotonic() < deadline:
            if len(house.heard) > heard:
                break
            await asyncio.sleep(0.002)
        await house.theatre.kill(name)
        await asyncio.sleep(chance.choice((0.0, 1.0)))
        house.theatre.start(name)


@asynccontextmanager
async def _rush(trial: Trial) -> AsyncIterator[None]:
    """Buyers and fresh stock come in waves meanwhile, or no group would ever be large enough for a COPY."""

    async def waves() -> None:
        while True:
            await trial.buyers.rush()

    rushing = asyncio.create_task(waves())
    try:
        yield
    finally:
        rushing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await rushing


async def _until_both_are_ready(trial: Trial, service: str) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    for name in (service, service + STAND_BY):
        while time.monotonic() < deadline:
            if await trial.house.theatre.is_ready(name):
                break
            await asyncio.sleep(0.1)


async def _until_replaced(trial: Trial, service: str, name: str) -> bool:
    deadline = time.monotonic() + TAKEOVER_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if await asyncio.to_thread(trial.house.writer_of, service) not in (None, name):
            return True
        await asyncio.sleep(0.1)
    return False


DRILLS = (
    Drill("writer frozen in a COPY", "freeze", 9, freeze_in_copy),
    Drill("writer frozen in a commit", "freeze", 8, freeze_in_commit),
    Drill("writer frozen as it begins to buy", "freeze", 4, freeze_purchase),
    Drill("kill -9 in a purchase at a bad supplier", "kill", 8, kill_purchase),
)
