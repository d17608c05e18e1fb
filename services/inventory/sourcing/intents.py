"""What sourcing wants to happen outside."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from msgspec import Struct

from chassis.activity import Intent


class PlaceSupplierOrder(Intent, frozen=True, kw_only=True):
    """Buy one card. `key` is our number of the order there, `target` the supplier's code, `sku_id` its article number.

    `is_top_up`: or have a top-up made, to the account that the buyer named for `line` of the order.
    """

    KIND: ClassVar[str] = "inventory.PlaceSupplierOrder"
    need_id: UUID
    product_code: str
    sku_id: int
    card_pattern: str | None
    order_number: str = ""
    line: int = 0
    is_top_up: bool = False


class CancelSupplierOrder(Intent, frozen=True, kw_only=True):
    """Cancel the order that stands under `number` at a supplier, which nobody waits for any more. `target`: the supplier's code."""

    KIND: ClassVar[str] = "inventory.CancelSupplierOrder"
    need_id: UUID
    number: str


class SeekDeliveries(Intent, frozen=True, kw_only=True):
    """After a restore: ask a supplier what it delivered under any of these numbers, which `need_id` may have used there.

    `card_id` None: the need itself is without a card. Else it is about that lost card, whoever has it. `sku_id` None: the article
    is not known any more.
    """

    KIND: ClassVar[str] = "inventory.SeekDeliveries"
    need_id: UUID
    numbers: tuple[str, ...]
    sku_id: int | None
    card_pattern: str | None
    card_id: UUID | None = None
    is_top_up: bool = False


class SourcedCard(Struct, frozen=True):
    """A card that came, sealed under `reference`. `is_valid`: it looks as the product's cards do."""

    reference: str
    fingerprint: str
    preview: str
    is_valid: bool


class SupplierDelivery(Struct, frozen=True):
    """What a delivered supplier order brought. `is_ordered_item`: the supplier says it is what was ordered, or says nothing.

    `is_topped_up`: it was a top-up, and is made; there is no card.
    """

    cards: tuple[SourcedCard, ...]
    is_ordered_item: bool = True
    is_topped_up: bool = False


class FoundDelivery(Struct, frozen=True):
    """A delivered order that was found under one of the numbers asked for."""

    number: str
    delivery: SupplierDelivery


class FoundDeliveries(Struct, frozen=True):
    """What a supplier delivered under the numbers asked for, at least one."""

    found: tuple[FoundDelivery, ...]
