"""What one order leaves behind and uses up: `python -m bench.cost [--orders 5000]`.

A house as for the whole flow (`house.py`) imports as many cards as there are orders, takes the orders in, and delivers them after their
notices. Before and after each of the three steps the tables of each database, the write-ahead log, the broker's files, Redis's memory and
the processor time of every process are read; the differences are shown for one order. Tables are counted with their indexes, as they
stand, not vacuumed; the broker's files before compression, since the records are sent without. There is no peer and no goal: these are
the numbers that `docs/performance.md` reckons with.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import uvloop
from redis import Redis

from bench.figure import say
from bench.house import House, rest, running_house
from bench.load import send
from bench.servers import Servers, real_servers
from bench.shop import PaymentKey, notice_request, order_numbers
from bench.watch import Watch

PRODUCT = "card-50"
SLOWEST_SECONDS = 240.0

_TABLES = """
SELECT relname, pg_total_relation_size(pg_class.oid) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind = 'r' AND nspname NOT IN ('pg_catalog', 'information_schema')
"""


@dataclass(frozen=True)
class Reading:
    """Totals at one moment: bytes by where they are, and processor seconds by whose they are."""

    bytes_of: Mapping[str, int]
    seconds_of: Mapping[str, float]

    def since(self, before: Reading) -> Reading:
        return Reading(
            {name: value - before.bytes_of.get(name, 0) for name, value in self.bytes_of.items()},
            {name: value - before.seconds_of.get(name, 0.0) for name, value in self.seconds_of.items()},
        )


class Meter:
    """Reads the totals of a house and of its servers, which must be processes of this machine."""

    def __init__(self, servers: Servers, house: House) -> None:
        self._servers = servers
        self._house = house
        self._server_of = {
            "postgres": _listener(urlsplit(servers.postgres).port or 5432),
            "kafka": _listener(int(servers.kafka.rpartition(":")[2])),
            "redis": _listener(urlsplit(servers.redis).port or 6379),
        }

    def read(self) -> Reading:
        bytes_of = {"write-ahead log": self._log_bytes(), "kafka": self._broker_bytes(), "redis": self._redis_bytes()}
        for service, dsn in self._house.dsn_of.items():
            with psycopg.connect(dsn) as connection:
                bytes_of |= {f"{service}: {table}": size for table, size in connection.execute(_TABLES)}
        seconds_of = {name: _seconds(psutil.Process(child.pid)) for name, child in self._house.children.items()}
        seconds_of |= {name: _seconds(process) for name, process in self._server_of.items()}
        return Reading(bytes_of, seconds_of)

    def _log_bytes(self) -> int:
        with psycopg.connect(self._servers.postgres) as connection:
            row = connection.execute("SELECT pg_current_wal_lsn() - '0/0'").fetchone()
        assert row is not None
        return int(row[0])

    def _broker_bytes(self) -> int:
        properties = Path(self._server_of["kafka"].cmdline()[-1]).read_text()
        (folder,) = (line.partition("=")[2] for line in properties.splitlines() if line.startswith("log.dirs="))
        return sum(file.stat().st_size for file in Path(folder).glob("*.events.v1-*/*.log"))

    def _redis_bytes(self) -> int:
        with Redis.from_url(self._servers.redis) as client:
            return int(client.info("memory")["used_memory"])


def _listener(port: int) -> psutil.Process:
    """The process of this machine that listens at a port."""
    owners = [
        each.pid
        for each in psutil.net_connections("tcp")
        if each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port == port and each.pid is not None
    ]
    assert owners, f"nobody listens at {port} here"
    return psutil.Process(min(owners))


def _seconds(process: psutil.Process) -> float:
    """Of the process, of its children that have ended, and of those that live."""
    times = process.cpu_times()
    living = sum(_seconds(child) for child in process.children())
    return float(times.user + times.system + times.children_user + times.children_system + living)


def show(step: str, spent: Reading, count: int) -> None:
    """One step's table, of one order each."""
    print(f"\n{step}, each")
    for name, seconds in spent.seconds_of.items():
        print(f"  {seconds / count * 1e6:>9,.0f} µs  {name}")
    for name, size in sorted(spent.bytes_of.items(), key=lambda item: -item[1]):
        if abs(size) >= count:
            print(f"  {size / count:>9,.0f} B   {name}")
    tables = sum(size for name, size in spent.bytes_of.items() if ": " in name)
    print(f"  {tables / count:>9,.0f} B   all tables together")


async def measure(servers: Servers, count: int) -> None:
    key = PaymentKey()
    numbers = order_numbers("C", count)
    say(f"signing {count:,} notices")
    notices = [[notice_request(body)] for body in key.notices(numbers)]
    async with running_house(servers, key.public_text) as house, Watch(servers.kafka) as watch:
        meter = Meter(servers, house)
        rest(servers)
        readings = [meter.read()]
        await asyncio.to_thread(house.stock, {PRODUCT: count})
        await house.until_level()
        readings.append(meter.read())
        await house.place(numbers, [PRODUCT])
        readings.append(meter.read())
        sent = await send(house.addresses["order"], notices)
        sent.expect(200)
        await watch.until(count, SLOWEST_SECONDS)
        await house.until_level()
        readings.append(meter.read())
    steps = ("a card imported", "an order placed", "an order paid and delivered")
    for step, (before, after) in zip(steps, pairwise(readings), strict=True):
        show(step, after.since(before), count)
    show("an order with its card, from import to delivery", readings[-1].since(readings[0]), count)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.cost")
    parser.add_argument("--orders", type=int, default=5_000)
    chosen = parser.parse_args()
    with real_servers() as servers, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(measure(servers, chosen.orders))


if __name__ == "__main__":
    main()
