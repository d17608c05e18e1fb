"""What the edge has read in a notice, handed over for judgement."""

from __future__ import annotations

from datetime import datetime

import msgspec

from contracts.values import Money


class TakeNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that is rightly signed and meant for us.

    `is_payment`: it says that the order was paid (not merely waiting, closed or refunded). `needs_confirmation`: the signature
    alone proves nothing, the provider is asked. `paid_at`: by the provider, None where it does not say.
    """

    shop_id: str
    provider: str
    identity: str
    order_number: str
    trade_number: str
    amount: Money
    paid_at: datetime | None
    is_payment: bool
    needs_confirmation: bool


class RefuseNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that is forged, or not for us, or malformed, and names an order number; numbers are its own words."""

    shop_id: str
    provider: str
    identity: str
    order_number: str
    trade_number: str | None
    reason: str


class NoticeJudged(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: how the notice stands, and why it was refused."""

    state: str
    reason: str | None
