"""What staff asks of the quality of cards."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from msgspec import Struct

from services.inventory.stock.commands import Name, ShopId


class VerifyCard(Struct, frozen=True, kw_only=True):
    """Ask the supplier of a card whether it still works."""

    shop_id: ShopId
    card_id: UUID
    staff: Name


class DecideBatch(Struct, frozen=True, kw_only=True):
    """Stop a batch, put a stopped one on sale again, or withdraw it for good."""

    shop_id: ShopId
    batch_id: Name
    decision: Literal["stop", "release", "withdraw"]
    reason: Name
    staff: Name


class SampleBatch(Struct, frozen=True, kw_only=True):
    """Draw a sample of a batch now."""

    shop_id: ShopId
    batch_id: Name
