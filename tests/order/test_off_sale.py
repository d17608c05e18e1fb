"""What is off sale is refused, and taken again when it is back; orders that another shop has sold are taken in any case."""

from __future__ import annotations

import msgspec
import pytest

from contracts.inventory import ProductResumed, ProductSuspended
from tests.harness import Bench
from tests.order.builders import PRODUCT, SHOP, a_bench, card_id, place


def suspended() -> ProductSuspended:
    return ProductSuspended(
        shop_id=SHOP, product_id=card_id(PRODUCT), product_code=PRODUCT, free_count=0, supplier_count=0, reason="out_of_stock"
    )


def resumed() -> ProductResumed:
    return ProductResumed(shop_id=SHOP, product_id=card_id(PRODUCT), product_code=PRODUCT, free_count=3, supplier_count=0)


@pytest.fixture
def bench() -> Bench:
    bench = a_bench()
    bench.tell(suspended(), suspended())
    return bench


def test_an_order_for_a_product_that_is_off_sale_is_refused_until_it_is_back(bench: Bench) -> None:
    refused = place(bench)
    body = msgspec.json.decode(refused.body)
    assert (refused.status, body["code"], body["product_code"], body["line"]) == (409, "product-off-sale", PRODUCT, 1)
    assert bench.said == []
    bench.tell(resumed(), resumed())
    assert place(bench).status == 201


def test_an_order_that_was_taken_before_is_answered_as_it_was() -> None:
    bench = a_bench()
    first = place(bench)
    bench.tell(suspended())
    assert place(bench).body == first.body


def test_what_another_shop_has_sold_is_taken(bench: Bench) -> None:
    assert place(bench, is_taken_over=True).status == 201


def test_a_shop_may_want_such_orders(bench: Bench) -> None:
    bench.committer.advice = {**bench.committer.advice, "limits": {SHOP: {"takes_orders_off_sale": True}}}
    assert place(bench).status == 201


def test_until_a_restore_is_released_an_order_sent_again_is_taken(bench: Bench) -> None:
    bench.restore(bench.store.copy())
    assert place(bench).status == 201
    bench.release()
    assert place(bench, "RD-NEW").status == 409
