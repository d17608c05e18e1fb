"""The limits of the fulfilment saga, recorded in its first event and read from there ever after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any

RULES_VERSION = 1
"""Which rules of fulfilment an order was promised; raised when their meaning changes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and counts; the defaults are those of services/order/README.md.

    Counted from the placing: `expiry_seconds`. From the payment: `redelivery_seconds` (the same need is asked again),
    `overdue_seconds`, `give_up_seconds` (DeliveryFailed). A provider that says "not paid" to a signed notice is asked
    `confirmation_checks` times in all, `confirmation_pause_seconds` apart.
    """

    expiry_seconds: float = 900.0
    redelivery_seconds: float = 5.0
    overdue_seconds: float = 30.0
    give_up_seconds: float = 1_800.0
    confirmation_checks: int = 2
    confirmation_pause_seconds: float = 3.0

    @property
    def expiry(self) -> timedelta:
        return timedelta(seconds=self.expiry_seconds)

    @property
    def redelivery(self) -> timedelta:
        return timedelta(seconds=self.redelivery_seconds)

    @property
    def overdue(self) -> timedelta:
        return timedelta(seconds=self.overdue_seconds)

    @property
    def give_up(self) -> timedelta:
        return timedelta(seconds=self.give_up_seconds)

    @property
    def confirmation_pause(self) -> timedelta:
        return timedelta(seconds=self.confirmation_pause_seconds)


DEFAULT_LIMITS = Limits()
_NAMES = frozenset(field.name for field in fields(Limits))


def limits_of(advice: Mapping[str, Any], shop_id: str) -> Limits:
    """The limits that hold for a shop: the defaults, what the advice says for all, then what it says under the shop's id."""
    own = advice.get(shop_id, {})
    given = {name: value for source in (advice, own) for name, value in source.items() if name in _NAMES}
    return replace(DEFAULT_LIMITS, **given)
