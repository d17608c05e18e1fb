"""Whether shops of a seed have webhooks, how their endpoints behave when, where their names lead, and what their keepers do.

All spells end with the hostile phase: then every endpoint takes what comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any

from redress.simulation.restore_plans import RestorePlan

NOTIFY = "notify"
SHARE_OF_SEEDS = 0.2
PRIVATE_ADDRESS = "10.0.0.7"
"""Where a name leads that was turned on us: into the installation's own network."""
_TYPES: tuple[tuple[str, ...], ...] = (
    (),
    (),
    ("order.paid", "unit.delivered", "unit.failed"),
    ("order.placed", "order.expired", "order.closed", "payment.rejected", "product.off_sale", "product.on_sale"),
)


class EndpointMood(StrEnum):
    WELL = "well"
    SLOW = "slow"
    """It takes the message, and answers when nobody waits any more."""
    UNHEARD = "unheard"
    """It takes the message, and its answer is lost."""
    DOWN = "down"
    FAILING = "failing"
    BABBLING = "babbling"
    """It sends us elsewhere, into our own network."""
    GONE = "gone"
    """410: it wants nothing more."""
    TURNED = "turned"
    """Its name leads to a private address."""


@dataclass(frozen=True, slots=True)
class EndpointPlan:
    """One endpoint of a shop's. Times in seconds from the start. `types` empty: every type. `spells`: (start, end, mood)."""

    name: str
    address: str
    types: tuple[str, ...] = ()
    registered_at: float = 0.4
    spells: tuple[tuple[float, float, EndpointMood], ...] = ()
    secret_replaced_at: float | None = None
    switched_off: tuple[float, float] | None = None
    """From when to when the shop has it disabled."""

    @property
    def host(self) -> str:
        return f"{self.name}.shops.example"

    @property
    def path(self) -> str:
        return f"/hooks/{self.name}"

    @property
    def url(self) -> str:
        return f"https://{self.host}{self.path}"

    def mood(self, seconds: float) -> EndpointMood:
        return next((mood for start, end, mood in self.spells if start <= seconds < end), EndpointMood.WELL)


@dataclass(frozen=True, slots=True)
class WebhookPlan:
    """`neighbours`: the second shop's endpoint, where there is such a shop. `replay_rate`: how many of those given up are sent again."""

    endpoints: tuple[EndpointPlan, ...] = ()
    neighbours: EndpointPlan = EndpointPlan("neighbour", "93.184.215.90")
    limits: Mapping[str, Any] = field(default_factory=dict)
    replay_rate: float = 0.0
    restores: tuple[RestorePlan, ...] = ()

    @property
    def tries(self) -> int:
        """How often a message is posted before it is given up."""
        return len(self.limits["pauses_seconds"]) + 1

    def address_of(self, host: str, seconds: float) -> str:
        """Where a name leads at that moment."""
        found = next(each for each in (*self.endpoints, self.neighbours) if each.host == host)
        return PRIVATE_ADDRESS if found.mood(seconds) is EndpointMood.TURNED else found.address


def webhooks_of(seed: int, hostile: float) -> WebhookPlan:
    """The plan of a seed; what else is in its world does not depend on it."""
    random = Random(f"webhooks {seed}")
    if random.random() >= SHARE_OF_SEEDS:
        return WebhookPlan()
    count = 2 if random.random() < 0.25 else 1
    return WebhookPlan(
        endpoints=tuple(_endpoint(random, hostile, number) for number in range(1, count + 1)),
        limits={
            "pauses_seconds": random.choice(((5.0, 30.0, 120.0, 600.0), (1.0, 5.0, 20.0), (2.0, 8.0))),
            "failing_after_tries": random.choice((2, 4)),
            "disabled_after_seconds": random.choice((30.0, 300.0, 900.0)),
        },
        replay_rate=random.choice((0.0, 0.5)),
        restores=_restores(random, hostile),
    )


def _endpoint(random: Random, hostile: float, number: int) -> EndpointPlan:
    spells = []
    moods = [each for each in EndpointMood if each is not EndpointMood.WELL]
    for _ in range(random.choice((0, 1, 2, 4))):
        start = 3.0 + random.random() * hostile
        spells.append((start, min(hostile, start + random.choice((5.0, 30.0, 200.0))), random.choice(moods)))
    off_at = random.random() * hostile
    return EndpointPlan(
        name=f"hooks-{number}",
        address=f"93.184.215.{10 + number}",
        types=random.choice(_TYPES),
        spells=tuple(spells),
        secret_replaced_at=random.random() * hostile if random.random() < 0.3 else None,
        switched_off=(off_at, off_at + random.choice((1.0, 30.0))) if random.random() < 0.15 else None,
    )


def _restores(random: Random, hostile: float) -> tuple[RestorePlan, ...]:
    """A restore of the service that posts, in one of five of its worlds."""
    if random.random() >= 0.2:
        return ()
    at = 6.0 + random.random() * (hostile - 6.0)
    return (
        RestorePlan(
            service=NOTIFY,
            backup_at=max(0.2, at - random.choice((0.5, 3.0, 10.0, 60.0)) * (0.5 + random.random() / 2)),
            at=at,
            down_seconds=random.choice((0.2, 2.0, 10.0)),
            said_again_after=random.choice((0.5, 5.0, 60.0)),
            released_after=random.choice((5.0, 30.0, 200.0)),
        ),
    )
