"""A card file of a million lines while buyers pay: how fast it goes, what memory it takes, and what the buyers notice of it.

    python -m bench.importing [--cards 1000000] [--rate 20] [--seconds 15] [--windows 4]

The file is imported by the command line in a process of its own, over HTTP into the house of the flow (`house.py`). *Buyers*: notices at a
steady rate for some seconds, once before the import and again in windows spread over it; an order counts from when its notice was due until
its `CardDelivered` is visible. Beside them the floor of two hops without logic (`peers/two_hops.py`) at the same rate, and the same house
before the import. *Memory*: resident, of the client and of the inventory service, looked at every half second; the slope is a straight line
through the second half of the import, as MiB for a million cards.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import uvloop

from bench.figure import Figure, alone, beside, say, show
from bench.house import SUPPLIER, House, last_words, rest, running_house
from bench.load import send
from bench.peer_houses import two_hops
from bench.servers import Servers, real_servers
from bench.shop import SHOP, PaymentKey, notice_request, order_numbers
from bench.watch import Watch
from services.inventory.stock.views import StockCounts

SOLD, IMPORTED = "card-50", "card-million"
WARM_ORDERS = 100
IN_TURN = 16
"""Connections of the buyers who come at no pace. Of those at a pace each comes again every second: a server closes idle ones after five."""
LOOK_SECONDS = 0.5
SLOWEST_SECONDS = 120.0
RATE_GOAL, LATENCY_GOAL, SLOPE_GOAL_MIB = 1_000.0, 3.0, 20.0
_IMPORTED = (
    "SELECT coalesce(sum((convert_from(data, 'UTF8')::json->>'imported')::int), 0) FROM view_row"
    f" WHERE view = '{StockCounts.NAME}' AND row_id LIKE '%{IMPORTED}'"
)


@dataclass(slots=True)
class Memory:
    """What a process held, over the time of the import: (seconds, MiB)."""

    process_id: int
    looks: list[tuple[float, float]] = field(default_factory=list)

    def look(self, at: float) -> None:
        try:
            fields = Path(f"/proc/{self.process_id}/statm").read_text().split()
        except FileNotFoundError:
            return
        if len(fields) > 1 and int(fields[1]):
            self.looks.append((at, int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20))

    def slope(self, cards_per_second: float) -> float:
        """MiB for a million cards, through the second half: what it takes to begin with is over by then."""
        late = [look for look in self.looks if look[0] >= self.looks[-1][0] / 2]
        return statistics.linear_regression(*zip(*late, strict=True)).slope / cards_per_second * 1e6


class Buyers:
    """Orders and their signed notices, sent in windows of the same length."""

    def __init__(self, rate: float, seconds: float, windows: int) -> None:
        self.key = PaymentKey()
        self.rate = rate
        self.count = max(int(rate * seconds), 20)
        self.numbers = order_numbers("I", WARM_ORDERS + self.count * windows)
        self._requests = [notice_request(body) for body in self.key.notices(self.numbers)]

    async def warm(self, address: str, watch: Watch) -> None:
        await self._pay(address, watch, range(WARM_ORDERS), None)

    async def window(self, address: str, watch: Watch, number: int) -> list[float]:
        """Milliseconds that each buyer of this window waited."""
        start = WARM_ORDERS + number * self.count
        return await self._pay(address, watch, range(start, start + self.count), self.rate)

    async def _pay(self, address: str, watch: Watch, places: range, rate: float | None) -> list[float]:
        before = len(watch.delivered)
        chains = [[self._requests[place]] for place in places]
        sent = await send(address, chains, connections=IN_TURN if rate is None else max(8, int(rate)), per_second=rate)
        sent.expect(200)
        await watch.until(before + len(places), SLOWEST_SECONDS)
        if rate is None:
            return []
        return [1_000 * (watch.delivered[self.numbers[place]] - due) for place, due in zip(places, sent.due_at, strict=True)]


class Importing:
    """The measurement: the house quiet, the house while it imports, and the floor."""

    def __init__(self, servers: Servers, buyers: Buyers, card_count: int, windows: int) -> None:
        self._servers = servers
        self._buyers = buyers
        self._card_count = card_count
        self._windows = windows
        self.quiet: list[float] = []
        self.floor: list[float] = []
        self.during: list[list[float]] = []
        self.rate = 0.0
        self.client_slope = self.service_slope = 0.0

    async def run(self) -> None:
        numbers = self._buyers.numbers
        async with running_house(self._servers, self._buyers.key.public_text) as house:
            await asyncio.to_thread(house.stock, {SOLD: len(numbers), IMPORTED: 1})
            await house.place(numbers, [SOLD])
            rest(self._servers)
            async with Watch(self._servers.kafka) as watch:
                address = house.addresses["order"]
                await self._buyers.warm(address, watch)
                self.quiet = await self._buyers.window(address, watch, 0)
                _tell("before the import", self.quiet)
                await self._import(house, watch)
        async with two_hops(self._servers) as address, Watch(self._servers.kafka) as watch:
            await self._buyers.warm(address, watch)
            self.floor = await self._buyers.window(address, watch, 0)
            _tell("floor", self.floor)

    async def _import(self, house: House, watch: Watch) -> None:
        began = time.monotonic()
        used = sum(house.processor_seconds().values())
        command = await asyncio.to_thread(_start, house, self._card_count)
        client, service = Memory(command.pid), Memory(house.children["inventory"].pid)
        looking = asyncio.create_task(_look(command, [client, service], began))
        try:
            await self._buy(house, watch, command)
            ended = await looking
        finally:
            looking.cancel()
            if command.poll() is None:
                command.kill()
            command.wait()
        assert command.returncode == 0, f"the import failed: {last_words(house.folder)}"
        given = house.count("inventory", "SELECT count(*) FROM event WHERE topic LIKE 'inventory.Card.Stocked%'")
        assert given == self._card_count + 1 + len(self._buyers.numbers), f"{given} cards were imported"
        self.rate = self._card_count / (ended - began)
        self.client_slope, self.service_slope = client.slope(self.rate), service.slope(self.rate)
        for name, memory in (("client", client), ("inventory", service)):
            held = [each for _, each in memory.looks]
            say(f"  {name}: {held[len(held) // 2]:.0f} MiB half-way, {max(held):.0f} at most, {held[-1]:.0f} at the end")
        cost = (sum(house.processor_seconds().values()) - used) / self._card_count
        say(f"  {self._card_count:,} cards in {ended - began:,.0f} s, {self.rate:,.0f} a second, {cost * 1e6:,.0f} µs of our own each")

    async def _buy(self, house: House, watch: Watch, command: subprocess.Popen[bytes]) -> None:
        for window in range(self._windows):
            while await asyncio.to_thread(house.count, "inventory", _IMPORTED) <= window * self._card_count / self._windows:
                if command.poll() is not None:
                    say(f"  the import was over before window {window + 1}")
                    return
                await asyncio.sleep(LOOK_SECONDS)
            waited = await self._buyers.window(house.addresses["order"], watch, window + 1)
            if command.poll() is None:
                self.during.append(waited)
                _tell(f"window {window + 1}", waited)


def _start(house: House, card_count: int) -> subprocess.Popen[bytes]:
    """The import as a shop's owner starts it."""
    file = house.folder / "million.txt"
    with file.open("w") as cards:
        for number in range(card_count):
            cards.write(f"{IMPORTED}-{number:07d}-{secrets.token_hex(6)}\n")
    words = ["redress.cli", "import", str(file), "--product", IMPORTED, "--supplier", SUPPLIER, "--shop", SHOP]
    with (house.folder / "import.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", *words, "--settings", str(house.folder / "settings.json")],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


