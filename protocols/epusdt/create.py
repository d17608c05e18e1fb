"""Creating a payment at an epusdt gateway, and asking how it stands.

`POST /api/v1/order/create-transaction` with the signed JSON members `order_id, amount, notify_url, redirect_url`. Answered with
`status_code` 200 and `data`: `trade_id, order_id, amount, actual_amount` (USDT to be sent), `token` (to which wallet),
`expiration_time` (seconds since 1970 with most, a number of seconds with some) and `payment_url`; 10002 says that the order number is
known already. `GET /pay/check-status/<trade_id>` answers `data.status` 1 waiting, 2 paid, 3 expired. No answer is signed: TLS alone
protects them, and they cannot be found by our own number, so the trade number of the creation is kept.
"""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from protocols.checkout import Checkout, CheckoutRefused
from protocols.coin_payment import CoinPayment, Names, read_checkout
from protocols.epusdt.notice import PAID_STATUS
from protocols.epusdt.signing import SIGNATURE, sign, verify
from protocols.epusdt.variant import EPUSDT, EpusdtVariant
from protocols.errors import ForgedNotice, MalformedNotice, MalformedReply, ReplyMismatch
from protocols.exact_json import decode_object, encode_object, shortest_number, signed_texts, text_member
from protocols.http import JSON_CONTENT_TYPE, HttpReply, HttpRequest
from protocols.payment import PaymentStanding, PaymentState, is_number

COIN = "USDT"
DONE_CODE = "200"
KNOWN_ALREADY_CODE = "10002"
ABSENT_CODE = "10008"

_STATES = {"1": PaymentState.UNPAID, PAID_STATUS: PaymentState.PAID, "3": PaymentState.CLOSED}
_NAMES = Names(order="order_id", trade="trade_id", amount="amount", coins="actual_amount", address="token")
_EARLIEST_MOMENT = 1_000_000_000
"""A smaller `expiration_time` is a span of seconds, not a moment."""


def build_create(payment: CoinPayment, token: str, *, variant: EpusdtVariant = EPUSDT) -> HttpRequest:
    """The call that creates the payment; raises EmptyKey, and ValueError for what no gateway takes."""
    payment.check()
    members: dict[str, str] = {
        "order_id": payment.order_number,
        "amount": shortest_number(payment.total),
        "notify_url": payment.notify_url,
        "redirect_url": payment.redirect_url,
        **dict(variant.further_fields),
    }
    members = {name: value for name, value in members.items() if value}
    members[SIGNATURE] = sign(signed_texts(members, MalformedNotice), token)
    return HttpRequest("POST", variant.create_path, headers=(("Content-Type", JSON_CONTENT_TYPE),), body=encode_object(members))


def parse_create_reply(body: bytes, *, order_number: str, total: str) -> Checkout | CheckoutRefused:
    """How the buyer can pay, or that the gateway refused; raises MalformedReply, ReplyMismatch (another order or amount)."""
    reply = decode_object(body, MalformedReply)
    code = text_member(reply, "status_code", MalformedReply)
    if code != DONE_CODE:
        return CheckoutRefused(order_number, code if is_number(code) else None, is_known_already=code == KNOWN_ALREADY_CODE)
    data = _data(reply)
    page = text_member(data, "payment_url", MalformedReply)
    return read_checkout(data, _NAMES, page, order_number=order_number, total=total, coin=COIN, expires_at=_expiry(data))


def build_query(trade_number: str, *, variant: EpusdtVariant = EPUSDT) -> HttpRequest:
    """The question how the trade stands, by the gateway's own number."""
    return HttpRequest("GET", variant.status_path + quote(trade_number, safe=""))


def parse_query_reply(body: bytes, *, order_number: str, trade_number: str, total: str) -> PaymentStanding:
    """What the gateway says about the trade that was created for the order with this `total`.

    The answer names no amount: a trade is only ever paid in the amount it was created for. Raises MalformedReply, ReplyMismatch.
    """
    reply = decode_object(body, MalformedReply)
    code = text_member(reply, "status_code", MalformedReply)
    if code != DONE_CODE:
        state = PaymentState.ABSENT if code == ABSENT_CODE else PaymentState.UNKNOWN
        return PaymentStanding(state, order_number, error_code=code if is_number(code) else None)
    data = _data(reply)
    if text_member(data, "trade_id", MalformedReply) != trade_number:
        raise ReplyMismatch("trade_id")
    return PaymentStanding(
        _STATES.get(text_member(data, "status", MalformedReply), PaymentState.UNKNOWN), order_number, trade_number, total
    )


def verify_create(request: HttpRequest, token: str) -> dict[str, str]:
    """The texts of a call to create, judged like the gateway; raises MalformedNotice, ForgedNotice, EmptyKey. For the sandbox."""
    texts = signed_texts(decode_object(request.body, MalformedNotice), MalformedNotice)
    if not verify(texts, token):
        raise ForgedNotice("epusdt call")
    return texts


def reply(code: int, message: str, data: dict[str, str] | None = None) -> HttpReply:
    """An answer in the gateway's envelope; JsonNumber members are numbers. For the sandbox."""
    content = "null" if data is None else encode_object(data).decode()
    body = f'{{"status_code":{code},"message":{json.dumps(message)},"data":{content},"request_id":"sandbox"}}'
    return HttpReply(200, (("Content-Type", JSON_CONTENT_TYPE),), body.encode())


def _data(reply: dict[str, Any]) -> dict[str, Any]:
    data = reply.get("data")
    if not isinstance(data, dict):
        raise MalformedReply("data")
    return data


def _expiry(data: dict[str, Any]) -> datetime | None:
    if data.get("expiration_time") is None:
        return None
    text = text_member(data, "expiration_time", MalformedReply)
    if not (text.isascii() and text.isdigit() and len(text) <= 11):
        raise MalformedReply("expiration_time")
    seconds = int(text)
    return datetime.fromtimestamp(seconds, UTC) if seconds >= _EARLIEST_MOMENT else None
