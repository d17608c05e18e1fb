"""Which seeds have a shop beside us, and what happens there: its cards, its buyers and its people, and what its operator has us do.

It is the third shop of a world, and sells what nobody else sells. Seeds with restores have none: who connects a shop and switches its mode
would have to say all of it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from redress.simulation.plan import Plan

BESIDE_ID = "shop-3"
SHARE_OF_SEEDS = 0.27
WAYS = (
    ("fill_in",),
    ("fill_in", "watch", "fill_in"),
    ("take_over",),
    ("fill_in", "take_over", "watch"),
    ("take_over", "watch", "fill_in"),
    ("take_over", "fill_in", "take_over", "watch"),
    ("fill_in", "take_over", "fill_in", "watch"),
)
"""Through the modes, from watching on."""


@dataclass(frozen=True, slots=True)
class BesideOrder:
    """A buyer's order there. Seconds from the start. `is_stuck`: paid, and the shop's own delivery does not happen; else it takes
    `delivery_seconds`. `by_hand_at`: a person of the shop delivers it then, if nobody has. `is_craft`: of a good that people deliver."""

    number: str
    quantity: int
    is_craft: bool
    placed_at: float
    pays_at: float | None
    delivery_seconds: float
    is_stuck: bool
    by_hand_at: float | None


@dataclass(frozen=True, slots=True)
class BesidePlan:
    """`reserve`: our own cards for its buyers; `shared`: so many of the shop's first cards stand in that file too. It is imported at
    `reserve_at`; None: before the shop's cards are known."""

    cards: int
    reserve: int
    shared: int
    reserve_at: float | None
    restocks: tuple[tuple[float, int], ...]
    orders: tuple[BesideOrder, ...]
    steps: tuple[tuple[float, str], ...]
    """When the operator wants which mode."""
    fill_in_after_seconds: float
    poll_seconds: float
    give_up_seconds: float


def beside_of(plan: Plan) -> BesidePlan | None:
    """The shop beside us of a seed, if it has one."""
    random = Random(f"beside {plan.seed}")
    if plan.restores or random.random() >= SHARE_OF_SEEDS:
        return None
    hostile = plan.hostile_seconds
    way = random.choice(WAYS)
    return BesidePlan(
        cards=random.choice((3, 6, 10)),
        reserve=random.choice((0, 3, 8)),
        shared=random.choice((0, 2)),
        reserve_at=random.choice((None, 6.0)),
        restocks=tuple((hostile * random.random(), random.choice((1, 3))) for _ in range(random.choice((0, 1, 2)))),
        orders=tuple(_order(random, number, hostile) for number in range(1, random.choice((7, 10, 13)))),
        steps=tuple(
            (hostile * (0.1 + 0.8 * (count + random.random() * 0.8) / len(way)), mode) for count, mode in enumerate(way)
        ),
        fill_in_after_seconds=random.choice((8.0, 20.0)),
        poll_seconds=max(5.0, hostile / 25),
        give_up_seconds=random.choice((60.0, 300.0)),
    )  # fmt: skip


def _order(random: Random, number: int, hostile: float) -> BesideOrder:
    placed_at = 0.5 + random.random() * hostile * 1.05
    pays_at = placed_at + random.choice((0.1, 2.0, 15.0)) * (0.5 + random.random())
    is_craft = random.random() < 0.1
    is_stuck = is_craft or random.random() < 0.4
    return BesideOrder(
        number=f"B{random.randrange(10**6):06d}N{number:02d}",
        quantity=random.choice((1, 1, 1, 2)),
        is_craft=is_craft,
        placed_at=placed_at,
        pays_at=pays_at if random.random() < 0.9 else None,
        delivery_seconds=random.choice((0.0, 0.2, 6.0)) * random.random(),
        is_stuck=is_stuck,
        by_hand_at=pays_at + random.choice((5.0, 20.0, 60.0)) * random.random() if is_stuck and random.random() < 0.5 else None,
    )
