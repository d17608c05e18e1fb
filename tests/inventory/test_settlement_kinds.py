"""Settlement of what is no plain card: top-ups, which have none, and accounts that a supplier sent."""

from __future__ import annotations

import pytest

from chassis.activity import Unknown
from contracts.values import AfterSalesPolicy, Money
from redress.simulation.laws_of_accounts import sales_are_settled_once, settlement_difference_is_nothing
from services.inventory.settlement.commands import SetTerms
from services.inventory.settlement.domain.sale_line import LineStatus, SaleLine
from services.inventory.stock.commands import ListProduct, OfferProduct, SetPolicy
from services.inventory.stock.domain.product_kind import USUAL_ACCOUNT, account_pattern
from tests.inventory.rebuilding import assert_rebuilds
from tests.inventory.restored import RestoredWorld
from tests.inventory.test_settlement import DAYS, line_of, settlement, sums
from tests.inventory.test_top_up import COINS, MADE, a_world, buy
from tests.inventory.world import SHOP, World, need_id

COST = Money(80, "CNY")


def on_account(world: World, product: str = COINS, supplier: str = "north") -> None:
    """What costs 0.80 there, and is sold for 1.00, is owed after the sale."""
    world.bench.do(SetTerms(shop_id=SHOP, supplier_code=supplier, is_on_account=True, grade=None, staff="ann"))
    world.bench.do(OfferProduct(shop_id=SHOP, product_code=product, supplier_code=supplier, sku_id=7, price=COST))


def top_up(world: RestoredWorld, order: str) -> None:
    world.answer(buy(world, order), MADE)
    world.bench.advance(seconds=1)


def top_up_line(world: World, order: str) -> SaleLine:
    return world.bench.aggregate(SaleLine.create_id(SHOP, need_id(order)))  # type: ignore[no-any-return]


def test_a_top_up_of_a_supplier_on_account_is_owed_at_its_cost_like_a_card() -> None:
    world = a_world("north")
    on_account(world)
    top_up(world, "A1")
    line = top_up_line(world, "A1")
    assert line.price is not None
    assert (line.price.sale_minor, line.price.net_minor, line.status) == (100, 80, LineStatus.PENDING)
    world.bench.advance(days=DAYS)
    assert settlement(world, supplier_code="north").net_minor == 80
    assert (sums(world)["sales_minor"], sums(world)["due_minor"], sums(world)["commission_minor"]) == (100, 80, 20)
    assert_rebuilds(world.bench)


def test_an_account_bought_of_a_supplier_on_account_has_its_line() -> None:
    world = World("north")
    world.bench.do(ListProduct(shop_id=SHOP, product_code="MAIL", name="A mailbox", kind="account"))
    on_account(world, "MAIL")
    world.tell(world.placed("A1", product="MAIL"), world.paid("A1", product="MAIL"))
    world.deliver(world.number_of("A1"), "someone----s3cret", pattern=account_pattern(USUAL_ACCOUNT))
    world.bench.advance(days=DAYS + 1)
    line = line_of(world, "A1")
    assert line.price is not None
    assert (line.price.net_minor, line.status) == (80, LineStatus.DUE)
    assert sums(world)["due_minor"] == 80


def test_a_prepaid_supplier_is_owed_nothing_for_a_top_up() -> None:
    world = a_world("north")
    top_up(world, "A1")
    assert all(row.kind != SaleLine.TOPIC for row in world.bench.store.events_after(0, 10_000))


def test_a_top_up_that_came_too_late_has_no_line() -> None:
    world = a_world("north")
    on_account(world)
    number = buy(world, "A1")
    world.answer(number, Unknown("answer_lost"))
    world.tell(world.failed("A1"))
    world.told(number, MADE)
    world.bench.advance(seconds=1)
    assert all(row.kind != SaleLine.TOPIC for row in world.bench.store.events_after(0, 10_000))


def test_the_warranty_freezes_the_line_of_a_top_up_and_a_failed_delivery_keeps_it_frozen() -> None:
    world = a_world("north")
    on_account(world)
    policy = AfterSalesPolicy(refund="none", warranty_days=30)
    assert world.bench.do(SetPolicy(shop_id=SHOP, product_code=COINS, policy=policy)).status == 200
    for order in ("A1", "A2"):
        top_up(world, order)
    world.bench.advance(days=DAYS)
    world.tell(world.failed("A2"))
    assert [top_up_line(world, order).holds for order in ("A1", "A2")] == [("warranty",), ("warranty", "need-closed")]
    world.bench.advance(days=30)
    assert [top_up_line(world, order).status for order in ("A1", "A2")] == [LineStatus.DUE, LineStatus.FROZEN]
    assert (sums(world)["due_minor"], sums(world)["frozen_minor"]) == (80, 80)


def test_a_top_up_that_a_restore_lost_has_its_line_and_price_again() -> None:
    world = a_world("north")
    on_account(world)
    world.back_up()
    top_up(world, "A1")
    world.restore()
    world.bench.advance(seconds=1)
    world.bench.release()
    world.bench.advance(days=DAYS)
    assert settlement(world, supplier_code="north").net_minor == 80
    assert_rebuilds(world.bench)


class Log:
    """Inventory's own log, as the laws of the simulation read it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def rows(self, service: str) -> list[object]:
        return list(self._world.bench.store.events_after(0, 10_000))


@pytest.mark.parametrize("has_line", [True, False])
def test_the_law_of_sales_misses_no_top_up(has_line: bool) -> None:
    world = a_world("north")
    on_account(world)
    world.answer(buy(world, "A1"), MADE)
    if has_line:
        world.bench.advance(seconds=1)
    log: object = Log(world)
    assert list(settlement_difference_is_nothing(log)) == []  # type: ignore[arg-type]
    assert len(list(sales_are_settled_once(log))) == (0 if has_line else 1)  # type: ignore[arg-type]
