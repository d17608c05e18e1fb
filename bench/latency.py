"""How long a buyer waits: from the payment notice to the visible `CardDelivered`, beside the floor of two hops without logic.

    python -m bench.latency [--rounds 3] [--idle-orders 150] [--seconds 8]

*idle*: one order at a time, the next once the last one was delivered and a moment has passed. *load*: notices at a steady rate, a third of
the highest that ours reached in the same round; an order counts from when its notice was due. Ours verifies, decides, numbers, keeps
timers and views; the floor (`peers/two_hops.py`) only commits and passes on. Both are seen by the same reader of the same topic.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
from dataclasses import dataclass, field

import uvloop

from bench.figure import Figure, beside, say, show
from bench.house import House, rest, running_house
from bench.load import send
from bench.peer_houses import two_hops
from bench.servers import Servers, real_servers
from bench.shop import PaymentKey, notice_request, order_numbers
from bench.watch import Watch

PRODUCT = "card-50"
BURST_ORDERS = 2_000
WARM_ORDERS = 100
PAUSE_SECONDS = 0.03
SLOWEST_SECONDS = 60.0
IDLE_GOAL, LOAD_GOAL = 2.0, 3.0


@dataclass(slots=True)
class Waits:
    """Medians of the idle rounds, and 99th percentiles of the loaded ones, in milliseconds."""

    idle: list[float] = field(default_factory=list)
    loaded: list[float] = field(default_factory=list)


class Orders:
    """Orders and their signed notices, the same ones in each round."""

    def __init__(self, idle_count: int, most_loaded: int) -> None:
        self.key = PaymentKey()
        self.idle_count = idle_count
        self.numbers = order_numbers("L", WARM_ORDERS + idle_count + BURST_ORDERS + most_loaded)
        say(f"signing {len(self.numbers):,} notices")
        self.requests = [notice_request(body) for body in self.key.notices(self.numbers)]

    @property
    def idle(self) -> range:
        return range(WARM_ORDERS, WARM_ORDERS + self.idle_count)

    @property
    def burst(self) -> range:
        return range(self.idle.stop, self.idle.stop + BURST_ORDERS)

    def loaded(self, count: int) -> range:
        return range(self.burst.stop, self.burst.stop + count)

    def chains(self, places: range) -> list[list[bytes]]:
        return [[self.requests[place]] for place in places]


class Latency:
    """The measurement of both."""

    def __init__(self, servers: Servers, orders: Orders, seconds: float) -> None:
        self._servers = servers
        self._orders = orders
        self._seconds = seconds
        self.ours, self.floor = Waits(), Waits()

    async def round(self) -> None:
        """Ours, then the floor at the rate that ours was given."""
        orders = self._orders
        async with running_house(self._servers, orders.key.public_text) as house:
            await asyncio.to_thread(house.stock, {PRODUCT: len(orders.numbers)})
            await house.place(orders.numbers, [PRODUCT])
            rest(self._servers)
            rate = await self._measure("ours", house.addresses["order"], self.ours, house, None)
        async with two_hops(self._servers) as address:
            rest(self._servers)
            await self._measure("floor", address, self.floor, None, rate)

    async def _measure(self, name: str, address: str, waits: Waits, house: House | None, rate: float | None) -> float:
        orders = self._orders
        async with Watch(self._servers.kafka) as watch:
            await self._burst(address, watch, range(WARM_ORDERS))
            await _quiet(house)
            waits.idle.append(await self._idle(address, watch))
            if rate is None:
                rate = await self._burst(address, watch, orders.burst) / 3
            else:
                await self._burst(address, watch, orders.burst)
            await _quiet(house)
            waits.loaded.append(await self._loaded(address, watch, rate))
        say(f"  {name:>5} idle median {waits.idle[-1]:.1f} ms; p99 at {rate:,.0f} orders/s {waits.loaded[-1]:.1f} ms")
        return rate

    async def _burst(self, address: str, watch: Watch, places: range) -> float:
        """As fast as they go; orders a second."""
        before = len(watch.delivered)
        sent = await send(address, self._orders.chains(places))
        sent.expect(200)
        ended = await watch.until(before + len(places), SLOWEST_SECONDS)
        return len(places) / (ended - sent.began)

    async def _idle(self, address: str, watch: Watch) -> float:
        waited = []
        for place in self._orders.idle:
            sent = await send(address, self._orders.chains(range(place, place + 1)))
            sent.expect(200)
            seen = await watch.until_delivered(self._orders.numbers[place], SLOWEST_SECONDS)
            waited.append(1_000 * (seen - sent.due_at[0]))
            await asyncio.sleep(PAUSE_SECONDS)
        return statistics.median(waited)

    async def _loaded(self, address: str, watch: Watch, rate: float) -> float:
        places = self._orders.loaded(min(int(rate * self._seconds), len(self._orders.numbers) - self._orders.burst.stop))
        before = len(watch.delivered)
        sent = await send(address, self._orders.chains(places), per_second=rate)
        sent.expect(200)
        await watch.until(before + len(places), SLOWEST_SECONDS)
        waited = [1_000 * (watch.delivered[self._orders.numbers[place]] - due) for place, due in zip(places, sent.due_at, strict=True)]
        say(f"        median at that rate {statistics.median(waited):.1f} ms, longest {max(waited):.1f} ms of {len(waited):,}")
        return statistics.quantiles(waited, n=100)[98]


async def _quiet(house: House | None) -> None:
    """Let what a burst left behind be done with."""
    if house is not None:
        await house.until_level()
    await asyncio.sleep(0.5)


async def measure(servers: Servers, rounds: int, idle_count: int, seconds: float, most_loaded: int) -> list[Figure]:
    latency = Latency(servers, Orders(idle_count, most_loaded), seconds)
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        await latency.round()
    ours, floor = latency.ours, latency.floor
    peer = "two hops of Kafka and commits without logic"
    return [
        beside("latency-idle-median", ours.idle, floor.idle, peer=peer, unit="ms", goal=IDLE_GOAL, bound="at most"),
        beside("latency-load-p99", ours.loaded, floor.loaded, peer=peer, unit="ms", goal=LOAD_GOAL, bound="at most"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.latency")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--idle-orders", type=int, default=150)
    parser.add_argument("--seconds", type=float, default=8.0, help="how long the load of a third lasts")
    parser.add_argument("--most-loaded", type=int, default=3_500, help="orders placed for it; fewer if it needs fewer")
    chosen = parser.parse_args()
    with real_servers() as servers, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        figures = runner.run(measure(servers, chosen.rounds, chosen.idle_orders, chosen.seconds, chosen.most_loaded))
    show(figures)


if __name__ == "__main__":
    main()
