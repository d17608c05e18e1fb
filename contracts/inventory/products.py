"""Products: listed, with a promise after the sale, on sale or off it."""

from __future__ import annotations

from contracts.fields import Count, Id, Name, Ordinal, Quantity, ReasonCode
from contracts.inventory.subject import InventoryMessage
from contracts.message import published_by
from contracts.values import AfterSalesPolicy, ProductField


@published_by("inventory")
class ProductListed(InventoryMessage, frozen=True, kw_only=True):
    """A product can be ordered from now on.

    `product_id`: UUID. `product_code`: the shop's code, in order lines. `name`: as buyers see it. `kind`:
    `card`, `account`, `reusable`, `manual`, `top_up`. `fields`: of what it is made, for an account; what the
    buyer fills in, for a top-up and for what a person delivers. `use_limit`: so often
    one card of the kind reusable is given, null: without end. `is_sent`: goods, of the kind manual.
    """

    product_id: Id
    product_code: Name
    name: Name
    kind: ReasonCode
    fields: tuple[ProductField, ...] = ()
    use_limit: Quantity | None = None
    is_sent: bool = False


@published_by("inventory")
class AfterSalesPolicyChanged(InventoryMessage, frozen=True, kw_only=True):
    """What the shop promises after the sale of a product, for orders that are paid from now on.

    `product_id`: UUID. `product_code`. `version`: of the product's policy, from 1; each change is a new one. `policy`: all of it.
    """

    product_id: Id
    product_code: Name
    version: Ordinal
    policy: AfterSalesPolicy


class StockMessage(InventoryMessage, frozen=True, kw_only=True):
    """How much of a product there is.

    `product_id`: UUID. `product_code`. `free_count`: own cards that nobody has, counted no further than the number that is few.
    `supplier_count`: suppliers that take orders for it now; counted where own cards are few.
    """

    product_id: Id
    product_code: Name
    free_count: Count
    supplier_count: Count


@published_by("inventory")
class StockLow(StockMessage, frozen=True, kw_only=True):
    """Few own cards of a product are left, as many as `low_count` or fewer. Told when that begins, not with each sale."""

    low_count: Count


@published_by("inventory")
class ProductSuspended(StockMessage, frozen=True, kw_only=True):
    """A product is off sale: orders for it are refused until ProductResumed. `reason`: code, such as `out_of_stock`."""

    reason: ReasonCode


@published_by("inventory")
class ProductResumed(StockMessage, frozen=True, kw_only=True):
    """A product that was suspended can be ordered again."""
