"""Bodies of the stock's routes. A request holds cards in the open, so no `repr` shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from contracts.values import AfterSalesPolicy, Money, ProductField
from services.inventory.stock.commands import MAX_CHUNK_CARDS, Name, Positive, ShopId, Sku, Tilt
from services.inventory.stock.domain.remarks import CardRemarks


class LineCard(Struct, frozen=True):
    """A card and the line of the file it stood on. `expires_at` has a zone."""

    line: Positive
    secret: str
    remarks: CardRemarks | None = None
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None

    def __repr__(self) -> str:
        return f"LineCard(line={self.line})"


class ChunkRequest(Struct, frozen=True, kw_only=True):
    """`POST /batches/{batch_id}/chunks`: up to 90 cards of a file; the chunks count from 1."""

    shop_id: ShopId | None = None
    product_code: Name
    supplier_code: Name
    chunk_number: Positive
    cards: Annotated[tuple[LineCard, ...], Meta(max_length=MAX_CHUNK_CARDS)]


class DuplicateCard(Struct, frozen=True):
    """A line whose card is known already; `product_code`: as which product; `batch_id`: from which import, None: not from a file."""

    line: int
    product_code: str
    batch_id: str | None = None


class FaultyLine(Struct, frozen=True):
    """A line that is no card of the product; `code` as `card_fault` gives it."""

    line: int
    code: str


class ChunkAnswer(Struct, frozen=True, kw_only=True):
    """What became of a chunk: cards taken in, and which lines were not, and why."""

    imported: int
    duplicates: tuple[DuplicateCard, ...] = ()
    faults: tuple[FaultyLine, ...] = ()

    @classmethod
    def of(cls, body: Any) -> ChunkAnswer:
        return msgspec.convert(body, cls)


class BatchEnd(Struct, frozen=True, kw_only=True):
    """`POST /batches/{batch_id}/completion`; `chunk_count`: how many chunks the file was cut into."""

    shop_id: ShopId | None = None
    chunk_count: Positive | None = None


class BatchEnded(Struct, frozen=True, kw_only=True):
    """Its answer. `missing_chunks`: numbers of chunks to send again before the batch is complete; the first ones, where there are many."""

    batch_id: str
    imported: int
    missing_chunks: tuple[int, ...] = ()


class BatchState(Struct, frozen=True, kw_only=True):
    """`GET /batches/{batch_id}`. `status`: `on_sale`, `stopped`, `withdrawn`."""

    batch_id: str
    product_code: str
    supplier_code: str
    card_count: int
    last_chunk: int
    is_completed: bool
    status: str = "on_sale"


class Withdrawal(Struct, frozen=True, kw_only=True):
    """`POST /products/{product_code}/withdrawal`, `POST /batches/{batch_id}/chunks/{chunk_number}/withdrawal`."""

    shop_id: ShopId | None = None
    reason: Name


class CardWithdrawal(Struct, frozen=True, kw_only=True):
    """`POST /stock/withdrawal`: the cards themselves, as in an import."""

    shop_id: ShopId | None = None
    reason: Name
    cards: Annotated[tuple[LineCard, ...], Meta(max_length=MAX_CHUNK_CARDS)]


class CardLeft(Struct, frozen=True):
    """A card that is not withdrawn; `reason`: `unknown`, or its status. `line`: where it stood, for a file."""

    card_id: UUID
    reason: str
    line: int | None = None


class WithdrawalAnswer(Struct, frozen=True, kw_only=True):
    """What was withdrawn. `is_done`: nothing more is left to ask for."""

    withdrawn: int
    refused: tuple[CardLeft, ...] = ()
    is_done: bool = True


class Listing(Struct, frozen=True, kw_only=True):
    """`POST /products`. `fields`: of an account. `use_limit`: of each card of the kind reusable. `is_sent`: of the kind manual, goods."""

    shop_id: ShopId | None = None
    product_code: Name
    name: Name
    kind: str = "card"
    card_pattern: str | None = None
    fields: tuple[ProductField, ...] = ()
    use_limit: Positive | None = None
    is_sent: bool = False


class ExpiryMargin(Struct, frozen=True, kw_only=True):
    """`PUT /products/{product_code}/expiry-margin`: cards are issued no later than so many days before they expire."""

    shop_id: ShopId | None = None
    days: Annotated[int, Meta(ge=0, le=3_650)]


class PolicyBody(Struct, frozen=True, kw_only=True):
    """`PUT /products/{product_code}/after-sales-policy`."""

    shop_id: ShopId | None = None
    policy: AfterSalesPolicy


class PolicyShown(Struct, frozen=True):
    """`GET /products/{product_code}/after-sales-policy`; `version` is 0 while there is none."""

    product_code: str
    version: int
    policy: AfterSalesPolicy | None


class Offer(Struct, frozen=True, kw_only=True):
    """`PUT /products/{product_code}/sources/{supplier_code}`."""

    shop_id: ShopId | None = None
    sku_id: Sku
    price: Money


class OfferTilt(Struct, frozen=True, kw_only=True):
    """`PUT /products/{product_code}/sources/{supplier_code}/tilt`."""

    shop_id: ShopId | None = None
    tilt: Tilt


class OpenRequest(Struct, frozen=True, kw_only=True):
    """`POST /vault/open`: `references` are card ids. IP and device are the buyer's, for the vault; an export has no order.

    `shop_id`: of the order; an order number alone may be another shop's too.
    """

    references: Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=50)]
    purpose: Name
    shop_id: ShopId | None = None
    order_number: Name | None = None
    ip: str | None = None
    device: str | None = None

    def __repr__(self) -> str:
        return f"OpenRequest(references={self.references}, purpose={self.purpose!r})"


class ExportedCard(Struct, frozen=True):
    """An unsold card in the open, with what its file said of it."""

    card_id: UUID
    secret: str
    remarks: CardRemarks | None = None
    expires_at: datetime | None = None

    def __repr__(self) -> str:
        return f"ExportedCard(card_id={self.card_id})"


class ExportAnswer(Struct, frozen=True):
    """`POST /vault/open` for an export: `refused` are cards that are not in stock any more."""

    cards: tuple[ExportedCard, ...]
    refused: tuple[CardLeft, ...] = ()


class CardIds(Struct, frozen=True):
    """Names of cards; nothing of what they are."""

    card_ids: tuple[UUID, ...]
