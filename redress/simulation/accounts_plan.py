"""How a seed keeps accounts with its suppliers; the rest of a world does not depend on it. Amounts in fen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

OWN_STOCK, CONSIGNOR = "own", "lee"


@dataclass(frozen=True, slots=True)
class DepositPlan:
    """A supplier's deposit: its lines and first top-up at the opening, and a second top-up later."""

    supplier_code: str
    warning_minor: int
    floor_minor: int
    first_minor: int
    second_at: float
    second_minor: int


@dataclass(frozen=True, slots=True)
class AccountsPlan:
    """`stock_of`: whose cards the card files are. `on_account`: suppliers that are paid after the sale.

    `accepted`, `rejected`: shares of claims that are answered so; the rest is met with silence. `upheld`: of the rejected ones, and some
    wait for good. `complaints`: share of sold cards that staff claims for. `has_payouts`: settlements are asked for, approved and paid.
    """

    stock_of: str = OWN_STOCK
    on_account: tuple[str, ...] = ()
    deposits: tuple[DepositPlan, ...] = ()
    delay_seconds: float = 60.0
    accepted: float = 0.0
    rejected: float = 0.0
    upheld: float = 0.5
    complaints: float = 0.0
    has_payouts: bool = False


def accounts_of(seed: int, hostile: float, suppliers: Sequence[str]) -> AccountsPlan:
    """The accounts of a seed: half of them have hardly any."""
    random = Random(f"accounts {seed}")
    if random.random() < 0.5:
        return AccountsPlan()
    return AccountsPlan(
        stock_of=random.choice((OWN_STOCK, CONSIGNOR)),
        on_account=tuple(code for code in suppliers if random.random() < 0.3),
        deposits=tuple(_deposit(random, hostile, code) for code in suppliers if random.random() < 0.5),
        delay_seconds=random.choice((0.0, 20.0, 200.0)),
        accepted=random.choice((0.0, 0.5)),
        rejected=random.choice((0.0, 0.4)),
        complaints=random.choice((0.0, 0.2)),
        has_payouts=random.random() < 0.6,
    )


def _deposit(random: Random, hostile: float, code: str) -> DepositPlan:
    first = random.choice((3_500, 6_000, 50_000))
    return DepositPlan(code, random.choice((5_000, 50_000)), random.choice((0, 3_000, 3_400)), first, random.random() * hostile, 50_000)
