"""Letting a connection arrive before it is given up.

Cancelling a Kafka client while it connects leaves its sockets open. So what connects runs to its end, within a limit, also when the
task that wanted it is cancelled; then the caller's own clean-up closes what has arrived.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

ARRIVAL_SECONDS = 10.0


async def uncut(arriving: Coroutine[Any, Any, T]) -> T:
    """The result; on cancellation it is awaited first (its own errors are then of no interest), and the cancellation goes on."""
    task = asyncio.ensure_future(arriving)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=ARRIVAL_SECONDS)
        if task.done() and not task.cancelled():
            task.exception()
        raise
