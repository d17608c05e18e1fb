"""WeChat Pay's notice (API v3): JSON posted to our notify URL, signed in its headers, its content encrypted.

`{id, create_time, resource_type: "encrypt-resource", event_type, summary, resource}`; `event_type` is `TRANSACTION.SUCCESS` for a
payment, `REFUND.…` for a refund of one. Inside the resource is the transaction, or the refund with the numbers of the payment that it
belongs to. The signature only proves that WeChat said this to *somebody*: `mchid` and `appid` must be ours (a refund has no `appid`),
and the caller still compares order number and amount with its order.

It must be answered within 5 seconds: 200 or 204 is success, whatever the body; anything else is failure, by custom with
`{"code": "FAIL", "message": "…"}`. It is repeated for a day (after 15 s, 15 s, 30 s, 3 m, 10 m, 20 m, 30 m three times, 60 m, 3 h
three times, 6 h twice), signed anew each time; `id` stays the same. (Source: WeChat Pay's merchant guide, API v3, payment notices.)
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from protocols.errors import ForgedNotice, MalformedNotice, ProtocolError, StaleNotice, UnknownSigner, WrongApp, WrongSeller
from protocols.exact_json import decode_object
from protocols.http import JSON_CONTENT_TYPE, Pairs
from protocols.payment import is_number
from protocols.wechat.keys import PlatformKeys
from protocols.wechat.resource import decrypt, encrypt
from protocols.wechat.signing import is_signed, is_timely, key_of, read_stamp, sign_message
from protocols.wechat.transaction import TradeState, number_of, read_transaction, text_of, total_of

PAID_EVENT = "TRANSACTION.SUCCESS"
SCHEDULE_SECONDS = (15, 15, 30, 180, 600, 1_200, 1_800, 1_800, 1_800, 3_600, 10_800, 10_800, 10_800, 21_600, 21_600)
"""Pauses between one notice and the next."""


@dataclass(frozen=True)
class WechatNotice:
    """A notice that is authentic, fresh and meant for us."""

    notice_id: str
    order_number: str
    trade_number: str
    status: str
    """`trade_state` of a payment, `refund_status` of a refund."""
    total: str
    """Of the order, decimal text in yuan; compare as a decimal, never as text."""
    paid_at: datetime | None
    """UTC; None for a refund."""
    refund_number: str | None = None
    """Our own refund number (`out_refund_no`) where the notice tells of a refund."""

    @property
    def is_paid(self) -> bool:
        """Whether this notice says that the order was paid."""
        return self.refund_number is None and self.status == TradeState.SUCCESS.value


def parse_notice(
    headers: Mapping[str, str], body: bytes, keys: PlatformKeys, *, api_v3_key: str, mchid: str, app_id: str, now: datetime
) -> WechatNotice:
    """The notice in a body, with its headers (names compare without case, or are in lower case); `now` is an aware time.

    Raises MalformedNotice, UnknownSigner, ForgedNotice, StaleNotice, UndecipherableNotice, WrongSeller, WrongApp, and EmptyKey or
    UnusableKey for our own. Nothing but the headers' form is judged before the signature has been verified.
    """
    stamp = read_stamp(headers)
    if isinstance(stamp, str):
        raise MalformedNotice(stamp)
    key = key_of(stamp, keys)
    if key is None:
        raise UnknownSigner("wechat notice")
    if not is_signed(stamp, body, key):
        raise ForgedNotice("wechat notice")
    if not is_timely(stamp.timestamp, now):
        raise StaleNotice("wechat notice")
    envelope = decode_object(body, MalformedNotice)
    notice_id, event = number_of(envelope, "id", MalformedNotice), text_of(envelope, "event_type", MalformedNotice)
    content = _inside(envelope, api_v3_key)
    if text_of(content, "mchid", MalformedNotice) != mchid:
        raise WrongSeller("wechat notice")
    if event.startswith("REFUND."):
        return _refund(notice_id, content)
    transaction = read_transaction(content, MalformedNotice)
    if transaction.app_id != app_id:
        raise WrongApp("wechat notice")
    if event != PAID_EVENT or transaction.trade_number is None or transaction.total is None:
        raise MalformedNotice("event_type")
    return WechatNotice(
        notice_id=notice_id,
        order_number=transaction.order_number,
        trade_number=transaction.trade_number,
        status=transaction.state.value,
        total=transaction.total,
        paid_at=transaction.paid_at,
    )


def reveal_numbers(body: bytes, api_v3_key: str) -> tuple[str | None, str | None]:
    """The order and trade number in a notice that was refused, each where it is a plain number.

    Whoever wrote them had our API v3 key; nothing else is proven.
    """
    try:
        content = _inside(decode_object(body, MalformedNotice), api_v3_key)
    except ProtocolError:
        return None, None
    numbers = [value if isinstance(value := content.get(name), str) and is_number(value) else None for name in _NUMBERS]
    return numbers[0], numbers[1]


def sign_notice(
    content: Mapping[str, Any],
    private_key: RSAPrivateKey,
    *,
    serial: str,
    api_v3_key: str,
    notice_id: str,
    now: datetime,
    nonce: str,
    event: str = PAID_EVENT,
    original_type: str = "transaction",
) -> tuple[Pairs, bytes]:
    """Headers and body as WeChat would send them at that time; `nonce` has 12 characters or more. For the sandbox."""
    inside = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    envelope = {
        "id": notice_id,
        "create_time": now.isoformat(timespec="seconds"),
        "resource_type": "encrypt-resource",
        "event_type": event,
        "summary": "支付成功",
        "resource": {
            "original_type": original_type,
            **encrypt(inside, api_v3_key, nonce=nonce[:12], associated_data=original_type),
        },
    }
    body = json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()
    signed = sign_message(body, private_key, serial=serial, now=now, nonce=nonce)
    return (("Content-Type", JSON_CONTENT_TYPE), *signed), body


_NUMBERS = ("out_trade_no", "transaction_id")


def _inside(envelope: Mapping[str, Any], api_v3_key: str) -> dict[str, Any]:
    resource = envelope.get("resource")
    if not isinstance(resource, dict):
        raise MalformedNotice("resource")
    return decode_object(decrypt(resource, api_v3_key), MalformedNotice)


def _refund(notice_id: str, content: Mapping[str, Any]) -> WechatNotice:
    return WechatNotice(
        notice_id=notice_id,
        order_number=number_of(content, "out_trade_no", MalformedNotice),
        trade_number=number_of(content, "transaction_id", MalformedNotice),
        status=number_of(content, "refund_status", MalformedNotice),
        total=total_of(content, MalformedNotice),
        paid_at=None,
        refund_number=number_of(content, "out_refund_no", MalformedNotice),
    )
