"""One order of a need at one supplier, and one question to a supplier about orders that we may have forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class OrderState(StrEnum):
    """Where a supplier order stands: `refused` also means that the supplier knows nothing of it.

    `put_back`: the supplier knows nothing of it, and it may be sent there again under the same number.
    """

    AWAITED = "awaited"
    REFUSED = "refused"
    ANSWERED = "answered"
    PUT_BACK = "put_back"


@dataclass(frozen=True, slots=True)
class SupplierOrder:
    """`sku_id` None: an order that was found after a restore, of an article that nobody knows any more. `failure_count`: calls of it
    that failed temporarily. `is_asked_first`: its supplier was asked whether it knows the order before that was ever sent."""

    supplier_code: str
    sku_id: int | None
    ordered_at: datetime
    state: OrderState = OrderState.AWAITED
    failure_count: int = 0
    is_asked_first: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """A supplier that is asked what it delivered to a need, under the key of that question."""

    key: str
    supplier_code: str
