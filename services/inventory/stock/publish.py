"""What the stock tells the world."""

from __future__ import annotations

from typing import Any

from chassis.service import publishes
from contracts.inventory import (
    AfterSalesPolicyChanged,
    CardOpened,
    CardsImported,
    ProductListed,
    ProductResumed,
    ProductSuspended,
    StockLow,
)
from services.inventory.stock.domain.batch import CardBatch
from services.inventory.stock.domain.card import Card
from services.inventory.stock.domain.product import Product


@publishes(Product.Listed)
def product_listed(event: Product.Listed, product: Product) -> ProductListed:
    return ProductListed(
        shop_id=product.shop_id,
        product_id=str(product.id),
        product_code=product.product_code,
        name=product.name,
        kind=product.kind,
        fields=product.terms.fields,
        use_limit=product.terms.use_limit,
        is_sent=product.terms.is_sent,
    )


@publishes(Product.PolicySet)
def after_sales_policy_changed(event: Product.PolicySet, product: Product) -> AfterSalesPolicyChanged:
    return AfterSalesPolicyChanged(
        shop_id=product.shop_id,
        product_id=str(product.id),
        product_code=product.product_code,
        version=event.policy_version,
        policy=event.policy,
    )


@publishes(Product.RanLow)
def stock_low(event: Product.RanLow, product: Product) -> StockLow:
    return StockLow(**_counted(product), free_count=event.free_count, supplier_count=event.supplier_count, low_count=event.low_count)


@publishes(Product.SoldOut)
def product_suspended(event: Product.SoldOut, product: Product) -> ProductSuspended:
    return ProductSuspended(**_counted(product), free_count=0, supplier_count=0, reason=event.reason)


@publishes(Product.CameBack)
def product_resumed(event: Product.CameBack, product: Product) -> ProductResumed:
    return ProductResumed(**_counted(product), free_count=event.free_count, supplier_count=event.supplier_count)


def _counted(product: Product) -> dict[str, Any]:
    return {"shop_id": product.shop_id, "product_id": str(product.id), "product_code": product.product_code}


@publishes(CardBatch.Completed)
def cards_imported(event: CardBatch.Completed, batch: CardBatch) -> CardsImported:
    return CardsImported(
        shop_id=batch.shop_id,
        batch_id=str(batch.id),
        product_code=batch.product_code,
        supplier_code=batch.supplier_code,
        card_count=event.card_count,
    )


@publishes(Card.Opened)
def card_opened(event: Card.Opened, card: Card) -> CardOpened:
    assert card.order_number is not None
    return CardOpened(
        shop_id=card.shop_id,
        order_number=card.order_number,
        line=card.line,
        unit=card.unit,
        need_id=str(card.need_id),
        card_id=str(card.id),
        opened_count=event.opened_count,
    )
