"""Creating a payment at an 易支付 (epay) version 2 gateway.

`/api/pay/submit` is a page that the buyer's browser goes to with the signed fields. `/api/pay/create` is a call, answered with the
gateway's `trade_no`, a `pay_type` and its `pay_info`: `jump` (an address to go to), `qrcode` (a text to show as a code), `urlscheme`
(a link into an application) or `html`; the other types (`jsapi, app, scan, wxplugin, wxapp`) are for methods that we do not ask for.
The answer names no order: it is ours because it answers our call over TLS, is signed by the platform and is fresh.

Fields: those of version 1, with `method` (`web` lets the gateway choose by `device`, `jump` always wants a page) and `timestamp`.
"""

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from protocols.checkout import Checkout, CheckoutKind, CheckoutRefused
from protocols.epay.create import EpayPayment
from protocols.epay.v2.answers import read_answer, signed_call
from protocols.epay.v2.signing import sign_fields
from protocols.epay.variant import V2, EpayVariant
from protocols.errors import MalformedReply
from protocols.http import HttpRequest
from protocols.payment import is_number

_KINDS = {
    "jump": CheckoutKind.PAGE,
    "qrcode": CheckoutKind.QR_CODE,
    "urlscheme": CheckoutKind.APP_LINK,
    "html": CheckoutKind.MARKUP,
}


def build_page_link(payment: EpayPayment, *, pid: str, private_key: RSAPrivateKey, now: datetime, variant: EpayVariant = V2) -> HttpRequest:
    """The page that the buyer's browser goes to: its target below the gateway's address. Lives as long as the time window."""
    return HttpRequest("GET", variant.submit_path, query=tuple(sign_fields(payment.fields(pid), private_key, now=now).items()))


def build_create(
    payment: EpayPayment, *, pid: str, private_key: RSAPrivateKey, now: datetime, method: str = "web", variant: EpayVariant = V2
) -> HttpRequest:
    """The call that creates the payment; raises ValueError where the gateway does not offer it."""
    if not variant.create_path:
        raise ValueError("this gateway offers the page only")
    return signed_call(variant.create_path, {**payment.fields(pid), "method": method}, private_key, now=now)


def parse_create_reply(
    body: bytes, platform_key: RSAPublicKey, *, order_number: str, now: datetime, variant: EpayVariant = V2
) -> Checkout | CheckoutRefused:
    """How the buyer can pay, or that the gateway refused; raises MalformedReply, ForgedReply."""
    answer, is_done = read_answer(body, platform_key, variant, now=now)
    code = answer.get("code", "")
    if not is_done:
        return CheckoutRefused(order_number, code if is_number(code) else None)
    trade_number, content = answer.get("trade_no", ""), answer.get("pay_info", "")
    if not is_number(trade_number):
        raise MalformedReply("trade_no")
    kind = _KINDS.get(answer.get("pay_type", ""))
    if kind is None:
        raise MalformedReply("pay_type")
    if not content:
        raise MalformedReply("pay_info")
    return Checkout(order_number, kind, content, trade_number)
