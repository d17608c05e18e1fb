"""What is under way in the seconds that a restore loses; left to chance, hardly any restore would lose what was done outside.

In most worlds with a restore of order or inventory some orders are paid shortly before its backup. Where inventory is restored they are for
a product that only suppliers have, and those are in trouble until just after the backup: it has orders that are about to be sent again, and
the lost span has them made, by suppliers that take their time with the cards. Where order is restored the payment providers are in trouble
then, while payments are to be created and asked about. Whatever else a seed decides stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from redress.simulation.misbehaviour import SupplierPlan
from redress.simulation.restore_plans import RestorePlan
from sandbox.behaviour.faults import PaymentFaults, SupplierFaults

if TYPE_CHECKING:
    from redress.simulation.plan import OrderPlan, Plan

SHARE_OF_RESTORES = 0.9
EARLIEST_BACKUP_SECONDS = 12.0
"""By then products are listed and suppliers have joined."""
CROWD_SECONDS = 4.5
"""So long before the backup the first of these orders is paid: as long as a supplier is called again after temporary faults."""
LEAST_LOST_SECONDS = (4.0, 6.0, 15.0)
"""Long enough for something to be done in them."""
TROUBLES = (*[SupplierFaults(is_down=True)] * 4, SupplierFaults(is_failing=True), SupplierFaults(is_answer_lost=True))
"""Who is out of reach is called again, so that an order waits for that when the backup is made."""
LARGEST_QUANTITY = 2


def with_work_under_way(plan: Plan, prices: Mapping[str, str]) -> Plan:
    """The plan, with work under way where its first restore of order or inventory loses it; as it was where it has none."""
    random = Random(f"under way {plan.seed}")
    restore = next((each for each in plan.restores if each.service in ("order", "inventory")), None)
    if restore is None or random.random() >= SHARE_OF_RESTORES:
        return plan
    delay = max(0.0, EARLIEST_BACKUP_SECONDS + random.random() * 3.0 - restore.backup_at)
    longer = max(0.0, random.choice(LEAST_LOST_SECONDS) - (restore.at - restore.backup_at))
    moved = (each if each in plan.webhooks.restores else _later(each, restore, delay, longer) for each in plan.restores)
    plan = replace(plan, restores=tuple(moved))
    backup_at = restore.backup_at + delay
    calm_at = backup_at + 0.05 + random.random() * 1.5
    if calm_at >= plan.hostile_seconds:
        return plan
    if restore.service == "order":
        return replace(
            plan,
            orders=_crowd(plan, backup_at, None, prices, random),
            provider_spells=(*plan.provider_spells, *_provider_trouble(plan, backup_at, calm_at, random)),
        )
    code, trouble = _code_of_suppliers(plan, random), random.choice(TROUBLES)
    if code is None:
        return plan
    return replace(
        plan,
        orders=_crowd(plan, backup_at, code, prices, random),
        suppliers=tuple(_in_trouble(each, code, backup_at, calm_at, trouble, random) for each in plan.suppliers),
        imports=tuple(each for each in plan.imports if each[1] != code),
    )


def _later(each: RestorePlan, restore: RestorePlan, delay: float, longer: float) -> RestorePlan:
    """The one restore loses a longer span, which begins later; what comes after it comes after it still."""
    if each is restore or each.at < restore.at:
        return replace(each, backup_at=each.backup_at + delay, at=each.at + delay + (longer if each is restore else 0.0))
    return replace(each, backup_at=each.backup_at + delay + longer, at=each.at + delay + longer)


def _code_of_suppliers(plan: Plan, random: Random) -> str | None:
    """A product that suppliers sell and no file brings."""
    filed = {file.product_code for file in plan.quality.files}
    codes = [code for code, product in sorted(plan.products.items()) if product.is_bought and code not in filed]
    return random.choice(codes) if codes else None


def _crowd(plan: Plan, backup_at: float, code: str | None, prices: Mapping[str, str], random: Random) -> tuple[OrderPlan, ...]:
    """Some of the orders are paid just before the backup, and are for that product where one is named."""
    fit = [each for each in plan.orders if each.pays_at is not None and all(count <= LARGEST_QUANTITY for _, count in each.lines)]
    crowd = {each.number for each in random.sample(fit, min(len(fit), random.choice((3, 4, 5))))}

    def moved(order: OrderPlan) -> OrderPlan:
        if order.number not in crowd or order.pays_at is None:
            return order
        pays_at = backup_at - 0.5 - random.random() * CROWD_SECONDS
        delay, placed_at = pays_at - order.pays_at, pays_at - 0.3 - random.random()
        lines = order.lines if code is None else ((code, random.choice((1, 1, 2))),)
        return replace(
            order,
            lines=lines,
            prices=tuple(plan.changes.price_at(placed_at, each, prices[each]) for each, _ in lines),
            placed_at=placed_at,
            pays_at=pays_at,
            faults=order.faults if code is None else PaymentFaults(),
            forged_at=None if order.forged_at is None else order.forged_at + delay,
            pays_again_at=None if order.pays_again_at is None else order.pays_again_at + delay,
        )

    return tuple(moved(order) for order in plan.orders)


def _in_trouble(
    supplier: SupplierPlan, code: str, backup_at: float, calm_at: float, trouble: SupplierFaults, random: Random
) -> SupplierPlan:
    """In trouble until just after the backup, and slow with the cards from then on."""
    start, end = backup_at - CROWD_SECONDS - 2.0, calm_at + random.choice((20.0, 60.0))
    slow = SupplierFaults(late_seconds=random.choice((1.0, 20.0, 90.0)))
    others = [spell for spell in supplier.spells if not start <= spell[0] < end]
    spells = sorted([*others, (start, calm_at, trouble), (calm_at, end, slow)], key=lambda spell: spell[0])
    return replace(supplier, stock_counts={**supplier.stock_counts, code: 30}, spells=tuple(spells))


def _provider_trouble(plan: Plan, backup_at: float, calm_at: float, random: Random) -> Iterator[tuple[str, float, float, PaymentFaults]]:
    """In the same seconds; payments of these orders are being created and asked about."""
    for provider in plan.channels.providers:
        faults = random.choice(
            (
                PaymentFaults(is_down=True),
                PaymentFaults(is_failing=True),
                PaymentFaults(is_answer_lost=True),
                PaymentFaults(is_failing_to_create=True),
                PaymentFaults(slow_seconds=8.0),
            )
        )
        yield provider, backup_at - CROWD_SECONDS - 1.0, calm_at, faults
