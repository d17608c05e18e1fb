"""Asking a TokenPay installation how a trade stands: `GET /Query?Id=…&Signature=…`, by its own number.

The signature is that of the one field. Answered with `success` and `data`, the stored order in camelCase (`id, outOrderId,
actualAmount, amount, payAmount, status`); `status` is a name (`Pending`, `Paid`, `Expired`) or its number. Not known: `success` false and a
`message` with 不存在. The answer is not signed: TLS alone protects it. It cannot be asked by our number, so that of the creation is kept.
"""

from decimal import Decimal
from typing import Any

from protocols.coins import is_coin_amount
from protocols.errors import ForgedNotice, MalformedReply, ReplyMismatch
from protocols.exact_json import decode_object, signed_texts
from protocols.form import unique_fields
from protocols.http import HttpRequest
from protocols.payment import PaymentStanding, PaymentState, is_number, is_yuan
from protocols.tokenpay.paid import paid_total
from protocols.tokenpay.signing import SIGNATURE, sign, verify
from protocols.tokenpay.variant import TOKENPAY, TokenPayVariant

_STATES = {
    "0": PaymentState.UNPAID,
    "Pending": PaymentState.UNPAID,
    "1": PaymentState.PAID,
    "Paid": PaymentState.PAID,
    "2": PaymentState.CLOSED,
    "Expired": PaymentState.CLOSED,
}
_AMOUNTS = ("actualAmount", "amount", "payAmount")


def build_query(trade_number: str, key: str, *, variant: TokenPayVariant = TOKENPAY) -> HttpRequest:
    """The question how the trade stands; raises EmptyKey."""
    signature = sign({"Id": trade_number}, key, variant=variant)
    return HttpRequest("GET", variant.query_path, query=(("Id", trade_number), (SIGNATURE, signature)))


def parse_query_reply(body: bytes, *, order_number: str, trade_number: str) -> PaymentStanding:
    """What the installation says about the trade; raises MalformedReply, ReplyMismatch (another trade or order)."""
    reply = decode_object(body, MalformedReply)
    if reply.get("success") is not True:
        message = reply.get("message")
        is_absent = isinstance(message, str) and "不存在" in message
        return PaymentStanding(PaymentState.ABSENT if is_absent else PaymentState.UNKNOWN, order_number)
    data = reply.get("data")
    if not isinstance(data, dict):
        raise MalformedReply("data")
    told = _told(data)
    for name, own in (("id", trade_number), ("outOrderId", order_number)):
        if told.get(name) != own:
            raise ReplyMismatch(name)
    total, coins, paid_coins = (told.get(name) for name in _AMOUNTS)
    if total is None or not is_yuan(total):
        raise MalformedReply("actualAmount")
    if coins is None or not is_coin_amount(coins) or not Decimal(coins):
        raise MalformedReply("amount")
    if paid_coins is not None and not is_coin_amount(paid_coins):
        raise MalformedReply("payAmount")
    state = _STATES.get(told.get("status", ""), PaymentState.UNKNOWN)
    if state is PaymentState.PAID:
        total = paid_total(total, asked_coins=coins, paid_coins=paid_coins)
    return PaymentStanding(state, order_number, trade_number, total)


def verify_query(request: HttpRequest, key: str, *, variant: TokenPayVariant = TOKENPAY) -> str:
    """The trade number asked about, judged like the installation; raises MalformedForm, ForgedNotice, EmptyKey. For the sandbox."""
    fields = unique_fields(request.query)
    if not is_number(fields.get("Id", "")) or not verify(fields, key, variant=variant):
        raise ForgedNotice("tokenpay query")
    return fields["Id"]


def _told(data: dict[str, Any]) -> dict[str, str]:
    names = ("id", "outOrderId", "status", *_AMOUNTS)
    return {name: text for name, text in signed_texts({name: data.get(name) for name in names}, MalformedReply).items() if text}
