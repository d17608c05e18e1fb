"""易支付 (epay) version 1: notices signed with MD5, and the order query. See `signing`, `notice` and `query` for the formats."""

from protocols.epay.notice import SUCCESS_WORD, EpayNotice, parse_notice, sign_notice
from protocols.epay.query import build_query, parse_query_reply
from protocols.epay.signing import canonical, sign, verify

__all__ = [
    "SUCCESS_WORD",
    "EpayNotice",
    "build_query",
    "canonical",
    "parse_notice",
    "parse_query_reply",
    "sign",
    "sign_notice",
    "verify",
]
