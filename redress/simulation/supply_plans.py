"""How a seed plans the shop's dealings with its suppliers: money that runs out and is sent, limits that bite, the button pressed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random

PLENTY = Decimal("100000.00")


@dataclass(frozen=True, slots=True)
class TopUp:
    """Money arrives at a supplier."""

    at: float
    supplier_code: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class SupplyPlan:
    """`balances`: what there is at first, where it is not plenty. `limits`: by which suppliers are judged. `presses`: when a person has
    all that is stuck tried again."""

    balances: tuple[tuple[str, Decimal], ...] = ()
    top_ups: tuple[TopUp, ...] = ()
    limits: tuple[tuple[str, float], ...] = ()
    presses: tuple[float, ...] = ()

    def balance_of(self, supplier_code: str) -> str:
        """What there is at a supplier at first."""
        return str(dict(self.balances).get(supplier_code, PLENTY))


def supply_of(seed: int, hostile: float, suppliers: Sequence[str]) -> SupplyPlan:
    """The plan of a seed. Who begins with little gets some money on the way, and plenty before the hostile phase ends."""
    random = Random(f"supply {seed}")
    poor = [code for code in suppliers if random.random() < 0.3]
    top_ups = [TopUp(random.random() * hostile, code, Decimal(random.choice(("20.00", "90.00", "500.00")))) for code in poor]
    top_ups += [TopUp(hostile * (0.7 + random.random() * 0.25), code, PLENTY) for code in poor]
    presses: list[float] = []
    if poor or random.random() < 0.3:
        presses = [random.random() * hostile * 1.1 for _ in range(random.choice((1, 2, 4)))]
        presses += [at + random.choice((0.0, 0.01, 2.0)) for at in presses]
    return SupplyPlan(
        balances=tuple((code, Decimal(random.choice(("0.00", "35.00", "120.00")))) for code in poor),
        top_ups=tuple(top_ups),
        limits=(("balance_poll_seconds", 0.0), ("empty_poll_seconds", random.choice((5.0, 60.0))), *_limits(random)),
        presses=tuple(sorted(presses)),
    )


def _limits(random: Random) -> tuple[tuple[str, float], ...]:
    """Half of the seeds have the usual ones, the others such as suspend soon."""
    if random.random() < 0.5:
        return ()
    return (
        ("suspend_fault_count", random.choice((1, 2, 4))),
        ("suspend_sample_count", random.choice((1, 3))),
        ("suspend_below_score", random.choice((40, 85))),
        ("suspension_seconds", random.choice((3.0, 20.0, 100.0))),
        ("longest_suspension_seconds", random.choice((20.0, 200.0))),
        ("trial_count", random.choice((1, 3))),
        ("trial_seconds", random.choice((10.0, 100.0))),
    )
