"""How the parties outside misbehave, and when, as a seed plans it: down, failing, slow, denying, lying, sending twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from sandbox.behaviour.faults import PaymentFaults, SupplierFaults

PROVIDERS = ("alipay", "epay")


@dataclass(frozen=True, slots=True)
class SupplierPlan:
    """One supplier: what it sells and how it fails, each spell as (from, until, faults)."""

    code: str
    stock_counts: dict[str, int]
    spells: tuple[tuple[float, float, SupplierFaults], ...]


def suppliers_of(random: Random, hostile: float, products: Iterable[str]) -> tuple[SupplierPlan, ...]:
    plans = []
    for code in ("north", "south", "west")[: random.choice((1, 2, 2, 3))]:
        spells = []
        for _ in range(random.choice((0, 1, 2, 4))):
            start = random.random() * hostile
            spells.append((start, start + random.choice((10.0, 60.0, 400.0)), _supplier_faults(random)))
        counts = {product: random.choice((0, 2, 30, 30)) for product in products}
        plans.append(SupplierPlan(code, counts, tuple(sorted(spells, key=lambda spell: spell[0]))))
    return tuple(plans)


def _supplier_faults(random: Random) -> SupplierFaults:
    return random.choice(
        (
            SupplierFaults(is_down=True),
            SupplierFaults(is_failing=True),
            SupplierFaults(is_failing_after_success=True),
            SupplierFaults(is_answer_lost=True),
            SupplierFaults(is_answer_lost=True),
            SupplierFaults(slow_seconds=random.choice((2.0, 8.0, 20.0))),
            SupplierFaults(is_out_of_stock=True),
            SupplierFaults(is_without_balance=True),
            SupplierFaults(is_delisted=True),
            SupplierFaults(is_card_invalid=True),
            SupplierFaults(is_card_duplicate=True),
            SupplierFaults(is_denying_orders=True, is_answer_lost=True),
            SupplierFaults(is_denying_orders=True, is_ordering_twice=True, is_failing_after_success=True),
            SupplierFaults(is_ordering_twice=True, late_seconds=random.choice((1.0, 20.0))),
            SupplierFaults(late_seconds=random.choice((1.0, 20.0, 90.0, 400.0))),
            SupplierFaults(late_seconds=random.choice((40.0, 400.0, 900.0))),
            SupplierFaults(is_wrong_product=True),
        )
    )


def provider_spells_of(random: Random, hostile: float) -> tuple[tuple[str, float, float, PaymentFaults], ...]:
    spells = []
    for provider in PROVIDERS:
        if random.random() < 0.3:
            start = random.random() * hostile
            faults = random.choice(
                (
                    PaymentFaults(is_down=True),
                    PaymentFaults(is_failing=True),
                    PaymentFaults(is_answer_lost=True),
                    PaymentFaults(is_query_unpaid=True),
                    PaymentFaults(slow_seconds=20.0),
                )
            )
            spells.append((provider, start, start + random.choice((5.0, 60.0)), faults))
    return tuple(spells)


def payment_faults_of(random: Random) -> PaymentFaults:
    kind = random.random()
    if kind < 0.15:
        return PaymentFaults(duplicate_notice_count=random.choice((1, 2, 5)))
    if kind < 0.25:
        return PaymentFaults(notice_delay_seconds=random.choice((3.0, 40.0, 1000.0)))
    if kind < 0.30:
        return PaymentFaults(notice_total="0.01")
    if kind < 0.35:
        return PaymentFaults(is_notice_forged=True)
    if kind < 0.42:
        return PaymentFaults(lost_notice_count=1)
    if kind < 0.48:
        return PaymentFaults(is_query_unpaid=True)
    return PaymentFaults()
