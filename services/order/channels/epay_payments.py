"""What both versions of 易支付 (epay) have in common where a payment is created."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urljoin

from contracts.values import decimal_text
from protocols.checkout import Checkout, CheckoutKind, CheckoutRefused
from protocols.epay import EpayPayment
from services.order.channels.port import NewPayment


def epay_payment(payment: NewPayment, method: str, client_ip: str) -> EpayPayment:
    """The payment as an epay gateway wants it; its name is our number, which tells a looker-on nothing."""
    return EpayPayment(
        order_number=payment.order_number,
        total=decimal_text(payment.amount),
        name=payment.order_number,
        channel=method,
        notify_url=payment.notify_url,
        return_url=payment.return_url,
        client_ip=client_ip,
    )


def within(gateway_url: str, made: Checkout | CheckoutRefused) -> Checkout | CheckoutRefused:
    """A page that the gateway names below its own root, with the host that belongs to it."""
    if isinstance(made, Checkout) and made.kind is CheckoutKind.PAGE and made.content.startswith("/"):
        return replace(made, content=urljoin(gateway_url, made.content))
    return made
