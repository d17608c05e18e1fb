"""A person brings a channel back, and how channels are shown."""

from __future__ import annotations

import msgspec

from services.order.domain.channel_period import FAILED, PAID, UNPAID, ChannelPeriod
from services.order.domain.channel_watch import ChannelState, ChannelWatch


class BringChannelBack(msgspec.Struct, frozen=True, kw_only=True):
    """Offer the channel again now."""

    shop_id: str
    provider: str
    decided_by: str


class ChannelShown(msgspec.Struct, frozen=True, kw_only=True):
    """How a channel fares: `state` open, hidden or probation; counts of the newest payments that were created there.

    `is_creatable`: whether its account has what creating payments needs. `reason`, `hidden_until`: of one that is hidden.
    """

    channel: str
    currency: str
    is_creatable: bool
    is_askable: bool
    state: str
    reason: str | None
    hidden_until: str | None
    paid_count: int
    failed_count: int
    unpaid_count: int


def channel_shown(
    channel: str, currency: str, watch: ChannelWatch | None, period: ChannelPeriod | None, *, is_creatable: bool, is_askable: bool
) -> ChannelShown:
    """A channel of which nothing is known yet is open."""
    until = None if watch is None else watch.until
    counts = {} if period is None else {result: period.count(result) for result in (PAID, FAILED, UNPAID)}
    return ChannelShown(
        channel=channel,
        currency=currency,
        is_creatable=is_creatable,
        is_askable=is_askable,
        state=(ChannelState.OPEN if watch is None else watch.state).value,
        reason=None if watch is None else watch.reason,
        hidden_until=None if until is None else until.isoformat(),
        paid_count=counts.get(PAID, 0),
        failed_count=counts.get(FAILED, 0),
        unpaid_count=counts.get(UNPAID, 0),
    )
