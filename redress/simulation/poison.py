"""Poison: messages that this build of a service cannot decode, and contents that meet a bug in it, until it is mended.

A declaration is wrapped, not changed: a struck message raises before its reactions, or after them (so that all they did must be given
up), and so do struck timers and outcomes. Who is struck depends on the seed and on what is handled, never on when; from `mended_at` on
nothing is struck, and what was parked can be handled again.

Each run of a reaction is counted as a step, which ends a commit that would go round for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from typing import Any
from zlib import crc32

from chassis.decoding import Undecodable
from chassis.service import Service, Subscription
from redress.simulation.plan import Poison
from redress.simulation.scene import Scene


class PlantedBug(Exception):
    """A bug of the wrapper, not of the code under test."""


class EndlessCommit(BaseException):
    """One commit took more steps than any commit needs (not an Exception: no code under test may catch it)."""


class Steps:
    """Counts the steps of the commit under way."""

    def __init__(self, limit: int = 200_000) -> None:
        self.limit = limit
        self.count = 0

    def begin(self) -> None:
        self.count = 0

    def step(self) -> None:
        self.count += 1
        if self.count > self.limit:
            raise EndlessCommit(f"a commit took more than {self.limit} steps")


def poisoned(service: Service, scene: Scene, poison: Poison, seed: int, steps: Steps) -> Service:
    """The same service as a build that has these faults until `poison.mended_at`."""

    def is_struck(kind: str, rate: float, about: bytes) -> bool:
        is_sick = scene.chance.is_hostile and scene.clock.seconds < poison.mended_at
        return is_sick and crc32(f"{seed} {service.name} {kind}".encode() + about) % 10_000 < rate * 10_000

    def wrapped(reaction: Callable[..., None], kind: str) -> Callable[..., None]:
        def react(*arguments: Any) -> None:
            steps.step()
            reaction(*arguments)
            if is_struck(kind, poison.bug_rate, arguments[-1].cause.causation_id.encode()):
                raise PlantedBug(kind)

        return react

    def subscribed(subscription: Subscription) -> Subscription:
        def decode(value: bytes) -> Any:
            if is_struck("decode", poison.undecodable_rate, value):
                raise Undecodable("planted")
            return subscription.decode(value)

        reactions = tuple(wrapped(each, "message") for each in subscription.reactions)
        return replace(subscription, decode=decode, reactions=reactions)

    twin = copy(service)
    twin.subscriptions = {name: subscribed(each) for name, each in service.subscriptions.items()}
    twin.timers = {name: (timer, wrapped(reaction, "timer")) for name, (timer, reaction) in service.timers.items()}
    twin.outcomes = {kind: (intent, wrapped(reaction, "outcome")) for kind, (intent, reaction) in service.outcomes.items()}
    return twin
