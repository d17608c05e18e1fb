"""Alipay 支付宝: payment notices, `alipay.trade.precreate` and `alipay.trade.query`, signed RSA2. See `notice`, `gateway`, `create` and
`query` for the formats."""

from protocols.alipay.create import CREATE_NODE, AlipayPayment, build_create, parse_create_reply
from protocols.alipay.gateway import sign_reply, verify_request
from protocols.alipay.keys import is_rsa2_signature, load_private_key, load_public_key, rsa2_sign
from protocols.alipay.notice import (
    SUCCESS_WORD,
    AlipayNotice,
    TradeStatus,
    beijing_text,
    parse_notice,
    sign_notice,
)
from protocols.alipay.query import QUERY_NODE, build_query, parse_query_reply

__all__ = [
    "CREATE_NODE",
    "QUERY_NODE",
    "SUCCESS_WORD",
    "AlipayNotice",
    "AlipayPayment",
    "TradeStatus",
    "beijing_text",
    "build_create",
    "build_query",
    "is_rsa2_signature",
    "load_private_key",
    "load_public_key",
    "parse_create_reply",
    "parse_notice",
    "parse_query_reply",
    "rsa2_sign",
    "sign_notice",
    "sign_reply",
    "verify_request",
]
