"""Looking whether a product is for sale, when that may have changed, and never on the way of an ordinary order.

A placing looks only where a card was wanted that there was not, or where the counts that are read at the edge say that few are left
(advice, which may be stale: a burst that sells a whole stock faster is noticed by the first order that finds nothing). What adds to a
stock, or lets a supplier take orders again, looks where the product was short. The look itself is a unit of its own, due at once. While a
supplier takes orders for a product, that it has no own cards is nothing to tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar
from uuid import UUID

import msgspec

from chassis.index import Drop, Index, Put
from chassis.service import on_timer, recovers
from chassis.store.port import ViewStore
from chassis.timer import Timer
from chassis.work import Work
from contracts.inventory import ProductResumed, ProductSuspended
from services.inventory.sourcing.domain.supplier import Supplier
from services.inventory.stock.domain.availability import Level
from services.inventory.stock.domain.product import Product
from services.inventory.stock.domain.product_kind import STOCKED_KINDS
from services.inventory.stock.free_stock import FreeStock
from services.inventory.stock.views import StockCounts

ADVICE = "stock_counts"
LOW_COUNT = 5
"""So many free cards of a product, or fewer, are few (the limit `stock_low_count`)."""
WATCHED_COUNT = 30
"""From so many on, as read at the edge, each placing counts what is left."""
MOST_PRODUCTS = 1_000
MOST_LOOKS = 100


class StockLook(Timer, frozen=True):
    """Count what is left of a product. The aggregate is the product."""

    NAME: ClassVar[str] = "inventory.StockLook"


class OffSale(Index):
    """One row for each product that is off sale; the key is the shop."""

    NAME = "off_sale"
    events = (Product.SoldOut, Product.CameBack)

    @staticmethod
    def fold(event: object, aggregate: Product) -> Iterable[Put | Drop]:
        row_id = str(aggregate.id)
        return (Put(row_id, aggregate.shop_id),) if isinstance(event, Product.SoldOut) else (Drop(row_id),)


def stock_counts(store: ViewStore) -> Mapping[str, int]:
    """The advice: free cards by shop and product, of the first thousand products; of others nothing is known."""
    documents = store.view_rows(StockCounts.NAME, limit=MOST_PRODUCTS)
    return {f"{each.shop_id}|{each.product_code}": each.free for each in (_read(data) for _, data in documents)}


class _Counts(msgspec.Struct, frozen=True):
    shop_id: str
    product_code: str
    free: int


_read = msgspec.json.Decoder(_Counts).decode


def note_taken(stocks: Iterable[FreeStock], work: Work) -> None:
    """Cards were taken from these stocks, or were wanted in vain: where few may be left, have what is left looked at."""
    counts = work.advice(ADVICE)
    for stock in stocks:
        if not stock.is_short and counts.get(stock.key, WATCHED_COUNT + 1) > WATCHED_COUNT:
            continue
        product = stock.product
        if product is None or product.is_off_sale or product.kind not in STOCKED_KINDS:
            continue
        left = 0 if stock.is_short else stock.count_left(_low_count(work) + 1)
        if left == 0:
            is_crossing = next(_live_suppliers(product, work), None) is None
        else:
            is_crossing = product.level is Level.PLENTY and left <= _low_count(work)
        if is_crossing:
            _look_at(product.id, work)


def note_added(product: Product | None, work: Work) -> None:
    """Something came to a product's stock, or may have: where it was short, have it looked at."""
    if product is not None and product.level is not Level.PLENTY:
        _look_at(product.id, work)


def note_removed(product: Product, work: Work) -> None:
    """Unsold cards went out of a product's stock."""
    if not product.is_off_sale:
        _look_at(product.id, work)


def note_supplier_back(supplier: Supplier, work: Work) -> None:
    """A supplier takes orders again: products of the shop that are off sale may be for sale."""
    if supplier.is_live:
        for row in work.look(OffSale.NAME, supplier.shop_id)[:MOST_LOOKS]:
            _look_at(row.stream_id, work)


@on_timer(StockLook)
def on_stock_look(timer: StockLook, work: Work) -> None:
    """Count, and record a crossing."""
    product = work.get(Product, timer.stream_id)
    low_count = _low_count(work)
    free_count = FreeStock(work, product.shop_id, product.product_code).count_left(low_count + 1)
    supplier_count = 0
    if free_count <= low_count:
        supplier_count = sum(1 for _ in _live_suppliers(product, work))
    product.note_stock(free_count=free_count, supplier_count=supplier_count, low_count=low_count)


@recovers(ProductSuspended)
def suspend_again(message: ProductSuspended, work: Work) -> None:
    """It is off sale, as was said; whether it still is, is looked at."""
    product = work.find(Product, Product.create_id(message.shop_id, message.product_code))
    if product is not None:
        product.sell_out_again(message.reason)
        _look_at(product.id, work)


@recovers(ProductResumed)
def resume_again(message: ProductResumed, work: Work) -> None:
    """It is for sale, as was said; whether it still is, is looked at."""
    product = work.find(Product, Product.create_id(message.shop_id, message.product_code))
    if product is not None:
        product.come_back_again(free_count=message.free_count, supplier_count=message.supplier_count)
        _look_at(product.id, work)


def _live_suppliers(product: Product, work: Work) -> Iterator[Supplier]:
    """Those of the product's suppliers that take orders now."""
    for supplier_code in product.sources:
        supplier = work.find(Supplier, Supplier.create_id(product.shop_id, supplier_code))
        if supplier is not None and supplier.is_live:
            yield supplier


def _look_at(product_id: UUID, work: Work) -> None:
    work.cancel_timer(StockLook, product_id)  # one look is enough, however many asked for it
    work.set_timer(StockLook(product_id), due_at=work.now)


def _low_count(work: Work) -> int:
    count: int = work.advice("limits").get("stock_low_count", LOW_COUNT)
    return count
