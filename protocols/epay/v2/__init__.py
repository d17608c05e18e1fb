"""易支付 (epay) version 2: notices, creating and asking, signed with RSA both ways. See `signing`, `notice`, `create` and `query`."""

from protocols.epay.v2.answers import sign_answer, verify_call
from protocols.epay.v2.create import build_create, build_page_link, parse_create_reply
from protocols.epay.v2.notice import EpayV2Notice, parse_notice, sign_notice
from protocols.epay.v2.query import build_query, parse_query_reply
from protocols.epay.v2.signing import WINDOW_SECONDS, sign_fields

__all__ = [
    "WINDOW_SECONDS",
    "EpayV2Notice",
    "build_create",
    "build_page_link",
    "build_query",
    "parse_create_reply",
    "parse_notice",
    "parse_query_reply",
    "sign_answer",
    "sign_fields",
    "sign_notice",
    "verify_call",
]
