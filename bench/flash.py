"""A flash sale: thousands of buyers of one product in one burst, beside the same orders over fifty products.

    python -m bench.flash [--rounds 3] [--buyers 5000]

Each buyer's order is placed and, once that is answered, paid by a signed notice; as many buyers as there are connections are in the shop at
the same time. There are fewer cards than buyers. The clock runs from the first order until each has its end on the topic: `CardDelivered`,
or `DeliveryFailed` where no card was left. Both ways run in each round, on databases of their own. Afterwards the stores are looked at: no
card was given twice, none that was not there, and every card found its buyer.
"""

from __future__ import annotations

import argparse
import asyncio

import psycopg
import uvloop

from bench.figure import Figure, alone, beside, say, show
from bench.house import House, rest, running_house
from bench.load import send
from bench.servers import Servers, real_servers
from bench.shop import PaymentKey, notice_request, order_numbers
from bench.watch import Watch

PRODUCT_COUNT = 50
CARDS_OF_BUYERS = 0.9
CONNECTIONS = 256
SLOWEST_SECONDS = 180.0
GOAL = 0.7

_GIVEN = "SELECT count(*), count(DISTINCT stream_id) FROM event WHERE topic LIKE 'inventory.Card.Allocated%'"
_DELIVERED = """
    SELECT count(*), count(DISTINCT stream_id), count(DISTINCT convert_from(value, 'UTF8')::json ->> 'card_id')
    FROM event WHERE type = 'redress.order.CardDelivered.v1'
"""


class Sale:
    """The buyers, their notices signed once for all rounds."""

    def __init__(self, servers: Servers, buyer_count: int) -> None:
        self._servers = servers
        self._key = PaymentKey()
        self._numbers = order_numbers("S", buyer_count)
        say(f"signing {buyer_count:,} notices")
        self._notices = [notice_request(body) for body in self._key.notices(self._numbers)]

    async def run(self, product_count: int) -> tuple[float, int]:
        """Orders a second, and how many cards were sold that there are not."""
        cards_each = int(len(self._numbers) * CARDS_OF_BUYERS) // product_count
        products = [f"card-{number:02d}" for number in range(product_count)]
        async with running_house(self._servers, self._key.public_text) as house:
            await asyncio.to_thread(house.stock, dict.fromkeys(products, cards_each))
            await house.until_level()
            rest(self._servers)
            placed = house.order_requests(self._numbers, products)
            async with Watch(self._servers.kafka) as watch:
                chains = list(zip(placed, self._notices, strict=True))
                sent = await send(house.addresses["order"], chains, connections=CONNECTIONS)
                sent.expect(200, 201)
                ended = await watch.until(len(chains), SLOWEST_SECONDS)
            rate = len(chains) / (ended - sent.began)
            ends = f"{len(watch.delivered):,} delivered, {len(watch.failed):,} had no card"
            say(f"  {product_count:>2} products: {rate:,.0f} orders/s, {ends}")
            return rate, _oversold(house, cards_each * product_count)


def _oversold(house: House, card_count: int) -> int:
    """Cards given or delivered more than once, or beyond the stock; fails where a card found no buyer though there were more of these."""
    with psycopg.connect(house.dsn_of["inventory"]) as inventory, psycopg.connect(house.dsn_of["order"]) as order:
        given = inventory.execute(_GIVEN).fetchone()
        delivered = order.execute(_DELIVERED).fetchone()
    assert given is not None
    assert delivered is not None
    assert min(*given, *delivered) >= card_count, f"{card_count} cards, but given {given} and delivered {delivered}"
    return int(max(given[0] - min(given[1], card_count), delivered[0] - min(delivered[1], delivered[2], card_count)))


async def measure(servers: Servers, rounds: int, buyer_count: int) -> list[Figure]:
    sale = Sale(servers, buyer_count)
    rates: dict[int, list[float]] = {1: [], PRODUCT_COUNT: []}
    oversold = []
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        for product_count in (1, PRODUCT_COUNT) if number % 2 == 0 else (PRODUCT_COUNT, 1):
            rate, count = await sale.run(product_count)
            rates[product_count].append(rate)
            oversold.append(float(count))
    peer = f"the same orders over {PRODUCT_COUNT} products"
    return [
        beside("flash-of-spread", rates[1], rates[PRODUCT_COUNT], peer=peer, unit="orders/s", goal=GOAL),
        alone("flash-oversold", [max(oversold)], unit="cards", goal=0, bound="at most"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.flash")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--buyers", type=int, default=5_000)
    chosen = parser.parse_args()
    with real_servers() as servers, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        figures = runner.run(measure(servers, chosen.rounds, chosen.buyers))
    show(figures)


if __name__ == "__main__":
    main()
