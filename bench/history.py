"""What a long history costs: the hop on a store of a million events beside the hop on an empty one.

    python -m bench.history [--events 1000000] [--records 20000] [--rounds 3]

The same node, the same records and the same servers as in `bench.hop`; only the database differs. Both are made once, the full one by
`history_fill.py`, and copied for each round, so that every round begins on the same store and a server at rest. Both halves are measured
on each copy: fresh (each record opens an aggregate) and stored (each names one written a moment ago by a process that is gone). Ratios
within the round.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from bench.figure import Figure, beside, say, show
from bench.history_fill import fill
from bench.hop import Bench
from bench.hop_service import NAME, SOURCES
from bench.provided import database, provided
from bench.source import StubFeed
from chassis.store.schema import migrate
from contracts.envelope import SLOT_COUNT
from tests.servers.databases import drop_database

GOAL = 0.9
FULL, EMPTY, COPY = "history_full", "history_empty", "history_copy"


class Histories:
    """The rates on both stores, in messages a second, by (store, half)."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.rates: dict[tuple[str, str], list[float]] = {}

    async def measure(self, store: str, dsn: str) -> None:
        """Both halves on one database; adds their rates."""
        self.bench.feed.heads = {source: [0] * SLOT_COUNT for source in SOURCES.values()}
        for half in SOURCES:
            seconds, processor_seconds = await self.bench._run("ours", half, dsn)
            count = self.bench.logs["ours", half].count
            self.rates.setdefault((store, half), []).append(count / seconds)
            say(f"{store:>6} {half:<6} {count / seconds:>9,.0f} messages/s  {processor_seconds / count * 1e6:>6,.0f} µs of its own each")

    def figures(self) -> list[Figure]:
        return [
            beside(
                f"history-million-{half}-of-empty", self.rates["full", half], self.rates["empty", half],
                peer="the same on an empty store", unit="messages/s", goal=GOAL,
            )
            for half in SOURCES
        ]  # fmt: skip


async def measure_all(bootstrap: str, admin_dsn: str, dsn_of: Mapping[str, str], chosen: argparse.Namespace) -> list[Figure]:
    async with StubFeed().served() as feed:
        bench = Bench(bootstrap, admin_dsn, feed)
        await bench.prepare(chosen.records, 0)
        histories = Histories(bench)
        for number in range(chosen.rounds):
            say(f"round {number + 1} of {chosen.rounds}")
            stores = ("full", "empty") if number % 2 == 0 else ("empty", "full")
            for store in stores:
                with fresh_copy(admin_dsn, dsn_of[store]) as dsn:
                    await histories.measure(store, dsn)
        await bench.clear()
        return histories.figures()


@contextmanager
def fresh_copy(admin_dsn: str, dsn: str) -> Iterator[str]:
    """A copy of a database inside the block, all of it on disk; its address."""
    original = urlsplit(dsn).path.lstrip("/")
    drop_database(admin_dsn, COPY)
    copying = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY")
    with psycopg.connect(admin_dsn, autocommit=True) as connection:
        connection.execute(copying.format(sql.Identifier(COPY), sql.Identifier(original), sql.Identifier(original)))
        connection.execute("CHECKPOINT")
    try:
        yield urlunsplit(urlsplit(dsn)._replace(path=f"/{COPY}"))
    finally:
        drop_database(admin_dsn, COPY)


def prepared(admin_dsn: str, dsn: str, events: int) -> str:
    """The address, after that database got its tables and so many events."""
    with psycopg.connect(admin_dsn, autocommit=True) as connection:
        role = sql.Identifier(urlsplit(dsn).username or "")
        connection.execute(sql.SQL("GRANT pg_read_all_stats TO {}").format(role))
    migrate(dsn, NAME)
    began = time.monotonic()
    fill(dsn, events)
    say(f"{events:,} events filled in within {time.monotonic() - began:.0f} s")
    return dsn


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.history")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    with provided("kafka", "postgres") as (kafka, postgres), database(postgres, FULL) as full, database(postgres, EMPTY) as empty:
        dsn_of = {"full": prepared(postgres, full, chosen.events), "empty": prepared(postgres, empty, 0)}
        figures = asyncio.run(measure_all(kafka, postgres, dsn_of, chosen))
    show(figures)


if __name__ == "__main__":
    main()
