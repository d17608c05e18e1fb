"""Answers of WeChat Pay's API v3: JSON, signed in their headers like a notice; an error is `{code, message}` with its HTTP status.

WeChat's own libraries verify what succeeded only. Here a signature that is there must be right, whatever the status. Without one an
answer is believed in nothing but that a call was refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from protocols.errors import ForgedReply, MalformedReply, ReplyMismatch
from protocols.exact_json import decode_object
from protocols.http import HttpReply
from protocols.payment import is_number
from protocols.wechat.keys import PlatformKeys
from protocols.wechat.signing import is_signed, is_timely, key_of, read_stamp

_STAMPED = "wechatpay-signature"


@dataclass(frozen=True)
class Answer:
    """`content`: the JSON, empty where there was no body."""

    status: int
    content: Mapping[str, Any]
    is_signed: bool

    @property
    def error_code(self) -> str | None:
        """WeChat's code of an error; only if it is a plain code, never free text."""
        code = self.content.get("code")
        return code if isinstance(code, str) and is_number(code) else None


def read_answer(reply: HttpReply, keys: PlatformKeys, *, now: datetime) -> Answer:
    """The answer, whatever its status; raises MalformedReply, ForgedReply, and ReplyMismatch for one of another time than ours."""
    headers = {name.lower(): value for name, value in reply.headers}
    if _STAMPED not in headers:
        return Answer(reply.status, _content(reply.body), False)
    stamp = read_stamp(headers)
    key = None if isinstance(stamp, str) else key_of(stamp, keys)
    if isinstance(stamp, str) or key is None or not is_signed(stamp, reply.body, key):
        raise ForgedReply("wechat reply")
    if not is_timely(stamp.timestamp, now):
        raise ReplyMismatch("Wechatpay-Timestamp")
    return Answer(reply.status, _content(reply.body), True)


def must_be_signed(answer: Answer) -> None:
    """Raises ForgedReply for an answer that anybody could have written."""
    if not answer.is_signed:
        raise ForgedReply("wechat reply")


def _content(body: bytes) -> dict[str, Any]:
    return decode_object(body, MalformedReply) if body else {}
