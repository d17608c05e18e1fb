"""Playing the demo on a stage: opens the market, plays every scene at once, waits until all is calm, and judges.

`play` gives the figures and each order's story; `interlude`, if given, happens once while orders flow.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chassis.store.postgres import PostgresStore
from chassis.store.rows import IntentStatus
from redress.composition import SERVICES
from redress.demo.books import settle_with_consignor
from redress.demo.figures import Figures, figures_of
from redress.demo.market import COURSE, Market, open_market
from redress.demo.part import PROVIDERS, Part
from redress.demo.people import Cast
from redress.demo.scenes import SCENES, Scene
from redress.demo.staff import Staff
from redress.demo.stage import Stage
from redress.demo.stores import read_stores
from redress.errors import UserError
from redress.history import Happening, published
from redress.sandboxed import KINDS
from services.order.domain.listing import Listing

STAGGER_SECONDS = 0.06
INTERLUDE_AFTER_SECONDS = 1.5
LISTED_SECONDS = 20.0
LOOKERS_AT_ONCE = 8
CALM_SECONDS = 1.5
CALM_WITHIN_SECONDS = 60.0
TROUBLED: Mapping[str, Mapping[str, Any]] = {"rocky": {"is_down": True}, "mute": {"is_failing": True}}
"""Suppliers that misbehave for everybody, all the time."""
MOST_INTENTS = 1_000
UNASKABLE = frozenset(code for code, kind in KINDS.items() if kind.startswith("acg_faka"))
"""Suppliers of whose orders a person's word is the last one: what became of a lost call stays unknown for ever."""
OPEN = (IntentStatus.PENDING, IntentStatus.STARTED, IntentStatus.UNKNOWN)
_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

Interlude = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Story:
    """What one order was to show, and what happened."""

    title: str
    number: str
    product: str
    provider: str
    happenings: list[Happening]


@dataclass(frozen=True)
class Played:
    """`revealed`: how many cards buyers saw, each a different one but for the copies of a reusable card."""

    figures: Figures
    stories: list[Story]
    market: Market
    revealed: int


async def play(
    stage: Stage, seed: int, *, advance: Callable[[int, int], None] = lambda done, count: None, interlude: Interlude | None = None
) -> Played:
    """Play every scene; raises UserError where an order does not come to its end."""
    chance = random.Random(seed)
    run = run_name()
    market = await asyncio.to_thread(open_market, stage, run)
    async with Cast(stage) as cast:
        await _until_listed(cast, market)
        staff = Staff(cast)
        parts = _cast_parts(cast, staff, market, run, chance)
        for party, faults in TROUBLED.items():
            await cast.trouble(party, **faults)
        try:
            await _play_all(parts, chance, advance, interlude)
        finally:
            for party in TROUBLED:
                await cast.relief(party)
        revealed = await _reveal(cast, parts)
        await settle_with_consignor(staff)
        await _until_calm(stage)
        notices = await cast.notices()
    happenings = await asyncio.to_thread(published, stage.servers)
    stores = await asyncio.to_thread(read_stores, stage.servers)
    numbers = {part.number for _, part in parts}
    stories = [
        Story(scene.title, part.number, part.product, part.provider, [each for each in happenings if each.order_number == part.number])
        for scene, part in parts
    ]
    return Played(figures_of(numbers, happenings, stores, notices), stories, market, revealed)


def run_name() -> str:
    """What this run's order numbers begin with: the time, so that no two runs share any."""
    number, name = int(time.time() * 10), ""
    while number:
        number, digit = divmod(number, 32)
        name = _BASE32[digit] + name
    return name[-6:]


def _cast_parts(cast: Cast, staff: Staff, market: Market, run: str, chance: random.Random) -> list[tuple[Scene, Part]]:
    parts: list[tuple[Scene, Part]] = []
    turn = chance.randrange(len(PROVIDERS))
    for scene in SCENES:
        company = asyncio.Barrier(len(scene.quantities))
        for quantity in scene.quantities:
            number = f"{run}{len(parts) + 1:03d}"  # digits and letters alone: UnionPay takes nothing else
            provider = scene.provider or PROVIDERS[(len(parts) + turn) % len(PROVIDERS)]
            parts.append((scene, Part(cast, staff, market, number, scene.product or market.solo, quantity, provider, company)))
    return parts


async def _play_all(
    parts: list[tuple[Scene, Part]], chance: random.Random, advance: Callable[[int, int], None], interlude: Interlude | None
) -> None:
    done = 0

    async def act(scene: Scene, part: Part, delay_seconds: float) -> None:
        nonlocal done
        await asyncio.sleep(delay_seconds)
        await scene.act(part)
        done += 1
        advance(done, len(parts))

    async def interrupt() -> None:
        if interlude is not None:
            await asyncio.sleep(INTERLUDE_AFTER_SECONDS)
            await interlude()

    entrances = chance.sample(parts, k=len(parts))
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(interrupt())
            for place, (scene, part) in enumerate(entrances):
                tasks.create_task(act(scene, part, place * STAGGER_SECONDS))
    except* UserError as failures:
        raise UserError("; ".join(str(each) for each in failures.exceptions)) from None


async def _until_listed(cast: Cast, market: Market) -> None:
    """Wait until the order service has heard of the products: it refuses orders for others."""
    stage = cast.stage
    store = PostgresStore(stage.servers.dsn_of("order"), "order")
    try:
        async with asyncio.timeout(LISTED_SECONDS):
            wanted = Listing.create_id(stage.shop_id, market.solo)  # the last one listed
            while True:
                if await asyncio.to_thread(store.stream, wanted):
                    return
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise UserError("The order service did not hear of the products: is Kafka there?") from None
    finally:
        store.close()


async def _reveal(cast: Cast, parts: list[tuple[Scene, Part]]) -> int:
    """Every buyer who has a card looks at it; no two may see the same, but for a reusable one."""
    doors = asyncio.Semaphore(LOOKERS_AT_ONCE)

    async def look(part: Part) -> list[str]:
        async with doors:
            return await cast.look_up_and_reveal(part.number)

    seen = await asyncio.gather(*(look(part) for _, part in parts))
    own = [card for (_, part), cards in zip(parts, seen, strict=True) for card in cards if part.product != COURSE]
    if len(set(own)) != len(own):
        raise UserError("Two buyers see the same card.")
    return sum(len(cards) for cards in seen)


async def _until_calm(stage: Stage) -> None:
    """Wait until nothing is under way and both logs stand still."""
    stores = [PostgresStore(stage.servers.dsn_of(name), name) for name in SERVICES]
    try:
        deadline, still_since, before = time.monotonic() + CALM_WITHIN_SECONDS, time.monotonic(), [-1]
        while time.monotonic() < deadline:
            now = [await asyncio.to_thread(store.last_log_id) for store in stores]
            intents = [each for store in stores for each in await asyncio.to_thread(store.intents, OPEN, MOST_INTENTS)]
            is_busy = not all(each.status is IntentStatus.UNKNOWN and each.target in UNASKABLE for each in intents)
            if now != before or is_busy:
                still_since, before = time.monotonic(), now
            elif time.monotonic() - still_since > CALM_SECONDS:
                return
            await asyncio.sleep(0.2)
    finally:
        for store in stores:
            store.close()
