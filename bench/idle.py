"""What a service costs that has nothing to do: `python -m bench.idle [--seconds 20] [--windows 3]`.

Every service runs in a process of its own, as `redress run` starts it, on real Kafka, PostgreSQL and Redis, and nobody asks for anything.
After a while to settle, each window looks at the processor time of the processes (their own and the kernel's for them, as Linux counts
it in `/proc/<pid>/stat`) over the clock. `idle-cpu-percent` is that share of one core, of the busier service; `idle-memory-mib` the
resident memory at the end of a window, of the larger one.

Asked for is less than one percent; the memory is to be stated, and its bound is what a small machine can spare for each service.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from pathlib import Path
from typing import Any

from bench.figure import alone, say, show
from bench.provided import databases, provided
from chassis.secret import Secret
from redress.composition import SERVICES
from redress.demo.theatre import Theatre, own_stage
from redress.settings import RedressSettings

SETTLE_SECONDS = 15.0
GOAL_PERCENT = 1.0
GOAL_MEBIBYTES = 256.0

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


class QuietTheatre(Theatre):
    """Children that are told their servers in the settings file, so that nothing of this process's environment is needed."""

    servers: dict[str, Any] = {}  # noqa: RUF012 - set once, before the only stage of this process is made

    def settings_content(self, sandbox: Any) -> dict[str, Any]:
        return super().settings_content(sandbox) | self.servers


def processor_seconds(pid: int) -> float:
    """What the process has used, in its own code and in the kernel's for it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND


def resident_mebibytes(pid: int) -> float:
    """The memory of the process that is in the machine's."""
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


async def measure(settings: RedressSettings, seconds: float, windows: int) -> tuple[list[float], list[float]]:
    """Percent of a core and mebibytes, of the busiest and the largest service, by window."""
    shares: list[float] = []
    sizes: list[float] = []
    async with own_stage(settings, has_processes=True, time_factor=1.0, kind=QuietTheatre) as (_, theatre):
        pids = {name: child.pid for name, child in theatre.children.items()}
        say(f"{', '.join(f'{name} is process {pid}' for name, pid in pids.items())}; settling for {SETTLE_SECONDS:.0f} s")
        await asyncio.sleep(SETTLE_SECONDS)
        for number in range(windows):
            began, before = time.monotonic(), {name: processor_seconds(pid) for name, pid in pids.items()}
            await asyncio.sleep(seconds)
            elapsed = time.monotonic() - began
            used = {name: 100 * (processor_seconds(pid) - before[name]) / elapsed for name, pid in pids.items()}
            memory = {name: resident_mebibytes(pid) for name, pid in pids.items()}
            told = ", ".join(f"{name} {used[name]:.2f} % and {memory[name]:.0f} MiB" for name in pids)
            say(f"window {number + 1} of {windows}: {told}")
            shares.append(max(used.values()))
            sizes.append(max(memory.values()))
    return shares, sizes


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.idle")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--windows", type=int, default=3)
    chosen = parser.parse_args()
    with provided("kafka", "postgres", "redis") as (kafka, postgres, redis), databases(postgres, "idle", SERVICES) as dsn:
        QuietTheatre.servers = {"postgres_dsn": dsn, "kafka_bootstrap": kafka, "redis_url": redis}
        settings = RedressSettings(postgres_dsn=Secret(dsn), kafka_bootstrap=kafka, redis_url=Secret(redis))
        shares, sizes = asyncio.run(measure(settings, chosen.seconds, chosen.windows))
    show(
        [
            alone("idle-cpu-percent", shares, unit="% of a core", goal=GOAL_PERCENT, bound="at most"),
            alone("idle-memory-mib", sizes, unit="MiB", goal=GOAL_MEBIBYTES, bound="at most"),
        ]
    )


if __name__ == "__main__":
    main()
