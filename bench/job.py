"""What a measured process is told, and what it tells: one process per peer and round, so that none inherits another's heap.

The process gets its job as JSON in its first argument, prints `ready` once all its connections are open, waits for a line, prints
`began <monotonic seconds>` when it then asks for or handles its first record, goes on until its standard input ends, prints
`used <seconds>` of its own processor time since it began, and exits. The clock of the end is not its own: the command watches the ends
of the output topic.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
import uvloop


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement: consume the first `count` records of `source_topic`, which has as many, publish to `topic`."""

    half: str
    """fresh: every record opens an aggregate. stored: every record names one with history."""
    dsn: str
    bootstrap: str
    source_topic: str
    topic: str
    count: int
    feed_address: str = ""


_processor_seconds_before: list[float] = []


async def until_told_to_begin() -> None:
    """Say that all is ready, and wait for the line."""
    print("ready 0", flush=True)
    await asyncio.to_thread(sys.stdin.readline)


def say_began() -> None:
    """Start the clock."""
    _processor_seconds_before.append(time.process_time())
    print(f"began {time.monotonic()}", flush=True)


async def until_told_to_stop() -> None:
    """Wait for the end of standard input, and say what was used."""
    await asyncio.to_thread(sys.stdin.read)
    print(f"used {time.process_time() - _processor_seconds_before[0]}", flush=True)


def run(measured: Callable[[Job], Coroutine[Any, Any, None]]) -> None:
    """Run a peer's `main(job)` on uvloop, as each of them does."""
    job = msgspec.json.decode(sys.argv[1], type=Job)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(measured(job))
