"""What a buyer is entitled to: one card for each unit of the order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.order.domain.lines import UnitKey


class UnitState(StrEnum):
    """pending: no card yet · delivered: the buyer can have the card · revealed: has seen it · failed: none will come by itself."""

    PENDING = "pending"
    DELIVERED = "delivered"
    REVEALED = "revealed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Entitlement:
    """One unit. The card is known by its id and masked preview only; `asked_count` counts the payment as the first asking.

    `is_stuck`: no supplier had its card, and a person may still find one. `is_timed_out`: its last deadline has passed, and inventory ends
    its need, with a card or without one.
    """

    key: UnitKey
    product_code: str
    state: UnitState = UnitState.PENDING
    asked_count: int = 1
    is_slow: bool = False
    is_overdue: bool = False
    is_timed_out: bool = False
    is_stuck: bool = False
    card_id: str | None = None
    card_preview: str | None = None
    delivered_at: datetime | None = None
    delivery_milliseconds: int | None = None
    failure: str | None = None

    def changed(self, **values: Any) -> Entitlement:
        return replace(self, **values)
