"""Drills on the services' own processes: killed and frozen, whatever they are doing just then."""

from __future__ import annotations

import asyncio

from tests.faults.drill import Drill, Trial
from tests.faults.paired import STAND_BY

FROZEN_SECONDS = (4.5, 7.0)
"""Longer than the session limit of 4 s."""


async def _child(trial: Trial, service: str, *, is_writer: bool) -> str:
    writer = await asyncio.to_thread(trial.house.writer_of, service) or service
    if is_writer:
        return writer
    return service + STAND_BY if writer == service else service


async def _kill(trial: Trial, *, is_writer: bool, pause_seconds: float) -> None:
    service = trial.service()
    async with trial.house.hands_on(service):
        name = await _child(trial, service, is_writer=is_writer)
        await trial.house.theatre.kill(name)
        await asyncio.sleep(pause_seconds)
        trial.house.theatre.start(name)


async def kill_writer(trial: Trial) -> None:
    await _kill(trial, is_writer=True, pause_seconds=trial.chance.choice((0.0, 1.0, 3.0)))


async def kill_stand_by(trial: Trial) -> None:
    await _kill(trial, is_writer=False, pause_seconds=0.0)


async def kill_both(trial: Trial) -> None:
    service = trial.service()
    async with trial.house.hands_on(service):
        for name in (service, service + STAND_BY):
            await trial.house.theatre.kill(name)
        for name in (service, service + STAND_BY):
            trial.house.theatre.start(name)


async def _freeze(trial: Trial, *, is_writer: bool) -> None:
    service = trial.service()
    async with trial.house.hands_on(service):
        name = await _child(trial, service, is_writer=is_writer)
        trial.house.theatre.pause(name)
        await asyncio.sleep(trial.chance.uniform(*FROZEN_SECONDS))
        trial.house.theatre.resume(name)


async def freeze_writer(trial: Trial) -> None:
    await _freeze(trial, is_writer=True)


async def freeze_stand_by(trial: Trial) -> None:
    await _freeze(trial, is_writer=False)


DRILLS = (
    Drill("kill -9 of a writer", "kill", 26, kill_writer),
    Drill("kill -9 of a stand-by", "kill", 10, kill_stand_by),
    Drill("kill -9 of both processes of a service", "kill", 6, kill_both),
    Drill("writer frozen", "freeze", 18, freeze_writer),
    Drill("stand-by frozen", "freeze", 6, freeze_stand_by),
)
