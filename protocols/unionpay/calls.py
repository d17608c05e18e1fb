"""Calls to UnionPay's gateway, and how its answers read.

A call is a posted form. An answer is `name=value` joined with `&`, *not* encoded: its values stand as they are, so a value that holds an
`&` cannot be told and fails the signature. An order of ours is named by `orderId` (8 to 40 letters and digits) and `txnTime`, the Beijing
time at which we began it: the same two always name the same payment. (Never tried against the gateway.)
"""

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from protocols.alipay.notice import BEIJING
from protocols.errors import ForgedReply, MalformedReply, ReplyMismatch
from protocols.http import FORM_CONTENT_TYPE, HttpRequest
from protocols.unionpay.signing import MerchantCertificate, Trust, is_signed, sign_fields

_ORDER_NUMBER = re.compile(r"[0-9A-Za-z]{8,40}\Z", re.ASCII)


def moment_text(moment: datetime) -> str:
    """`txnTime` and the like: Beijing wall clock, `20261121200000`."""
    return moment.astimezone(BEIJING).strftime("%Y%m%d%H%M%S")


def is_order_number(text: str) -> bool:
    """Whether UnionPay takes it."""
    return _ORDER_NUMBER.match(text) is not None


def signed_call(path: str, fields: Mapping[str, str], own: MerchantCertificate) -> HttpRequest:
    """The form, with the fields that every call has, signed with the merchant's key."""
    common = {"version": "5.1.0", "encoding": "UTF-8", "signMethod": "01", "certId": own.certificate_number, "accessType": "0"}
    body = urlencode(sign_fields({**common, **fields}, own.private_key)).encode()
    return HttpRequest("POST", path, headers=(("Content-Type", FORM_CONTENT_TYPE),), body=body)


def read_answer(body: bytes, trust: Trust, *, order_number: str, merchant_number: str, now: datetime) -> dict[str, str]:
    """The signed fields of an answer; raises MalformedReply, ForgedReply, ReplyMismatch (another order or merchant)."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedReply("body") from error
    fields: dict[str, str] = {}
    for pair in text.split("&"):
        name, separator, value = pair.partition("=")
        if not separator or not name or name in fields:
            raise MalformedReply("body")
        fields[name] = value
    if not is_signed(fields, trust, now):
        raise ForgedReply("unionpay reply")
    for name, own in (("orderId", order_number), ("merId", merchant_number)):
        if fields.get(name) != own:
            raise ReplyMismatch(name)
    return fields
