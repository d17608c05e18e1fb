"""The hop beside the library's own runner: `python -m bench.runner [--rounds 3] [--records 20000] [--runner-records 2000]`.

Ours is measured as in `bench.hop`: a whole node, from Kafka through PostgreSQL to Kafka. The runner (`peers/eventsourcing_runner.py`)
follows a notification log on the same server and publishes nowhere, which is less work. Both open an aggregate with two events for each
message and commit the position with them; the rate is messages a second. The two take turns on databases of their own.
"""

from __future__ import annotations

import argparse
import asyncio
import sys

from bench.figure import Figure, beside, say, show
from bench.hop import Bench
from bench.provided import database, provided
from bench.source import StubFeed

GOAL = 5.0
SLOWEST_SECONDS = 120.0
DATABASE = "eventsourcing_runner"


async def run_peer(admin_dsn: str, count: int) -> float:
    """The runner's messages a second, on a new database and in a process of its own."""
    with database(admin_dsn, DATABASE) as dsn:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.peers.eventsourcing_runner", dsn, str(count), stdout=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(SLOWEST_SECONDS):
            output, _ = await process.communicate()
    assert process.returncode == 0, f"the runner ended with {process.returncode}"
    took, used, events = map(float, output.split()[-3:])
    assert events == 2 * count, f"{events:.0f} events where {2 * count} should be"
    say(f"runner fresh  {count / took:>9,.0f} messages/s  {used / count * 1e6:>6,.0f} µs of its own each")
    return count / took


async def measure_all(bootstrap: str, admin_dsn: str, chosen: argparse.Namespace) -> list[Figure]:
    theirs: list[float] = []
    async with StubFeed().served() as feed:
        bench = Bench(bootstrap, admin_dsn, feed)
        await bench.prepare(chosen.records, 0)
        for number in range(chosen.rounds):
            say(f"round {number + 1} of {chosen.rounds}")
            if number % 2 == 0:
                await bench.measure("ours", ["fresh"])
                theirs.append(await run_peer(admin_dsn, chosen.runner_records))
            else:
                theirs.append(await run_peer(admin_dsn, chosen.runner_records))
                await bench.measure("ours", ["fresh"])
        await bench.clear()
    ours = bench.rates["ours", "fresh"]
    return [beside("hop-fresh-over-runner", ours, theirs, peer="eventsourcing's NewMultiThreadedRunner", unit="messages/s", goal=GOAL)]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.runner")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--runner-records", type=int, default=2_000)
    chosen = parser.parse_args()
    with provided("kafka", "postgres") as (kafka, postgres):
        figures = asyncio.run(measure_all(kafka, postgres, chosen))
    show(figures)


if __name__ == "__main__":
    main()
