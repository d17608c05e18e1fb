"""A campaign in one house: it is opened, buyers come, drills follow one another, and at the end everything is judged.

Recovery is the time from the end of a fault to the delivery of an order that was paid after that end, so the whole way was walked.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from redress.demo.performance import LISTED_SECONDS
from redress.errors import UserError
from tests.faults.buyers import Buyers
from tests.faults.clearing import clear_manual_queue
from tests.faults.drill import Drill, Trial
from tests.faults.drills_aimed import IN_VAIN
from tests.faults.house import BOUGHT_PRODUCT, OWN_PRODUCT, House, open_house
from tests.faults.judging import judge
from tests.faults.summary import SOON, TOGETHER, Summary
from tests.faults.watching import Watch

RECOVERED_WITHIN_SECONDS = 120.0
CARDS_A_DRILL = 40
REPEATED_ANSWERS = 60

Say = Callable[[str], None]


async def play(folder: Path, volleys: Sequence[Sequence[Drill]], seed: int, say: Say, *, orders_a_second: float = 3.0) -> Summary:
    """Run the volleys (drills that come at once) in a new house in `folder`.

    Raises UserError where a drill or the house itself cannot be carried out.
    """
    summary, chance, began = Summary(), random.Random(seed), time.monotonic()
    async with open_house(folder) as house:
        watch = Watch(house)
        async with Buyers(house, seed, orders_a_second) as buyers:
            trial = Trial(house, buyers, chance)
            await buyers.open_shop(CARDS_A_DRILL * (sum(map(len, volleys)) + 5))
            await _until_listed(buyers)
            buying, watching = asyncio.create_task(buyers.run()), asyncio.create_task(watch.run())
            try:
                await _recovered(house, buyers, watch)
                for number, volley in enumerate(volleys, start=1):
                    await asyncio.sleep(chance.uniform(0.0, 1.0))
                    setting = "" if await house.theatre.are_all_ready() else SOON
                    setting = TOGETHER if len(volley) > 1 else setting
                    await asyncio.gather(*(_one(trial, drill, setting, watch, summary, say) for drill in volley))
                    running = f"{buyers.count} orders, {len(watch.delivered_at)} delivered"
                    say(f"      {number}/{len(volleys)} · {_so_far(trial, summary)} · {running}")
                buying.cancel()
                await buyers.finish()
                say(f"{buyers.count} buyers came; waiting until all is quiet …")
                unquiet = await clear_manual_queue(trial)
                unlike = [each async for each in _answered_otherwise(buyers, summary)]
            finally:
                for task in (buying, watching):
                    task.cancel()
                for task in (buying, watching):
                    with contextlib.suppress(asyncio.CancelledError):
                        await task
            verdict = await asyncio.to_thread(judge, trial)
            verdict.unfinished += unquiet
            verdict.other += unlike
            summary.take(verdict)
    for name, count in trial.counts.items():
        summary.counts[name] = count
    # Who waited for a moment that did not come has frozen nobody.
    summary.counts["freeze"] = summary.counts.get("freeze", 0) - trial.counts[IN_VAIN]
    summary.takeovers = [hit.takeover_seconds for hit in trial.hits]
    summary.longest_standstill_seconds = watch.longest_standstill_seconds
    summary.answers = len(buyers.answers)
    summary.callbacks = sum(each.is_accepted for each in house.sandbox.sandbox.attempts if each.party in house.sandbox.sandbox.suppliers)
    summary.seconds = time.monotonic() - began
    return summary


async def _one(trial: Trial, drill: Drill, setting: str, watch: Watch, summary: Summary, say: Say) -> None:
    """One drill, and the recovery from it, which is noted under the drill's name where nothing else was amiss."""
    await asyncio.sleep(trial.chance.uniform(0.0, 1.5) if setting == TOGETHER else 0.0)
    began = time.monotonic()
    await drill.run(trial)
    faulty = time.monotonic() - began
    seconds = await _recovered(trial.house, trial.buyers, watch)
    summary.drill_count += 1
    summary.count(drill.kind)
    summary.recoveries.setdefault(setting or drill.name, []).append(seconds)
    name = f"{drill.name} ({setting})" if setting else drill.name
    say(f"{summary.drill_count:>4}  {name:<62} fault {faulty:5.1f} s, recovered in {seconds:5.2f} s")


def _so_far(trial: Trial, summary: Summary) -> str:
    every = {**summary.counts, **trial.counts}
    return ", ".join(f"{count} {name}" for name, count in sorted(every.items()))


async def _until_listed(buyers: Buyers) -> None:
    """Wait until the order service has heard of both products: it refuses orders for others."""
    for product in (OWN_PRODUCT, BOUGHT_PRODUCT):
        deadline = time.monotonic() + LISTED_SECONDS
        for turn in range(1, 10_000):
            try:
                # A refusal is stored under its key, so each question has a new one.
                await buyers.buy_first(f"FIRST-{product.upper()}-{turn}", product)
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


async def _answered_otherwise(buyers: Buyers, summary: Summary) -> AsyncIterator[str]:
    """Requests that are sent once more at the end, to either process, and are not answered as before; the same key with another body is."""
    answers = list({answer.key: answer for answer in buyers.answers}.values())
    chosen = random.Random(len(answers)).sample(answers, min(REPEATED_ANSWERS, len(answers)))
    refused = [answer for answer in answers if answer.key in buyers.refused][:5]
    for number, answer in enumerate([*chosen, *refused]):
        summary.asked_again += 1
        status, body = await buyers.ask_again(answer, first=number % 2 == 0)
        if (status, body) != (answer.status, answer.body):
            yield f"{answer.key} was answered {answer.status}, and when it was repeated {status}"
    for answer in chosen[:3]:
        other = answer.content.replace(b'"quantity":', b'"quantity":1')
        status, _ = await buyers.ask_again(answer, first=True, content=other)
        if status != 422:
            yield f"{answer.key} with another body was answered {status}"
