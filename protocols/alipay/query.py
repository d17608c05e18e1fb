"""Asking Alipay about an order by our own number: `alipay.trade.query`.

The question is a signed form posted to the gateway: the common fields (`app_id, method, format, charset,
sign_type, timestamp, version`) and `biz_content` as JSON; signed are all fields except `sign` (here
`sign_type` is signed too).

The answer is JSON `{"alipay_trade_query_response": {…}, "sign": "…"}`; the signature covers the *bytes of
that node as they stand* in the answer (Alipay escapes slashes, so encoding it anew would not give the same
text). The node is found as a member of the outermost object and a name that occurs twice is refused, so a
node hidden in a text or deeper down is never taken for it. `code` 10000 carries the trade; 40004 with
`ACQ.TRADE_NOT_EXIST` says that there is none; everything else, also an unsigned gateway error, says nothing.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from protocols.alipay.keys import is_rsa2_signature, rsa2_sign
from protocols.alipay.notice import TradeStatus, beijing_text
from protocols.errors import ForgedNotice, ForgedReply, MalformedNotice, MalformedReply, ReplyMismatch
from protocols.form import joined
from protocols.http import FORM_CONTENT_TYPE, HttpRequest
from protocols.payment import PaymentStanding, PaymentState, is_number, is_yuan

GATEWAY_PATH = "/gateway.do"
QUERY_METHOD = "alipay.trade.query"
QUERY_NODE = "alipay_trade_query_response"

_STATES = {
    TradeStatus.WAITING: PaymentState.UNPAID,
    TradeStatus.CLOSED: PaymentState.CLOSED,
    TradeStatus.SUCCESS: PaymentState.PAID,
    TradeStatus.FINISHED: PaymentState.PAID,
}
_DECODER = json.JSONDecoder()


def build_query(
    order_number: str,
    *,
    app_id: str,
    private_key: RSAPrivateKey,
    now: datetime,
    gateway_path: str = GATEWAY_PATH,
) -> HttpRequest:
    """The request that asks what became of the order; `now` is an aware time."""
    fields = {
        "app_id": app_id,
        "method": QUERY_METHOD,
        "format": "JSON",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": beijing_text(now),
        "version": "1.0",
        "biz_content": json.dumps({"out_trade_no": order_number}, separators=(",", ":")),
    }
    fields["sign"] = rsa2_sign(joined(fields).encode(), private_key)
    return HttpRequest("POST", gateway_path, headers=(("Content-Type", FORM_CONTENT_TYPE),), body=urlencode(fields).encode())


def verify_request(fields: Mapping[str, str], app_public_key: RSAPublicKey) -> None:
    """Judge a signed gateway request like Alipay; raises MalformedNotice, ForgedNotice. For the sandbox."""
    signature = fields.get("sign", "")
    if not signature:
        raise MalformedNotice("sign")
    content = joined({name: value for name, value in fields.items() if name != "sign"})
    if not is_rsa2_signature(signature, content.encode(), app_public_key):
        raise ForgedNotice("alipay request")


def sign_reply(node: Mapping[str, Any], private_key: RSAPrivateKey, *, name: str = QUERY_NODE) -> bytes:
    """An answer's body with the signed node, slashes escaped as Alipay does. For the sandbox."""
    content = json.dumps(node, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")
    return f'{{"{name}":{content},"sign":"{rsa2_sign(content.encode(), private_key)}"}}'.encode()


def parse_query_reply(body: bytes, public_key: RSAPublicKey, *, order_number: str) -> PaymentStanding:
    """What Alipay says about the order.

    Raises MalformedReply, ForgedReply, and ReplyMismatch where the answer is authentic but about another
    order.
    """
    text, spans = _outermost_members(body)
    if QUERY_NODE not in spans:
        return PaymentStanding(PaymentState.UNKNOWN, order_number, error_code=_gateway_code(text, spans))
    start, end = spans[QUERY_NODE]
    node = _node(text[start:end])
    if "sign" not in spans:
        if node.get("code") in ("10000", "40004"):
            raise ForgedReply("alipay query reply")
        return PaymentStanding(PaymentState.UNKNOWN, order_number, error_code=_code(node))
    signature = _loads(text[slice(*spans["sign"])])
    if not isinstance(signature, str) or not is_rsa2_signature(signature, text[start:end].encode(), public_key):
        raise ForgedReply("alipay query reply")
    return _standing(node, order_number)


def _standing(node: Mapping[str, Any], order_number: str) -> PaymentStanding:
    if node.get("code") != "10000":
        code = _code(node)
        is_absent = node.get("code") == "40004" and code == "ACQ.TRADE_NOT_EXIST"
        return PaymentStanding(PaymentState.ABSENT if is_absent else PaymentState.UNKNOWN, order_number, error_code=code)
    if _text(node, "out_trade_no") != order_number:
        raise ReplyMismatch("out_trade_no")
    try:
        status = TradeStatus(_text(node, "trade_status"))
    except ValueError as error:
        raise MalformedReply("trade_status") from error
    trade_number, total = _text(node, "trade_no"), _text(node, "total_amount")
    if not is_number(trade_number):
        raise MalformedReply("trade_no")
    if not is_yuan(total):
        raise MalformedReply("total_amount")
    return PaymentStanding(_STATES[status], order_number, trade_number, total)


def _outermost_members(body: bytes) -> tuple[str, dict[str, tuple[int, int]]]:
    """The text, and for each member of the outermost object where its value begins and ends."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedReply("body") from error
    spans: dict[str, tuple[int, int]] = {}
    position = _skip(text, 0)
    if text[position : position + 1] != "{":
        raise MalformedReply("body")
    separator = "{"
    while separator != "}":
        name, position = _value(text, _skip(text, position + 1))
        position = _skip(text, position)
        if not isinstance(name, str) or name in spans or text[position : position + 1] != ":":
            raise MalformedReply("body")
        start = _skip(text, position + 1)
        _, end = _value(text, start)
        spans[name] = (start, end)
        position = _skip(text, end)
        separator = text[position : position + 1]
        if separator not in (",", "}") or not separator:
            raise MalformedReply("body")
    if text[position + 1 :].strip():
        raise MalformedReply("body")
    return text, spans


def _value(text: str, position: int) -> tuple[object, int]:
    try:
        return _DECODER.raw_decode(text, position)
    except (ValueError, RecursionError) as error:
        raise MalformedReply("body") from error


def _skip(text: str, position: int) -> int:
    while text[position : position + 1] in (" ", "\t", "\r", "\n"):
        position += 1
    return position


def _node(text: str) -> dict[str, Any]:
    node = _loads(text)
    if not isinstance(node, dict):
        raise MalformedReply(QUERY_NODE)
    return node


def _loads(text: str) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise MalformedReply(QUERY_NODE)
        return dict(pairs)

    return json.loads(text, object_pairs_hook=unique)


def _gateway_code(text: str, spans: Mapping[str, tuple[int, int]]) -> str | None:
    if "error_response" not in spans:
        return None
    return _code(_node(text[slice(*spans["error_response"])]))


def _code(node: Mapping[str, Any]) -> str | None:
    """The most telling code of an error node; only if it is a plain code, never free text."""
    for field in ("sub_code", "code"):
        value = node.get(field)
        if isinstance(value, str) and is_number(value):
            return value
    return None


def _text(node: Mapping[str, Any], field: str) -> str:
    value = node.get(field)
    if not isinstance(value, str) or not value:
        raise MalformedReply(field)
    return value
