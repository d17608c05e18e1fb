"""What the stock said before a restore and has forgotten: products, their policies, and files that became stock."""

from __future__ import annotations

from uuid import UUID

from chassis.service import recovers
from chassis.work import Work
from contracts.inventory import AfterSalesPolicyChanged, CardsImported, ProductListed
from services.inventory.stock.domain.batch import CardBatch
from services.inventory.stock.domain.lost_import import LostImport
from services.inventory.stock.domain.product import Product
from services.inventory.stock.domain.product_kind import KindTerms


@recovers(ProductListed)
def list_again(message: ProductListed, work: Work) -> None:
    """The product can be ordered, as was said. What its cards look like, and who offers it, an operator must say again."""
    if work.find(Product, Product.create_id(message.shop_id, message.product_code)) is None:
        product = Product(
            shop_id=message.shop_id,
            product_code=message.product_code,
            name=message.name,
            kind=message.kind,
            card_pattern=None,
            terms=KindTerms(message.fields, message.use_limit, message.is_sent),
        )
        product.recover()


@recovers(AfterSalesPolicyChanged)
def set_policy_again(message: AfterSalesPolicyChanged, work: Work) -> None:
    """What was promised after the sale, under the version that orders were paid by."""
    product = work.find(Product, Product.create_id(message.shop_id, message.product_code))
    if product is not None:
        product.set_policy_again(message.version, message.policy)


@recovers(CardsImported)
def note_lost_import(message: CardsImported, work: Work) -> None:
    """Cards cannot be made up: note which file is to be imported again."""
    batch_id = UUID(message.batch_id)
    batch = work.find(CardBatch, batch_id)
    is_there = batch is not None and batch.is_completed
    if not is_there and work.find(LostImport, LostImport.create_id(batch_id)) is None:
        LostImport(
            shop_id=message.shop_id,
            batch_id=batch_id,
            product_code=message.product_code,
            supplier_code=message.supplier_code,
            card_count=message.card_count,
        )
