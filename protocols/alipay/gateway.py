"""Alipay's gateway: every call is a signed form, every answer a signed node of JSON.

The call holds the common fields (`app_id, method, format, charset, sign_type, timestamp, version`, some calls `notify_url`) and
`biz_content` as JSON; signed are all fields except `sign` (here `sign_type` is signed too).

The answer is JSON `{"alipay_trade_query_response": {…}, "sign": "…"}`; the signature covers the *bytes of that node as they stand* in
the answer (Alipay escapes slashes, so encoding it anew would not give the same text). The node is found as a member of the outermost
object and a name that occurs twice is refused, so a node hidden in a text or deeper down is never taken for it. `code` 10000: done;
40004: the business said no, for the reason in `sub_code`; other codes are the gateway's own and often not signed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from protocols.alipay.keys import is_rsa2_signature, rsa2_sign
from protocols.alipay.notice import beijing_text
from protocols.errors import ForgedNotice, ForgedReply, MalformedNotice, MalformedReply
from protocols.form import joined
from protocols.http import FORM_CONTENT_TYPE, HttpRequest
from protocols.payment import is_number

GATEWAY_PATH = "/gateway.do"
DONE_CODE, REFUSED_CODE = "10000", "40004"
_ERROR_NODE = "error_response"
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Answer:
    """The node that was answered. One that is not signed says at most that something went wrong."""

    node: Mapping[str, Any]
    is_signed: bool

    @property
    def code(self) -> str | None:
        return _plain(self.node.get("code"))

    @property
    def error_code(self) -> str | None:
        """The most telling code; only if it is a plain code, never free text."""
        return _plain(self.node.get("sub_code")) or self.code

    def text(self, field: str) -> str:
        """A member that is a text; raises MalformedReply."""
        value = self.node.get(field)
        if not isinstance(value, str) or not value:
            raise MalformedReply(field)
        return value


def signed_call(
    method: str,
    content: Mapping[str, Any],
    *,
    app_id: str,
    private_key: RSAPrivateKey,
    now: datetime,
    notify_url: str | None = None,
    gateway_path: str = GATEWAY_PATH,
) -> HttpRequest:
    """The call, signed with the application's key; `now` is an aware time."""
    fields = {
        "app_id": app_id,
        "method": method,
        "format": "JSON",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": beijing_text(now),
        "version": "1.0",
        **({} if notify_url is None else {"notify_url": notify_url}),
        "biz_content": json.dumps(content, ensure_ascii=False, separators=(",", ":")),
    }
    fields["sign"] = rsa2_sign(joined(fields).encode(), private_key)
    return HttpRequest("POST", gateway_path, headers=(("Content-Type", FORM_CONTENT_TYPE),), body=urlencode(fields).encode())


def read_answer(body: bytes, public_key: RSAPublicKey, name: str) -> Answer:
    """The node of that name, or the gateway's error; raises MalformedReply, and ForgedReply for one that is not Alipay's."""
    text, spans = _outermost_members(body)
    if name not in spans:
        return Answer(_node(text[slice(*spans[_ERROR_NODE])], name) if _ERROR_NODE in spans else {}, False)
    start, end = spans[name]
    node = _node(text[start:end], name)
    if "sign" not in spans:
        if node.get("code") in (DONE_CODE, REFUSED_CODE):
            raise ForgedReply("alipay reply")
        return Answer(node, False)
    signature = _loads(text[slice(*spans["sign"])], name)
    if not isinstance(signature, str) or not is_rsa2_signature(signature, text[start:end].encode(), public_key):
        raise ForgedReply("alipay reply")
    return Answer(node, True)


def verify_request(fields: Mapping[str, str], app_public_key: RSAPublicKey) -> None:
    """Judge a signed gateway request like Alipay; raises MalformedNotice, ForgedNotice. For the sandbox."""
    signature = fields.get("sign", "")
    if not signature:
        raise MalformedNotice("sign")
    content = joined({name: value for name, value in fields.items() if name != "sign"})
    if not is_rsa2_signature(signature, content.encode(), app_public_key):
        raise ForgedNotice("alipay request")


def sign_reply(node: Mapping[str, Any], private_key: RSAPrivateKey, *, name: str) -> bytes:
    """An answer's body with the signed node, slashes escaped as Alipay does. For the sandbox."""
    content = json.dumps(node, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")
    return f'{{"{name}":{content},"sign":"{rsa2_sign(content.encode(), private_key)}"}}'.encode()


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


def _node(text: str, name: str) -> dict[str, Any]:
    node = _loads(text, name)
    if not isinstance(node, dict):
        raise MalformedReply(name)
    return node


def _loads(text: str, name: str) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise MalformedReply(name)
        return dict(pairs)

    return json.loads(text, object_pairs_hook=unique)


def _plain(value: object) -> str | None:
    return value if isinstance(value, str) and is_number(value) else None
