"""易支付 (epay) version 1: notices signed with MD5, creating a payment, and the order query. See `signing`, `notice`, `create` and
`query` for the formats, `variant` for what differs between gateways, and the package `v2` for version 2."""

from protocols.epay.create import EpayPayment, build_create, build_page_link, parse_create_reply
from protocols.epay.notice import SUCCESS_WORD, EpayNotice, parse_notice, sign_notice
from protocols.epay.query import build_query, parse_query_reply
from protocols.epay.signing import canonical, sign, verify
from protocols.epay.variant import V1, V2, EpayV2Variant, EpayVariant

__all__ = [
    "SUCCESS_WORD",
    "V1",
    "V2",
    "EpayNotice",
    "EpayPayment",
    "EpayV2Variant",
    "EpayVariant",
    "build_create",
    "build_page_link",
    "build_query",
    "canonical",
    "parse_create_reply",
    "parse_notice",
    "parse_query_reply",
    "sign",
    "sign_notice",
    "verify",
]
