"""The limits of the fulfilment saga, recorded in its first event and read from there ever after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any

from services.order.domain.channel_limits import DEFAULT_CHANNEL_LIMITS, ChannelLimits

RULES_VERSION = 1
"""Which rules of fulfilment an order was promised; raised when their meaning changes."""

SLOW_LEAST_MILLISECONDS = 1_000
"""However quick a product usually is, no buyer wants to be told of a shorter wait."""


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


@dataclass(frozen=True, slots=True)
class SearchLimits:
    """How long a payment is looked for after a restore, recorded in the search's first event.

    A provider that says "not paid" is asked `search_checks` times in all, `search_pause_seconds` apart. Where one has not answered
    after `search_patience_seconds`, a person is told; it is asked on all the same.
    """

    search_checks: int = 2
    search_pause_seconds: float = 3.0
    search_patience_seconds: float = 600.0

    @property
    def pause(self) -> timedelta:
        return timedelta(seconds=self.search_pause_seconds)

    @property
    def patience(self) -> timedelta:
        return timedelta(seconds=self.search_patience_seconds)


DEFAULT_LIMITS = Limits()
DEFAULT_SEARCH_LIMITS = SearchLimits()


def limits_of(advice: Mapping[str, Any], shop_id: str) -> Limits:
    """The limits that hold for a shop: the defaults, what the advice says for all, then what it says under the shop's id."""
    return replace(DEFAULT_LIMITS, **_given(Limits, advice, shop_id))


def search_limits_of(advice: Mapping[str, Any], shop_id: str) -> SearchLimits:
    """The limits of a search in a shop, found in the same way."""
    return replace(DEFAULT_SEARCH_LIMITS, **_given(SearchLimits, advice, shop_id))


def takes_orders_off_sale(advice: Mapping[str, Any], shop_id: str) -> bool:
    """Whether a shop wants orders for what is sold out as well: a card may come back until they are paid."""
    is_wanted: bool = advice.get(shop_id, {}).get("takes_orders_off_sale", False)
    return is_wanted


def channel_limits_of(advice: Mapping[str, Any], shop_id: str) -> ChannelLimits:
    """The limits of a shop's payment channels, found in the same way."""
    return replace(DEFAULT_CHANNEL_LIMITS, **_given(ChannelLimits, advice, shop_id))


def _given(kind: type[Limits] | type[SearchLimits] | type[ChannelLimits], advice: Mapping[str, Any], shop_id: str) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {name: value for source in (advice, advice.get(shop_id, {})) for name, value in source.items() if name in names}
