"""TokenPay: coin payments by an installation of one's own. See `signing`, `notice`, `create` and `query` for the formats, `variant` for
what differs."""

from protocols.tokenpay.create import build_create, parse_create_reply, verify_create
from protocols.tokenpay.notice import SUCCESS_WORD, TokenPayNotice, parse_notice, sign_notice
from protocols.tokenpay.query import build_query, parse_query_reply, verify_query
from protocols.tokenpay.signing import canonical, sign, verify
from protocols.tokenpay.variant import TOKENPAY, TokenPayVariant

__all__ = [
    "SUCCESS_WORD",
    "TOKENPAY",
    "TokenPayNotice",
    "TokenPayVariant",
    "build_create",
    "build_query",
    "canonical",
    "parse_create_reply",
    "parse_notice",
    "parse_query_reply",
    "sign",
    "sign_notice",
    "verify",
    "verify_create",
    "verify_query",
]
