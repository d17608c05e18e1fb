"""Asking an 易支付 (epay) version 1 gateway about an order by our own number: `GET
api.php?act=order&pid&key&out_trade_no`.

The merchant key travels in the URL and the answer is not signed: only TLS protects both, so a transport must
verify certificates and must not log the URL. The answer is JSON with `code` 1 and the order (`trade_no,
out_trade_no, pid, money, status` 1 paid / 0 unpaid; a number may come as text), or another `code` with a
`msg`. Gateways give "no such order" no code of its own; only `code` -1 with 不存在 (does not exist) in the
message is taken as absent, everything else says nothing.
"""

import json
from typing import Any

from protocols.errors import EmptyKey, MalformedReply, ReplyMismatch
from protocols.http import HttpRequest
from protocols.payment import PaymentStanding, PaymentState, is_number, is_yuan

QUERY_PATH = "/api.php"

_STATES = {"1": PaymentState.PAID, "0": PaymentState.UNPAID}


def build_query(order_number: str, *, pid: str, key: str, path: str = QUERY_PATH) -> HttpRequest:
    """The request that asks what became of the order; raises EmptyKey."""
    if not key.strip():
        raise EmptyKey("epay")
    return HttpRequest("GET", path, query=(("act", "order"), ("pid", pid), ("key", key), ("out_trade_no", order_number)))


def parse_query_reply(body: bytes, *, order_number: str, pid: str) -> PaymentStanding:
    """What the gateway says about the order; raises MalformedReply, and ReplyMismatch for another order or merchant."""
    try:
        reply = json.loads(body.decode("utf-8-sig"), parse_float=str)  # 1.00 stays "1.00"
    except (ValueError, RecursionError) as error:
        raise MalformedReply("body") from error
    if not isinstance(reply, dict):
        raise MalformedReply("body")
    code = _text(reply, "code")
    if code != "1":
        message = reply.get("msg")
        is_absent = code == "-1" and isinstance(message, str) and "不存在" in message
        return PaymentStanding(
            PaymentState.ABSENT if is_absent else PaymentState.UNKNOWN,
            order_number,
            error_code=code if is_number(code) else None,
        )
    if _text(reply, "out_trade_no") != order_number:
        raise ReplyMismatch("out_trade_no")
    if "pid" in reply and _text(reply, "pid") != pid:
        raise ReplyMismatch("pid")
    state = _STATES.get(_text(reply, "status"), PaymentState.UNKNOWN)
    trade_number, total = _text(reply, "trade_no"), _text(reply, "money")
    if not is_yuan(total):
        raise MalformedReply("money")
    if state is PaymentState.PAID and not is_number(trade_number):
        raise MalformedReply("trade_no")
    return PaymentStanding(state, order_number, trade_number or None, total)


def _text(reply: dict[str, Any], field: str) -> str:
    """A text or whole number as text; other kinds, and an absent field, are refused."""
    value = reply.get(field)
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise MalformedReply(field)
