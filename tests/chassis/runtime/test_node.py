"""A node's parts: one that fails starts anew, and one that is cancelled ends, also where it fails meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from chassis.runtime.node import Node


class Failing:
    """A part of a child that waits, and fails while it is being cancelled."""

    def __init__(self) -> None:
        self.runs = 0
        self.is_waiting = asyncio.Event()

    async def run(self) -> None:
        self.runs += 1
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._wait())

    async def _wait(self) -> None:
        self.is_waiting.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise ConnectionError("closed under it")


async def test_a_part_that_fails_while_it_is_cancelled_ends() -> None:
    part = Failing()
    task = asyncio.create_task(Node._keep_running(None, part))  # type: ignore[arg-type]
    await part.is_waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(10.0):
            await task
    assert part.runs == 1
