"""What providers that post JSON (epusdt, TokenPay) have in common: where a notice stands, and a claim's numbers."""

from __future__ import annotations

from protocols.errors import MalformedNotice
from protocols.exact_json import JsonNumber, decode_object
from protocols.payment import is_number
from services.order.channels.port import Claim, RawNotice


def posted(raw: RawNotice) -> bytes:
    """The body of a POST; raises MalformedNotice for another method."""
    if raw.method != "POST":
        raise MalformedNotice("method")
    return raw.body


def claim_in_json(raw: RawNotice, order_member: str, trade_member: str) -> Claim:
    """The numbers under two names of a JSON object, each where it is a plain text."""
    try:
        content = decode_object(raw.body, MalformedNotice)
    except MalformedNotice:
        content = {}
    numbers = [_number(content.get(name)) for name in (order_member, trade_member)]
    return Claim(numbers[0], numbers[1], raw.query + b"\n" + raw.body)


def _number(value: object) -> str | None:
    return value if isinstance(value, str) and not isinstance(value, JsonNumber) and is_number(value) else None
