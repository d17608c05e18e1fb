"""What a drill is, and what it is given to work with.

A drill takes something away, holds it away for a moment and gives it back; it returns when the fault has ended. Kinds: kill (a process is
gone), freeze (it stands still), wipe (data is gone), and the rest. Two drills may run at once: before it touches a service or a server,
each takes that in its hands (`House.hands_on`), so that nobody starts a process twice or asks a stopped server for something.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from redress.composition import SERVICES
from tests.faults.buyers import Buyers
from tests.faults.house import House
from tests.faults.told import Told

Kind = Literal["kill", "freeze", "wipe", "other"]


@dataclass(slots=True)
class Hit:
    """A writer that was stopped just there: `what` it was in the middle of, and which transaction that was, where it had a number."""

    service: str
    what: str
    transaction_id: str | None
    has_successor: bool
    takeover_seconds: float


@dataclass(slots=True)
class Trial:
    """What every drill of a house works with, and what it leaves for the summary (`counts`) and for the judges (`hits`)."""

    house: House
    buyers: Buyers
    chance: random.Random
    counts: Counter[str] = field(default_factory=Counter)
    hits: list[Hit] = field(default_factory=list)
    told: Told = field(default_factory=Told)

    def service(self) -> str:
        """Any service."""
        return self.chance.choice(list(SERVICES))


@dataclass(frozen=True)
class Drill:
    """`weight`: how often it is drawn, beside the others."""

    name: str
    kind: Kind
    weight: int
    run: Callable[[Trial], Awaitable[None]]
    is_alone: bool = False
    """No other drill comes at the same time."""
