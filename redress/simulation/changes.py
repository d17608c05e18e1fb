"""What a shop changes on the way: its limits, its prices, its suppliers. Part of the plan of a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

LISTED_AFTER_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class LimitsChanged:
    """Other limits in the settings of both services. One process of each reads them at once, the other so many seconds later."""

    at: float
    order: tuple[tuple[str, float], ...]
    inventory: tuple[tuple[str, float], ...]
    lag_seconds: float


@dataclass(frozen=True, slots=True)
class PriceChanged:
    """From then on a product costs another price, and the suppliers' offers are noted anew."""

    at: float
    product_code: str
    price: str


@dataclass(frozen=True, slots=True)
class AccountGone:
    """The account at a supplier is missing from the settings for a while."""

    start: float
    end: float
    supplier_code: str


@dataclass(frozen=True, slots=True)
class SupplierSuspended:
    """Nothing is ordered there from now on; or it is again."""

    at: float
    supplier_code: str
    is_suspended: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """`joining`: suppliers that are registered only so many seconds after the start. `rerun_rate`: of the needs that
    nobody is left to ask for, how many staff has tried again at once."""

    limits: tuple[LimitsChanged, ...] = ()
    prices: tuple[PriceChanged, ...] = ()
    accounts: tuple[AccountGone, ...] = ()
    suspensions: tuple[SupplierSuspended, ...] = ()
    joining: tuple[tuple[str, float], ...] = ()
    rerun_rate: float = 0.0

    def price_at(self, seconds: float, product_code: str, first: str) -> str:
        """What a product costs at a moment."""
        return next((each.price for each in reversed(self.prices) if each.product_code == product_code and each.at <= seconds), first)


def changes_of(seed: int, random: Random, hostile: float, products: Sequence[str], suppliers: Sequence[str]) -> Changes:
    """The changes of a seed; most seeds have few of them."""

    def moments(probability: float, *counts: int) -> list[float]:
        count = random.choice(counts) if random.random() < probability else 0
        return sorted(LISTED_AFTER_SECONDS + random.random() * (hostile - LISTED_AFTER_SECONDS) for _ in range(count))

    accounts = [(start, random.choice((5.0, 40.0, 200.0)), random.choice(suppliers)) for start in moments(0.2, 1, 2)]
    return Changes(
        limits=(*(_limits(random, at) for at in moments(0.5, 1, 3, 6)), *_doubts(seed, hostile)),
        prices=tuple(PriceChanged(at, random.choice(products), random.choice(("9.90", "31.00", "52.50"))) for at in moments(0.3, 1, 4)),
        accounts=tuple(AccountGone(start, min(start + seconds, hostile), code) for start, seconds, code in accounts),
        suspensions=tuple(SupplierSuspended(at, random.choice(suppliers), random.random() < 0.5) for at in moments(0.25, 1, 4)),
        joining=tuple((code, random.random() * hostile * 0.7) for code in suppliers[1:] if random.random() < 0.2),
        rerun_rate=random.choice((0.0, 0.0, 0.5)),
    )


def _doubts(seed: int, hostile: float) -> tuple[LimitsChanged, ...]:
    """How long a doubtful notice is asked about, changed again and again in every third seed: such notices are few, and soon judged.

    A stream of chance of its own, so that what else a seed decides stays as it was.
    """
    random = Random(f"doubts {seed}")
    if random.random() >= 0.35:
        return ()
    moments = (LISTED_AFTER_SECONDS + random.random() * (hostile - LISTED_AFTER_SECONDS) for _ in range(8))
    return tuple(
        LimitsChanged(at, (("confirmation_checks", random.choice((1, 3, 9))), ("confirmation_pause_seconds", 1.0)), (), 0.0)
        for at in sorted(moments)
    )


def _limits(random: Random, at: float) -> LimitsChanged:
    return LimitsChanged(
        at,
        order=(
            ("expiry_seconds", random.choice((20.0, 300.0, 900.0))),
            ("redelivery_seconds", random.choice((1.0, 5.0, 20.0))),
            ("overdue_seconds", random.choice((3.0, 30.0, 100.0))),
            ("give_up_seconds", random.choice((60.0, 600.0, 1_800.0))),
            ("confirmation_checks", random.choice((1, 2, 4))),
            ("confirmation_pause_seconds", random.choice((0.5, 60.0))),
        ),
        inventory=(
            ("temporary_retry_seconds", random.choice((0.5, 2.0, 6.0))),
            ("temporary_retry_count", random.choice((0, 1, 2, 5))),
            ("supplier_silence_seconds", random.choice((20.0, 300.0))),
        ),
        lag_seconds=random.choice((0.0, 2.0, 30.0)),
    )
