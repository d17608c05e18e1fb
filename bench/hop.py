"""One hop beside two peers: consume one record → two events and the position → publish two records (`make bench-hop`).

    python -m bench.hop [--rounds 3] [--records 40000] [--naive-records 1000] [--only ours|raw|naive …]

On real Kafka and PostgreSQL (found or started by `tests.servers`). Every record is in Kafka before the clock starts; it runs from the
first consume until the last published record is visible at the ends of the output topic. In each round the peers take turns, each in a
process and on a database of its own, and the ratios are taken within the round; reported is their median, with the lowest and highest.

`of-raw` is our rate as a part of what the same machine does with no logic at all (`peers/raw.py`); `over-naive` is how many times the
obvious program's (`peers/naive.py`); *fresh* means that each record opens an aggregate, *stored* that it loads one that is not cached.
After the lines of `figure.py` come two more as JSON, with all that was measured: `hop-stored`, then `hop`. Progress goes to standard error.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import msgspec
import psycopg
from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.figure import Figure, beside, say, show
from bench.hop_service import NAME, SOURCES
from bench.job import Job
from bench.source import PARTITIONS, StubFeed, delete_topics, publish_log
from chassis.runtime.topics import ensure_topic
from chassis.store.schema import migrate
from contracts.envelope import SLOT_COUNT, topic_of
from tests.servers.databases import drop_database, make_database
from tests.servers.kafka_jars import CACHE
from tests.servers.provision import KINDS, provide

MODULES = {"ours": "bench.ours", "raw": "bench.peers.raw", "naive": "bench.peers.naive"}
SLOWEST_SECONDS = 180.0
LOOK_SECONDS = 0.01


@dataclass(slots=True)
class Log:
    """A prepared source topic."""

    topic: str
    count: int
    heads: list[int]


@dataclass(slots=True)
class Bench:
    """The servers, the prepared logs by (peer, half), and the rates measured so far."""

    bootstrap: str
    admin_dsn: str
    feed: StubFeed
    logs: dict[tuple[str, str], Log] = field(default_factory=dict)
    rates: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    """Messages a second."""
    costs: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    """Processor seconds of the peer's own process a message: the servers' are not in it."""

    async def prepare(self, records: int, naive_records: int) -> None:
        """Fill the topics: ours and raw read the sources' own, naive short ones of the same records."""
        await self.clear()
        for half, source in SOURCES.items():
            topic = topic_of(source)
            log = Log(topic, records, await publish_log(self.bootstrap, topic, half, records))
            self.logs["ours", half] = self.logs["raw", half] = log
            short = f"{topic}.short"
            self.logs["naive", half] = Log(short, naive_records, await publish_log(self.bootstrap, short, half, naive_records))

    async def clear(self) -> None:
        """Leave no topic of ours on the broker."""
        topics = [topic_of(name) for name in (*SOURCES.values(), NAME)]
        await delete_topics(self.bootstrap, [*topics, *(f"{topic}.short" for topic in topics)])

    async def measure(self, peer: str, halves: list[str]) -> None:
        """The halves in order on one new database, each in a new process; adds their rates, in messages a second."""
        database = f"hop_{peer}"
        self.feed.heads = {source: [0] * SLOT_COUNT for source in SOURCES.values()}
        drop_database(self.admin_dsn, database)
        dsn = make_database(self.admin_dsn, database)
        try:
            with psycopg.connect(self.admin_dsn, autocommit=True, dbname=database) as connection:
                connection.execute(f"GRANT pg_read_all_stats TO {database}")
            if peer != "naive":
                migrate(dsn, NAME)
            for half in halves:
                seconds, processor_seconds = await self._run(peer, half, dsn)
                count = self.logs[peer, half].count
                self.rates.setdefault((peer, half), []).append(count / seconds)
                self.costs.setdefault((peer, half), []).append(processor_seconds / count)
                say(f"{peer:>6} {half:<6} {count / seconds:>9,.0f} messages/s  {processor_seconds / count * 1e6:>6,.0f} µs of its own each")
            if peer != "naive":
                _check_events(dsn, sum(2 * self.logs[peer, half].count for half in halves))
        finally:
            drop_database(self.admin_dsn, database)

    async def _run(self, peer: str, half: str, dsn: str) -> tuple[float, float]:
        log, source = self.logs[peer, half], SOURCES[half]
        topic = topic_of(NAME)
        await ensure_topic(self.bootstrap, topic, PARTITIONS)
        job = Job(
            half=half, dsn=dsn, bootstrap=self.bootstrap, source_topic=log.topic, topic=topic, count=log.count,
            feed_address=self.feed.address,
        )  # fmt: skip
        self.feed.asked_for_records = 0
        async with Ends(self.bootstrap, topic) as ends:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", MODULES[peer], msgspec.json.encode(job).decode(),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            assert process.stdout is not None
            assert process.stdin is not None
            try:
                await _told(process.stdout, b"ready")
                target = await ends.total() + 2 * log.count
                process.stdin.write(b"begin\n")
                began = await _told(process.stdout, b"began")
                self.feed.heads[source] = log.heads
                ended = await ends.reach(target, began + SLOWEST_SECONDS, process)
                process.stdin.close()
                used = await _told(process.stdout, b"used")
                code = await asyncio.wait_for(process.wait(), 60.0)
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        assert code == 0, f"{peer} ended with {code}"
        assert not self.feed.asked_for_records, "records came over the feed: this was no hop over Kafka"
        return ended - began, used


