"""Calls to an 易支付 (epay) version 2 gateway, and whom an answer comes from.

Every call is a form posted with our signature. Every answer is JSON; one that did what was asked (`code` 0 with most) is signed by the
platform and dated. An answer that refuses is often not signed at all: it is read as a refusal, which moves no money, but an unsigned
answer never counts as done.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from protocols.epay.v2.signing import is_signed, is_timely, sign_fields
from protocols.epay.variant import EpayVariant
from protocols.errors import ForgedNotice, ForgedReply, MalformedNotice, MalformedReply, StaleNotice
from protocols.exact_json import JsonNumber, decode_object, encode_object, signed_texts
from protocols.form import ambiguous_field, decode_form
from protocols.http import FORM_CONTENT_TYPE, HttpRequest


def signed_call(path: str, fields: Mapping[str, str], private_key: RSAPrivateKey, *, now: datetime) -> HttpRequest:
    """The form, signed with the merchant's key."""
    body = urlencode(sign_fields(fields, private_key, now=now)).encode()
    return HttpRequest("POST", path, headers=(("Content-Type", FORM_CONTENT_TYPE),), body=body)


def read_answer(body: bytes, platform_key: RSAPublicKey, variant: EpayVariant, *, now: datetime) -> tuple[dict[str, str], bool]:
    """The signed members of an answer and whether it did what was asked.

    Raises MalformedReply, and ForgedReply for one that claims so without the platform's fresh signature. Of an unsigned refusal the
    members are the sender's own words.
    """
    content = decode_object(body, MalformedReply)
    flat = {name: value for name, value in content.items() if not isinstance(value, (dict, list))}
    answer = signed_texts(flat, MalformedReply)
    is_done = answer.get("code") == variant.done_code
    if not answer.get("sign") and not is_done:
        return answer, False
    if (ambiguous := ambiguous_field(answer)) is not None:
        raise MalformedReply(ambiguous)
    if not is_signed(answer, platform_key) or not is_timely(answer, now):
        raise ForgedReply("epay reply")
    return answer, is_done


def verify_call(request: HttpRequest, merchant_key: RSAPublicKey, *, now: datetime) -> dict[str, str]:
    """The fields of a call, judged like the gateway; raises MalformedForm, MalformedNotice, ForgedNotice, StaleNotice. For the sandbox."""
    fields = decode_form(request.body or request.target.partition("?")[2].encode())
    if not fields.get("sign"):
        raise MalformedNotice("sign")
    if not is_signed(fields, merchant_key):
        raise ForgedNotice("epay call")
    if not is_timely(fields, now):
        raise StaleNotice("epay call")
    return fields


def sign_answer(content: Mapping[str, Any], platform_private_key: RSAPrivateKey, *, now: datetime) -> bytes:
    """An answer's body, whole numbers as numbers. For the sandbox."""
    members = {name: JsonNumber(value) if isinstance(value, int) else str(value) for name, value in content.items()}
    signed = sign_fields(members, platform_private_key, now=now)
    return encode_object({name: members.get(name, text) for name, text in signed.items()})
