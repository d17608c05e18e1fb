"""By which two payment channels the shop of a seed takes payments, and how they fare; what else is in its world does not depend on it."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from redress.simulation.misbehaviour import PROVIDERS
from sandbox.behaviour.faults import PaymentFaults

FIRST = ("alipay", "wechat")
SECOND = ("epay", "epay_v2", "tokenpay", "epusdt")
"""Gateways of one's own or of others; the last two take coins, and are asked by their own number only."""
SHARE_OF_CHOICE = 0.35


@dataclass(frozen=True, slots=True)
class ChannelsPlan:
    """`providers`: who stands for each of `PROVIDERS`.

    `has_choice`: every buyer has a payment created, and takes another channel where that fails; `limits`: when a channel is hidden then;
    `troubles`: (provider, start, end, how creating fails).
    """

    providers: tuple[str, str] = PROVIDERS
    has_choice: bool = False
    limits: tuple[tuple[str, float], ...] = ()
    troubles: tuple[tuple[str, float, float, PaymentFaults], ...] = ()

    def of(self, provider: str) -> str:
        """Who is meant where another part of the plan names one of `PROVIDERS`."""
        return self.providers[PROVIDERS.index(provider)]

    def other_than(self, provider: str) -> str:
        """The other one of this world."""
        return next(each for each in self.providers if each != provider)


def channels_of(seed: int, hostile: float, *, is_in_front: bool) -> ChannelsPlan:
    """The plan of a seed. A shop that we stand in front of verifies what comes from the usual two only."""
    random = Random(f"channels {seed}")
    first, second = random.choices(FIRST, (6, 4))[0], random.choices(SECOND, (5, 2, 2, 2))[0]
    providers = PROVIDERS if is_in_front else (first, second)
    if random.random() >= SHARE_OF_CHOICE:
        return ChannelsPlan(providers)
    return ChannelsPlan(providers, has_choice=True, limits=_limits(random), troubles=_troubles(random, hostile, providers))


def _limits(random: Random) -> tuple[tuple[str, float], ...]:
    """Such that a few buyers are enough, and that all are over before long."""
    most_failed = random.choice((1, 1, 2, 3))
    return (
        ("channel_most_failed", most_failed),
        ("channel_failed_window", random.choice((most_failed, 4, 10))),
        ("channel_unpaid_window", random.choice((3, 50))),
        ("channel_probation_unpaid", random.choice((1, 3))),
        ("channel_pause_seconds", random.choice((5.0, 30.0, 100.0))),
        ("channel_longest_pause_seconds", random.choice((60.0, 300.0))),
    )


def _troubles(random: Random, hostile: float, providers: tuple[str, str]) -> tuple[tuple[str, float, float, PaymentFaults], ...]:
    troubles = []
    for _ in range(random.choice((1, 2, 4))):
        faults = random.choice((PaymentFaults(is_failing_to_create=True), PaymentFaults(is_refusing_to_create=True)))
        start = random.random() * hostile * 0.8
        troubles.append((random.choice(providers), start, start + hostile * random.choice((0.1, 0.3, 0.6)), faults))
    return tuple(troubles)
