"""A payment to be created, and how it stands."""

from __future__ import annotations

import msgspec

from services.order.domain.checkout import Checkout


class CreateCheckout(msgspec.Struct, frozen=True, kw_only=True):
    """The shop wants its buyer to pay by this provider."""

    shop_id: str
    order_number: str
    provider: str


class CheckoutShown(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: pending, open, refused or over; `kind` and `content` once it is open; `reason`: why it
    was refused, is still pending, or how it ended.

    Where coins are taken: exactly `payable` of `coin` are to be sent to `address`.
    """

    order_number: str
    channel: str
    state: str
    kind: str | None
    content: str | None
    expires_at: str | None
    reason: str | None
    payable: str | None = None
    coin: str | None = None
    address: str | None = None


class PaymentsShown(msgspec.Struct, frozen=True, kw_only=True):
    """`channels`: what the buyer can be offered now, none once the order is not payable; `payments`: those that were begun."""

    order_number: str
    state: str
    channels: list[str]
    payments: list[CheckoutShown]


def shown(checkout: Checkout) -> CheckoutShown:
    return CheckoutShown(
        order_number=checkout.order_number,
        channel=checkout.provider,
        state=checkout.state.value,
        kind=checkout.kind,
        content=checkout.content,
        expires_at=None if checkout.expires_at is None else checkout.expires_at.isoformat(),
        reason=checkout.reason,
        payable=checkout.payable,
        coin=checkout.coin,
        address=checkout.address,
    )
