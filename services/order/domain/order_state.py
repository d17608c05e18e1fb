"""Where an order stands with its payment; an imported one is a shop's beside us, which has its money."""

from __future__ import annotations

from enum import StrEnum


class OrderState(StrEnum):
    PLACED = "placed"
    EXPIRED = "expired"
    PAID = "paid"
    IMPORTED = "imported"
