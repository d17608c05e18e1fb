"""What everything in a world shares: the clock, chance, the network, the trace, and the log of bugs."""

from __future__ import annotations

from dataclasses import dataclass, field

from chassis.parking import where
from redress.simulation.chance import Chance
from redress.simulation.clock import Clock
from redress.simulation.network import Network
from redress.simulation.rates import Rates
from redress.simulation.trace import Trace


class Crash(BaseException):
    """The process that is at work dies here and now (not an Exception: no code under test may catch it)."""


@dataclass(slots=True)
class Scene:
    clock: Clock
    chance: Chance
    network: Network
    trace: Trace
    rates: Rates
    bugs: list[str] = field(default_factory=list)
    """What code under test raised and should not have: service and place."""
    mistaken: list[str] = field(default_factory=list)
    """Outcomes that were taken for those of another attempt."""
    needless: list[str] = field(default_factory=list)
    """Backlogs that were taken for gaps."""

    def bug(self, service: str, error: BaseException) -> None:
        self.bugs.append(f"{service}: {where(error)}: {error!s:.200}")
        self.trace.note(service, f"BUG {where(error)}")
