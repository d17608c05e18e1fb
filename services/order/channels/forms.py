"""What providers of forms (Alipay, epay) have in common: a claim's numbers, and an answer by a word."""

from __future__ import annotations

from protocols.errors import MalformedForm, UnexpectedStatus
from protocols.form import decode_form
from protocols.http import HttpReply
from protocols.payment import is_number
from services.order.channels.port import Claim, NoticeAnswer, RawNotice

FAILURE = NoticeAnswer(400, b"fail")


def claim_in_form(raw: RawNotice) -> Claim:
    """The numbers `out_trade_no` and `trade_no` of a form, each where it is a plain number."""
    try:
        form = decode_form(raw.form)
    except MalformedForm:
        form = {}
    numbers = [value if is_number(value := form.get(name, "")) else None for name in ("out_trade_no", "trade_no")]
    return Claim(numbers[0], numbers[1], raw.form)


def word(text: str) -> NoticeAnswer:
    """A success word as the whole answer."""
    return NoticeAnswer(200, text.encode())


def body_of(reply: HttpReply) -> bytes:
    """The body of an answer with status 200; raises UnexpectedStatus."""
    if reply.status != 200:
        raise UnexpectedStatus
    return reply.body
