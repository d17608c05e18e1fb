"""A campaign: a house is opened, buyers come, drills follow one another, and at the end everything is judged.

Recovery is the time from the end of a fault to the delivery of an order that was paid after that end, so the whole way was walked.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from redress.demo.performance import LISTED_SECONDS
from redress.errors import UserError
from tests.faults.buyers import PRICE, Buyers, stock
from tests.faults.drills import Drill
from tests.faults.house import BOUGHT_PRODUCT, OWN_PRODUCT, House, open_house
from tests.faults.judging import Verdict, judge, until_quiet
from tests.faults.watching import Watch

RECOVERED_WITHIN_SECONDS = 60.0
CARDS_A_DRILL = 40

Say = Callable[[str], None]


@dataclass(slots=True)
class Report:
    """`recoveries`: drill name → seconds, one for each time it ran."""

    drills: list[Drill] = field(default_factory=list)
    recoveries: dict[str, list[float]] = field(default_factory=dict)
    longest_standstill_seconds: float = 0.0
    verdict: Verdict = field(default_factory=Verdict)

    @property
    def line(self) -> str:
        """The one line that a campaign ends with."""
        kinds = Counter(drill.kind for drill in self.drills)
        counts = f"{kinds['kill']} kills, {kinds['freeze']} freezes, {kinds['wipe']} wipes"
        return f"{len(self.drills)} drills ({counts}): {len(self.verdict.lost)} lost, {len(self.verdict.double)} double"

    def table(self) -> list[str]:
        """Recovery times of each kind of drill: how often, median, worst."""
        return [
            f"{name:<40} {len(times):>4} ×   median {statistics.median(times):6.2f} s   worst {max(times):6.2f} s"
            for name, times in sorted(self.recoveries.items())
        ]


async def play(folder: Path, drills: Sequence[Drill], seed: int, say: Say, *, orders_a_second: float = 3.0) -> Report:
    """Run the drills in a new house in `folder`; raises UserError where a drill or the house itself cannot be carried out."""
    report, chance = Report(), random.Random(seed)
    async with open_house(folder) as house:
        await asyncio.to_thread(stock, house, CARDS_A_DRILL * (len(drills) + 5))
        watch = Watch(house)
        async with Buyers(house, seed, orders_a_second) as buyers:
            await _until_listed(buyers)
            buying, watching = asyncio.create_task(buyers.run()), asyncio.create_task(watch.run())
            try:
                await _recovered(house, buyers, watch)
                for number, drill in enumerate(drills, start=1):
                    await asyncio.sleep(chance.uniform(0.0, 1.0))
                    began = time.monotonic()
                    await drill.run(house, chance)
                    faulty = time.monotonic() - began
                    seconds = await _recovered(house, buyers, watch)
                    report.drills.append(drill)
                    report.recoveries.setdefault(drill.name, []).append(seconds)
                    say(f"{number:>4}/{len(drills)}  {drill.name:<40} fault {faulty:5.1f} s, recovered in {seconds:5.2f} s")
                buying.cancel()
                await buyers.finish()
                say(f"{buyers.count} orders came; waiting until all is quiet …")
                unquiet = await until_quiet(house)
            finally:
                for task in (buying, watching):
                    task.cancel()
                for task in (buying, watching):
                    with contextlib.suppress(asyncio.CancelledError):
                        await task
            report.longest_standstill_seconds = watch.longest_standstill_seconds
            report.verdict = await asyncio.to_thread(judge, house, buyers)
            report.verdict.lost += unquiet
    return report


async def _until_listed(buyers: Buyers) -> None:
    """Wait until the order service has heard of both products: it refuses orders for others."""
    for product in (OWN_PRODUCT, BOUGHT_PRODUCT):
        deadline = time.monotonic() + LISTED_SECONDS
        while True:
            try:
                number = f"FIRST-{product.upper()}"
                await buyers.pay("alipay", number, await buyers.place(number, product, PRICE))
                break
            except UserError:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.2)


async def _recovered(house: House, buyers: Buyers, watch: Watch) -> float:
    """Wait for the delivery of an order that is paid from now on; seconds. Raises UserError, with what every child says of itself."""
    ended, began = datetime.now(UTC), time.monotonic()
    while time.monotonic() - began < RECOVERED_WITHIN_SECONDS:
        found = [watch.delivered_at[number] for number, at in buyers.paid_at.items() if at > ended and number in watch.delivered_at]
        if found:
            return min(found) - began
        await asyncio.sleep(0.05)
    ready = {name: await house.theatre.is_ready(name) for name in house.theatre.names}
    raise UserError(f"No order was delivered within {RECOVERED_WITHIN_SECONDS:.0f} s after a drill; ready: {ready}")
