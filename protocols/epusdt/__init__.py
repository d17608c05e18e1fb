"""epusdt: USDT payments by a gateway of one's own. See `signing`, `notice` and `create` for the formats, `variant` for what differs."""

from protocols.epusdt.create import (
    build_create,
    build_query,
    parse_create_reply,
    parse_query_reply,
    reply,
    verify_create,
)
from protocols.epusdt.notice import SUCCESS_WORD, EpusdtNotice, parse_notice, sign_notice
from protocols.epusdt.signing import canonical, sign, verify
from protocols.epusdt.variant import EPUSDT, EpusdtVariant

__all__ = [
    "EPUSDT",
    "SUCCESS_WORD",
    "EpusdtNotice",
    "EpusdtVariant",
    "build_create",
    "build_query",
    "canonical",
    "parse_create_reply",
    "parse_notice",
    "parse_query_reply",
    "reply",
    "sign",
    "sign_notice",
    "verify",
    "verify_create",
]
