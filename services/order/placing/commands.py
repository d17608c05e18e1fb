"""What a shop asks of us."""

from __future__ import annotations

import msgspec

from contracts.values import Money
from services.order.domain.lines import Line
from services.order.domain.order_accounts import GivenAccount


class PlaceOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Take an order in. The contact and the buyer's IP and device are sealed values that the unit brings along,
    as are the accounts of its top-ups.

    `channel`: the provider that is asked whether it was paid; None where nobody knows yet by which it will be:
    then those are asked whose notices only the shop hears (`providers_behind`).
    """

    shop_id: str
    order_number: str
    lines: tuple[Line, ...]
    amount: Money
    contact_fingerprint: str
    contact_reference: str
    origin_reference: str | None
    is_taken_over: bool
    channel: str | None = None
    accounts: tuple[GivenAccount, ...] = ()
    providers_behind: tuple[str, ...] = ()


class OrderTaken(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: the same for the same order, however often it is sent."""

    order_id: str
    order_number: str
    amount: Money
    expires_at: str
    is_taken_over: bool