class Ends:
    """How many records a topic has had, by the ends of its partitions."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
        self._places = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]

    async def __aenter__(self) -> Ends:
        await self._consumer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def total(self) -> int:
        return sum((await self._consumer.end_offsets(self._places)).values())

    async def reach(self, target: int, deadline: float, process: asyncio.subprocess.Process) -> float:
        """The monotonic time when so many are visible."""
        while True:
            total = await self.total()
            now = monotonic()
            assert total <= target, f"{total - target} records more than there should be"
            if total == target:
                return now
            assert process.returncode is None, f"the peer ended with {process.returncode}"
            assert now < deadline, f"{target - total} records are missing"
            await asyncio.sleep(LOOK_SECONDS)


async def _told(stdout: asyncio.StreamReader, word: bytes) -> float:
    """The number behind the next line that starts with a word; other lines are the peer's log."""
    while True:
        line = await asyncio.wait_for(stdout.readline(), 60.0)
        assert line, f"the peer ended before it told what it {word.decode()}"
        if line.startswith(word + b" "):
            return float(line.split()[1])


def _check_events(dsn: str, expected: int) -> None:
    with psycopg.connect(dsn) as connection:
        found = connection.execute("SELECT count(*) FROM event").fetchone()
    assert found == (expected,), f"{found} events where {expected} should be"


def figure(name: str, half: str, bench: Bench) -> dict[str, Any]:
    """The line of one figure: medians over the rounds, and lowest and highest in brackets behind them."""
    ours = bench.rates["ours", half]
    line: dict[str, Any] = {"figure": name}
    for key, peer, peer_half in (("of_raw", "raw", "fresh"), ("over_naive", "naive", half)):
        theirs = bench.rates.get((peer, peer_half))
        if theirs:
            ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
            line |= {key: round(statistics.median(ratios), 3), f"{key}_spread": _spread(ratios, 3)}
            line |= {f"{peer}_per_second": round(statistics.median(theirs)), f"{peer}_spread": _spread(theirs)}
            line[f"{peer}_processor_microseconds"] = round(statistics.median(bench.costs[peer, peer_half]) * 1e6)
    line |= {"ours_per_second": round(statistics.median(ours)), "ours_spread": _spread(ours)}
    line["ours_processor_microseconds"] = round(statistics.median(bench.costs["ours", half]) * 1e6)
    return line | {"rounds": len(ours)}


def goals(bench: Bench) -> list[Figure]:
    """The lines of the goals, as far as their peers ran."""
    found = []
    for half, of_raw in (("fresh", 0.5), ("stored", 0.35)):
        ours = bench.rates["ours", half]
        # Raw knows no aggregates: its one rate stands beside both.
        for name, theirs, peer, goal in (
            (f"hop-{half}-of-raw", bench.rates.get(("raw", "fresh")), "aiokafka and COPY without logic", of_raw),
            (f"hop-{half}-over-naive", bench.rates.get(("naive", half)), "one message at a time", 60.0),
        ):
            if theirs:
                found.append(beside(name, ours, theirs, peer=peer, unit="messages/s", goal=goal))
    return found


def _spread(values: list[float], digits: int | None = None) -> list[float]:
    return [round(min(values), digits), round(max(values), digits)]


async def measure_all(bootstrap: str, admin_dsn: str, chosen: argparse.Namespace) -> Bench:
    async with StubFeed().served() as feed:
        bench = Bench(bootstrap, admin_dsn, feed)
        say(f"filling the topics with {chosen.records:,} and {chosen.naive_records:,} records for each half")
        await bench.prepare(chosen.records, chosen.naive_records)
        halves = {"ours": ["fresh", "stored"], "raw": ["fresh"], "naive": ["fresh", "stored"]}
        for number in range(chosen.rounds):
            say(f"round {number + 1} of {chosen.rounds}")
            # Every other round the other way round, so that no peer always runs on a rested machine.
            order = [peer for peer in ("raw", "ours", "naive") if peer in chosen.only]
            for peer in order if number % 2 == 0 else reversed(order):
                await bench.measure(peer, halves[peer])
        await bench.clear()
        return bench


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.hop")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--records", type=int, default=40_000)
    parser.add_argument("--naive-records", type=int, default=1_000)
    parser.add_argument("--only", nargs="+", choices=MODULES, default=list(MODULES))
    chosen = parser.parse_args()
    with ExitStack() as servers:
        folder = CACHE / f"bench-{os.getpid()}"
        servers.callback(shutil.rmtree, folder, ignore_errors=True)
        addresses = {name: servers.enter_context(provide(KINDS[name], folder / name)) for name in ("kafka", "postgres")}
        bench = asyncio.run(measure_all(addresses["kafka"], addresses["postgres"], chosen))
    if "ours" in chosen.only:
        show(goals(bench))
        for name, half in (("hop-stored", "stored"), ("hop", "fresh")):
            print(json.dumps(figure(name, half, bench)))


if __name__ == "__main__":
    main()
