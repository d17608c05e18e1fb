"""Where an order stands with its payment."""

from __future__ import annotations

from enum import StrEnum


class OrderState(StrEnum):
    PLACED = "placed"
    EXPIRED = "expired"
    PAID = "paid"