async def _look(command: subprocess.Popen[bytes], memories: list[Memory], began: float) -> float:
    """Until the import is over; when that was."""
    while command.poll() is None:
        for memory in memories:
            memory.look(time.monotonic() - began)
        await asyncio.sleep(LOOK_SECONDS)
    return time.monotonic()


def _tell(name: str, waited: list[float]) -> None:
    say(f"  {name}: median {statistics.median(waited):.1f} ms, p99 {_p99(waited):.1f} ms, longest {max(waited):.1f} ms of {len(waited):,}")


def _p99(waited: list[float]) -> float:
    return statistics.quantiles(waited, n=100)[98]


def _late(name: str, windows: list[float], theirs: float, peer: str) -> Figure:
    return beside(name, windows, [theirs] * len(windows), peer=peer, unit="ms", goal=LATENCY_GOAL, bound="at most")


async def measure(servers: Servers, card_count: int, rate: float, seconds: float, windows: int) -> list[Figure]:
    say("signing the notices")
    importing = Importing(servers, Buyers(rate, seconds, windows + 1), card_count, windows)
    await importing.run()
    during = importing.during
    assert during, "the import was over before a single window: import more cards"
    medians, tails = [statistics.median(each) for each in during], [_p99(each) for each in during]
    hops = "two hops of Kafka and commits without logic, at the same rate and without an import"
    calm = "the same house before the import"
    return [
        alone("import-rate", [importing.rate], unit="cards/s", goal=RATE_GOAL, bound="at least"),
        alone("import-client-slope", [importing.client_slope], unit="MiB/million cards", goal=SLOPE_GOAL_MIB, bound="at most"),
        alone("import-service-slope", [importing.service_slope], unit="MiB/million cards", goal=SLOPE_GOAL_MIB, bound="at most"),
        _late("import-latency-median", medians, statistics.median(importing.floor), hops),
        _late("import-latency-p99", tails, _p99(importing.floor), hops),
        _late("import-latency-p99-of-calm", tails, _p99(importing.quiet), calm),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.importing")
    parser.add_argument("--cards", type=int, default=1_000_000)
    parser.add_argument("--rate", type=float, default=20.0, help="payments a second")
    parser.add_argument("--seconds", type=float, default=15.0, help="how long each window of payments lasts")
    parser.add_argument("--windows", type=int, default=4, help="windows spread over the import")
    chosen = parser.parse_args()
    with real_servers() as servers, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        figures = runner.run(measure(servers, chosen.cards, chosen.rate, chosen.seconds, chosen.windows))
    show(figures)


if __name__ == "__main__":
    main()
