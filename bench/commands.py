"""Concurrent commands over HTTP: `python -m bench.commands [--rounds 3] [--commands 12800] [--peer-commands 3200]`.

Sixty-four connections each send a command, wait for its answer, and send the next. Ours (`commands_ours.py`) decides what waits as one
group; the peer (`peers/one_transaction.py`) does one transaction for each. Both answer after the COMMIT, both store the answer under the
request's key, and both publish two records for each command with the same headers. The clock runs from the first command until the last
is answered and the last record is visible at the ends of the topic. Each has a process and a database of its own; the load comes from
this process, so that it costs both the same.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from time import monotonic

import msgspec
import psycopg
import uvloop
from psycopg import sql

from bench.commands_serving import Job, request_of
from bench.figure import Figure, beside, say, show
from bench.hop import Ends
from bench.hop_service import NAME
from bench.load import send
from bench.provided import database, provided
from bench.source import PARTITIONS, delete_topics
from chassis.runtime.topics import ensure_topic
from chassis.store.schema import migrate
from contracts.envelope import topic_of

MODULES = {"ours": "bench.commands_ours", "peer": "bench.peers.one_transaction"}
CONNECTIONS = 64
GOAL = 5.0
WARMING_COMMANDS = 640
READY_SECONDS = 60.0


async def measure(name: str, admin_dsn: str, bootstrap: str, count: int) -> float:
    """Commands a second of one server, on a new database and an empty topic."""
    topic = topic_of(NAME)
    await delete_topics(bootstrap, [topic])
    await ensure_topic(bootstrap, topic, PARTITIONS)
    with database(admin_dsn, f"commands_{name}") as dsn:
        with psycopg.connect(admin_dsn, autocommit=True) as connection:
            connection.execute(sql.SQL("GRANT pg_read_all_stats TO {}").format(sql.Identifier(f"commands_{name}")))
        migrate(dsn, NAME)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", MODULES[name], msgspec.json.encode(Job(dsn=dsn, bootstrap=bootstrap)).decode(),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            address = f"http://127.0.0.1:{await _told(process.stdout, b'serves'):.0f}"
            chains = [(request_of(number),) for number in range(WARMING_COMMANDS + count)]
            (await send(address, chains[:WARMING_COMMANDS], connections=CONNECTIONS)).expect(201)
            async with Ends(bootstrap, topic) as ends:
                await ends.reach(2 * WARMING_COMMANDS, monotonic() + READY_SECONDS, process)
                process.stdin.write(b"begin\n")
                sent = await send(address, chains[WARMING_COMMANDS:], connections=CONNECTIONS)
                sent.expect(201)
                published_at = await ends.reach(2 * len(chains), monotonic() + READY_SECONDS, process)
            process.stdin.close()
            used = await _told(process.stdout, b"used")
            async with asyncio.timeout(READY_SECONDS):
                assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        with psycopg.connect(dsn) as connection:
            found = connection.execute("SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM inbox)").fetchone()
        assert found == (2 * len(chains), len(chains)), f"{found} events and answers of {len(chains)} commands"
    rate = count / (max(sent.answered_at, published_at) - sent.began)
    own, asking = used / count * 1e6, sent.processor_seconds / count * 1e6
    say(f"{name:>5} {rate:>9,.0f} commands/s  {own:>6,.0f} µs of its own each, {asking:,.0f} µs to ask")
    return rate


async def _told(stdout: asyncio.StreamReader, word: bytes) -> float:
    """The number behind the next line that starts with a word; other lines are the server's log."""
    async with asyncio.timeout(READY_SECONDS):
        while line := await stdout.readline():
            if line.startswith(word + b" "):
                return float(line.split()[1])
    raise AssertionError(f"the server ended before it told what it {word.decode()}")


async def measure_all(bootstrap: str, admin_dsn: str, chosen: argparse.Namespace) -> list[Figure]:
    rates: dict[str, list[float]] = {name: [] for name in MODULES}
    counts = {"ours": chosen.commands, "peer": chosen.peer_commands}
    for number in range(chosen.rounds):
        say(f"round {number + 1} of {chosen.rounds}")
        for name in MODULES if number % 2 == 0 else reversed(MODULES):
            rates[name].append(await measure(name, admin_dsn, bootstrap, counts[name]))
    return [
        beside(
            "http-commands-over-one-transaction", rates["ours"], rates["peer"],
            peer="FastAPI and a transaction for each command", unit="commands/s", goal=GOAL,
        )
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.commands")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--commands", type=int, default=12_800)
    parser.add_argument("--peer-commands", type=int, default=3_200)
    chosen = parser.parse_args()
    with provided("kafka", "postgres") as (kafka, postgres), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        figures = runner.run(measure_all(kafka, postgres, chosen))
    show(figures)


if __name__ == "__main__":
    main()
