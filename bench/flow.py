"""The whole flow beside the same flow built the naive way: a signed payment notice over HTTP → the card delivered.

    python -m bench.flow [--rounds 3] [--orders 5000] [--naive-orders 300]

Every service runs as it does in a shop (`house.py`), on real Kafka, PostgreSQL and Redis. The cards are in stock and the orders placed
before the clock starts; it runs from the first notice until the last `CardDelivered` was read from the topic. The notices are signed
before, and sent over 128 kept connections as fast as they are answered; what sending costs is told with every round. The naive build
(`peers/naive_flow.py`) gets fewer orders, or its rounds would take minutes.
"""

from __future__ import annotations

import argparse
import asyncio

import uvloop

from bench.figure import Figure, beside, say, show
from bench.house import last_words, rest, running_house
from bench.load import Sent, send
from bench.peer_houses import naive_house
from bench.servers import Servers, real_servers
from bench.shop import PaymentKey, notice_request, order_numbers
from bench.watch import Watch

PRODUCT = "card-50"
SLOWEST_SECONDS = 120.0
GOAL = 20.0


class Flow:
    """The measurement of both, with the notices signed once for all rounds."""

    def __init__(self, servers: Servers, order_count: int, naive_order_count: int) -> None:
        self._servers = servers
        self._key = PaymentKey()
        self._numbers = order_numbers("F", order_count)
        say(f"signing {order_count:,} notices")
        self._notices = [[notice_request(body)] for body in self._key.notices(self._numbers)]
        self._naive_count = naive_order_count

    async def ours(self) -> float:
        """Orders a second."""
        async with running_house(self._servers, self._key.public_text) as house:
            await asyncio.to_thread(house.stock, {PRODUCT: len(self._numbers)})
            await house.place(self._numbers, [PRODUCT])
            rest(self._servers)
            before = house.processor_seconds()
            rate = await self._pay(house.addresses["order"], len(self._numbers))
            used = {name: 1e6 * (each - before[name]) / len(self._numbers) for name, each in house.processor_seconds().items()}
            told = ", ".join(f"{name} {each:,.0f}" for name, each in used.items())
            say(f"  ours  {rate:>7,.0f} orders/s, {sum(used.values()):,.0f} µs of its processes' own each ({told})")
            given = house.count("inventory", "SELECT count(DISTINCT stream_id) FROM event WHERE topic LIKE 'inventory.Card.Allocated%'")
            assert given == len(self._numbers), f"{given} cards were given: {last_words(house.folder)}"
        return rate

    async def naive(self) -> float:
        """Orders a second."""
        async with naive_house(self._servers, self._key.public_text) as house:
            await house.stock(PRODUCT, self._naive_count)
            await house.place(self._numbers[: self._naive_count], PRODUCT)
            rest(self._servers)
            rate = await self._pay(house.addresses["order"], self._naive_count)
            say(f"  naive {rate:>7,.1f} orders/s")
        return rate

    async def _pay(self, address: str, count: int) -> float:
        async with Watch(self._servers.kafka) as watch:
            sent: Sent = await send(address, self._notices[:count])
            sent.expect(200)
            ended = await watch.until(count, SLOWEST_SECONDS)
        assert not watch.failed, f"{len(watch.failed)} orders failed"
        assert not watch.repeated, f"{watch.repeated} orders were delivered twice"
        say(
            f"  answered {count / (sent.answered_at - sent.began):,.0f}/s; sending cost {sent.processor_seconds / count * 1e6:,.0f} µs each"
        )
        return count / (ended - sent.began)


async def measure(servers: Servers, rounds: int, order_count: int, naive_order_count: int) -> Figure:
    flow = Flow(servers, order_count, naive_order_count)
    ours, naive = [], []
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        if number % 2:
            naive.append(await flow.naive())
            ours.append(await flow.ours())
        else:
            ours.append(await flow.ours())
            naive.append(await flow.naive())
    return beside("flow-over-naive", ours, naive, peer="the same flow, one message at a time", unit="orders/s", goal=GOAL)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.flow")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--orders", type=int, default=5_000)
    parser.add_argument("--naive-orders", type=int, default=300)
    chosen = parser.parse_args()
    with real_servers() as servers, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        figure = runner.run(measure(servers, chosen.rounds, chosen.orders, min(chosen.orders, chosen.naive_orders)))
    show([figure])


if __name__ == "__main__":
    main()
