"""A product goes off sale when there is nothing to give for it, and comes back: told at the crossings, never with each sale."""

from __future__ import annotations

from typing import Any

import pytest

from services.inventory.sourcing.commands import SuspendSupplier
from services.inventory.sourcing.domain.standing import SupplierStatus
from services.inventory.sourcing.domain.supplier import Supplier
from services.inventory.stock.availability import ADVICE, stock_counts
from services.inventory.stock.commands import WithdrawStock
from services.inventory.stock.domain.availability import Level
from services.inventory.stock.domain.card import stock_key_of
from services.inventory.stock.domain.product import Product
from tests.desk import fold_views
from tests.inventory.rebuilding import assert_rebuilds
from tests.inventory.restored import RestoredWorld
from tests.inventory.world import PRODUCT, SHOP, World

TOLD = ("StockLow", "ProductSuspended", "ProductResumed")


def told(world: World) -> list[str]:
    return [name for name in world.names() if name in TOLD]


def level(world: World) -> Level:
    product: Product = world.bench.aggregate(Product.create_id(SHOP, PRODUCT))
    return product.level


def place(world: World, *orders: str) -> None:
    for order in orders:
        world.tell(world.placed(order))
        world.bench.advance(seconds=0)


def read_counts(world: World) -> None:
    """The edge reads the views."""
    fold_views(world.bench.service, world.bench.store)
    world.bench.committer.advice = {ADVICE: stock_counts(world.bench.store)}


def test_the_last_card_takes_the_product_off_sale_at_once_where_the_edge_has_seen_that_few_are_left() -> None:
    world = World(cards=7)
    read_counts(world)
    place(world, "A1")
    assert told(world) == []
    place(world, "A2")
    (low,) = world.said("StockLow")
    assert (low["free_count"], low["low_count"], low["supplier_count"]) == (5, 5, 0)
    place(world, "A3", "A4", "A5", "A6")
    assert told(world) == ["StockLow"]
    place(world, "A7")
    assert told(world) == ["StockLow", "ProductSuspended"]
    place(world, "A8")
    assert told(world) == ["StockLow", "ProductSuspended"]
    assert_rebuilds(world.bench)


def test_a_burst_that_nobody_saw_coming_is_noticed_by_the_first_order_that_finds_nothing() -> None:
    world = World(cards=2)
    place(world, "A1", "A2")
    assert told(world) == []
    place(world, "A3")
    assert told(world) == ["ProductSuspended"]


def test_many_sales_say_nothing() -> None:
    world = World(cards=60)
    read_counts(world)
    for number in range(50):
        world.buy(f"A{number}")
        world.bench.advance(seconds=0)
    assert told(world) == []


@pytest.mark.parametrize("way", ["expiry", "import"])
def test_stock_that_comes_back_puts_the_product_on_sale(way: str) -> None:
    world = World(cards=1)
    place(world, "A1", "A2")
    if way == "expiry":
        world.tell(world.expired("A1"))
    else:
        world.stock(*(world.new_secret() for _ in range(10)))
    world.bench.advance(seconds=0)
    (resumed,) = world.said("ProductResumed")
    assert resumed["free_count"] == (1 if way == "expiry" else 6)
    assert level(world) is (Level.LOW if way == "expiry" else Level.PLENTY)
    assert_rebuilds(world.bench)


def test_a_product_with_a_supplier_that_takes_orders_stays_on_sale() -> None:
    world = World("north", cards=7)
    read_counts(world)
    place(world, *(f"A{number}" for number in range(9)))
    (low,) = world.said("StockLow")
    assert (low["free_count"], low["supplier_count"]) == (5, 1)
    assert told(world) == ["StockLow"]


def test_when_its_only_supplier_is_suspended_it_goes_off_sale_with_the_next_order_and_comes_back_with_the_supplier() -> None:
    world = World("north")
    suspend(world, is_suspended=True)
    place(world, "A1")
    assert told(world) == ["ProductSuspended"]
    suspend(world, is_suspended=False)
    world.bench.advance(seconds=0)
    assert told(world) == ["ProductSuspended", "ProductResumed"]


def test_a_supplier_on_probation_gets_orders_to_prove_itself_by() -> None:
    world = World("north")
    supplier_id = Supplier.create_id(SHOP, "north")
    supplier: Supplier = world.bench.aggregate(supplier_id)
    assert supplier.is_live
    supplier.status = SupplierStatus.ON_PROBATION
    supplier.trial = "a trial under way"
    assert supplier.is_live
    assert not supplier.is_callable


def suspend(world: World, *, is_suspended: bool) -> None:
    world.bench.do(SuspendSupplier(shop_id=SHOP, supplier_code="north", is_suspended=is_suspended))


def test_withdrawing_what_is_left_takes_the_product_off_sale() -> None:
    world = World(cards=3)
    world.bench.do(WithdrawStock(shop_id=SHOP, product_code=PRODUCT, reason="recalled"))
    world.bench.advance(seconds=0)
    assert told(world) == ["ProductSuspended"]


def test_an_order_that_comes_all_the_same_is_handled_as_ever() -> None:
    world = World(cards=1)
    place(world, "A1", "A2")
    world.tell(world.paid("A2"), world.paid("A1"))
    assert [world.need(each).status.value for each in ("A1", "A2")] == ["allocated", "manual"]


def test_the_counts_at_the_edge_are_those_of_free_cards() -> None:
    world = World(cards=3)
    place(world, "A1")
    read_counts(world)
    advice: Any = world.bench.committer.advice[ADVICE]
    assert advice == {stock_key_of(SHOP, PRODUCT): 2}


def test_what_was_said_before_a_restore_is_said_again_and_looked_at() -> None:
    world = RestoredWorld(cards=1)
    world.back_up()
    place(world, "A1", "A2")
    world.restore()
    world.bench.advance(seconds=0)
    assert told(world)[-1] == ("ProductSuspended" if level(world) is Level.OFF_SALE else "ProductResumed")
    assert told(world)[0] == "ProductSuspended"
