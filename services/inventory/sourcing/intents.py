"""What sourcing wants to happen outside."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from msgspec import Struct

from chassis.activity import Intent


class PlaceSupplierOrder(Intent, frozen=True, kw_only=True):
    """Buy one card. `key` is our number of the order there, `target` the supplier's code, `sku_id` its article number."""

    KIND: ClassVar[str] = "inventory.PlaceSupplierOrder"
    need_id: UUID
    product_code: str
    sku_id: int
    card_pattern: str | None


class SourcedCard(Struct, frozen=True):
    """A card that came, sealed under `reference`. `is_valid`: it looks as the product's cards do."""

    reference: str
    fingerprint: str
    preview: str
    is_valid: bool


class SupplierDelivery(Struct, frozen=True):
    """What a delivered supplier order brought. `is_ordered_item`: the supplier says it is what was ordered, or says nothing."""

    cards: tuple[SourcedCard, ...]
    is_ordered_item: bool = True
