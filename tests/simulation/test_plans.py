"""What seeds decide: enough of what is rare by itself, and the same for ever."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from redress.simulation.channel_plans import FIRST, SECOND
from redress.simulation.plan import PRICES, OrderPlan, Plan, plan_of

PLANS = [plan_of(seed) for seed in range(200)]


def restored(service: str) -> list[Plan]:
    return [plan for plan in PLANS if any(each.service == service for each in plan.restores)]


def paid_before_a_backup(plan: Plan, service: str) -> Iterator[OrderPlan]:
    """Orders that are paid in the seconds before a backup that takes the place of a later state."""
    for restore in plan.restores:
        for order in plan.orders:
            if restore.service == service and order.pays_at is not None and 0.0 < restore.backup_at - order.pays_at < 6.0:
                yield order


def test_most_restores_of_inventory_find_orders_under_way_that_suppliers_take_while_it_is_lost() -> None:
    worlds = restored("inventory")
    bought = [
        plan
        for plan in worlds
        if any(plan.products[code].is_bought for order in paid_before_a_backup(plan, "inventory") for code, _ in order.lines)
    ]
    assert len(worlds) >= 15
    assert len(bought) > len(worlds) / 2


def test_most_restores_of_order_find_payments_under_way() -> None:
    worlds = restored("order")
    assert len([plan for plan in worlds if any(paid_before_a_backup(plan, "order"))]) > len(worlds) / 2


def test_orders_cost_what_their_products_cost_when_they_are_placed() -> None:
    for plan in PLANS:
        for order in plan.orders:
            expected = tuple(plan.changes.price_at(order.placed_at, code, PRICES[code]) for code, _ in order.lines)
            assert order.prices == expected, plan.seed


def test_a_restore_is_of_a_backup_made_before_it_and_after_the_one_before() -> None:
    for plan in PLANS:
        for restore in plan.restores:
            assert 0.0 < restore.backup_at < restore.at
        own = [each for each in plan.restores if each not in plan.webhooks.restores]
        for earlier, later in pairwise(own):
            assert earlier.at < later.at
            assert earlier.service != later.service or earlier.at < later.backup_at


def test_every_channel_is_taken_in_some_world() -> None:
    assert {provider for plan in PLANS for provider in plan.channels.providers} == {*FIRST, *SECOND}
    for plan in PLANS:
        assert {order.provider for order in plan.orders} <= set(plan.channels.providers)
