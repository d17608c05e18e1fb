"""What a seed does about promises and quality: policies that change on the way, files of a supplier that tells of its cards, batches that
staff stops, releases or withdraws, cards that staff asks about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from redress.simulation.kinds import ProductPlan

TELLER = "teller"
"""The supplier whose files are sampled; it sells by file only, and tells of each card when it is asked."""


@dataclass(frozen=True, slots=True)
class FilePlan:
    """A card file of the teller; `states`: what it says of each card."""

    at: float
    batch: str
    product_code: str
    states: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class QualityPlan:
    """`policies`: (at, product, warranty days); `decisions`: (at, batch, stop, release or withdraw); `checks`: (at, card)."""

    policies: tuple[tuple[float, str, int], ...] = ()
    files: tuple[FilePlan, ...] = ()
    decisions: tuple[tuple[float, str, str], ...] = ()
    checks: tuple[tuple[float, str], ...] = ()
    limits: Mapping[str, float] = field(default_factory=dict)


def quality_of(seed: int, hostile: float, products: Mapping[str, ProductPlan]) -> QualityPlan:
    """A stream of chance of its own, so that what else a seed decides stays as it was."""
    random = Random(f"quality {seed}")

    def moment() -> float:
        return 5.0 + random.random() * (hostile - 5.0)

    policies = sorted((moment(), random.choice(sorted(products)), random.choice((7, 30, 365))) for _ in range(random.choice((0, 0, 2, 6))))
    limits = {
        "sample_pause_seconds": 40.0,
        "sample_rounds": 3,
        "sample_cards": random.choice((2, 5)),
        "bad_basis_points": random.choice((0, 2_000)),
        "fault_pause_seconds": 20.0,
        "fault_count": 2,
        "silence_pause_seconds": 15.0,
        "silence_count": 3,
    }
    stocked = [code for code, product in sorted(products.items()) if product.is_stocked]
    if not stocked or random.random() < 0.7:
        return QualityPlan(policies=tuple(policies), limits=limits)
    files = tuple(_file(random, number, moment() * 0.5, random.choice(stocked), products) for number in range(1, random.choice((2, 3))))
    decisions = sorted(
        (moment(), random.choice(files).batch, random.choice(("stop", "stop", "release", "withdraw")))
        for _ in range(random.choice((0, 2, 5)))
    )
    checks = sorted((moment(), random.choice(sorted(random.choice(files).states))) for _ in range(random.choice((0, 3))))
    return QualityPlan(tuple(policies), files, tuple(decisions), tuple(checks), limits)


def _file(random: Random, number: int, at: float, code: str, products: Mapping[str, ProductPlan]) -> FilePlan:
    weights = random.choice(((1, 0, 0, 0), (8, 1, 1, 1), (2, 1, 1, 0)))
    product, stem = products[code], f"OWN{90 + number}-{code[:4].upper()}"
    secrets = [product.secret(f"{stem}-{index:04d}-{number:04d}") for index in range(1, random.choice((4, 12)))]
    states = {secret: random.choices(("valid", "used", "invalid", "temporary_fault"), weights)[0] for secret in secrets}
    return FilePlan(at, f"file-{number}", code, states)
