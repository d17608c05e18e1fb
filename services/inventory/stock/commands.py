"""What the stock is told to do. Cards come sealed: a command holds their references, fingerprints and previews only."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from contracts.values import AfterSalesPolicy, Money, ProductField

MAX_CHUNK_CARDS = 90
"""A unit may touch 100 aggregates: these, their batch, product and supplier."""

NAME_PATTERN = r"^[^\x00-\x1f\x7f]{1,100}"
Name = Annotated[str, Meta(pattern=NAME_PATTERN + r"\Z")]
"""Names go into keys and records of others, so they are one line of text."""
ShopId = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f|]{1,100}\Z")]
"""It begins keys of indexes and views, with `|` behind it: without one of its own no key can belong to two shops."""
Sku = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Positive = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Tilt = Annotated[int, Meta(ge=-100, le=100)]
"""Points of score for or against a supplier, or one offer of it."""


class ListProduct(Struct, frozen=True, kw_only=True):
    """`card_pattern`: a regular expression that every whole card matches; None: anything goes. `fields`, `use_limit`: see KindTerms."""

    shop_id: ShopId
    product_code: Name
    name: Name
    kind: str = "card"
    card_pattern: str | None = None
    fields: tuple[ProductField, ...] = ()
    use_limit: Positive | None = None
    is_sent: bool = False


class SetExpiryMargin(Struct, frozen=True, kw_only=True):
    """Cards of a product are issued no later than so many days before they expire."""

    shop_id: ShopId
    product_code: Name
    days: Annotated[int, Meta(ge=0, le=3_650)]


class SetPolicy(Struct, frozen=True, kw_only=True):
    """What is promised after the sale of a product from now on."""

    shop_id: ShopId
    product_code: Name
    policy: AfterSalesPolicy


class OfferProduct(Struct, frozen=True, kw_only=True):
    """A supplier offers a product: its article number there, and what one card costs."""

    shop_id: ShopId
    product_code: Name
    supplier_code: Name
    sku_id: Sku
    price: Money


class TiltOffer(Struct, frozen=True, kw_only=True):
    """Prefer a supplier's offer of one product, or put it back; added to what tilts the supplier itself."""

    shop_id: ShopId
    product_code: Name
    supplier_code: Name
    tilt: Tilt


class SealedCard(Struct, frozen=True):
    """A card of an import; `line`: where it stood in the file; `remarks`: the reference of what the file said beside it."""

    line: Positive
    reference: str
    fingerprint: str
    preview: str
    remarks: str | None = None
    expires_at: datetime | None = None


class ImportCards(Struct, frozen=True, kw_only=True):
    """One chunk of a card file, whose sealed cards come along with the unit."""

    shop_id: ShopId
    batch_id: Name
    product_code: Name
    supplier_code: Name
    chunk_number: Positive
    cards: Annotated[tuple[SealedCard, ...], Meta(max_length=MAX_CHUNK_CARDS)]


class WithdrawCards(Struct, frozen=True, kw_only=True):
    """Take these cards out of stock, as far as they are unsold."""

    shop_id: ShopId
    card_ids: Annotated[tuple[UUID, ...], Meta(max_length=MAX_CHUNK_CARDS)]
    reason: Name


class WithdrawStock(Struct, frozen=True, kw_only=True):
    """Take the next unsold cards of a product out of stock, as many as one unit may touch."""

    shop_id: ShopId
    product_code: Name
    reason: Name


class CompleteBatch(Struct, frozen=True, kw_only=True):
    """All chunks of a card file have been sent; `chunk_count`: how many, so that one that a restore took away is missed."""

    shop_id: ShopId
    batch_id: Name
    chunk_count: Positive | None = None


class ExportCards(Struct, frozen=True, kw_only=True):
    """Let a person of the staff have these cards in the open, as far as they are unsold and of their shops (None: all shops)."""

    card_ids: tuple[UUID, ...]
    exported_by: Name
    shop_ids: tuple[str, ...] | None = None


class OpenCards(Struct, frozen=True, kw_only=True):
    """Let the buyer of an order see its cards. IP and device come along sealed."""

    card_ids: tuple[UUID, ...]
    order_number: Name
    purpose: Name
    ip_references: tuple[str, ...] = ()
    device_references: tuple[str, ...] = ()
    """One for each card (each is sealed for its card), or none at all."""
