"""Alipay 支付宝: payment notices and `alipay.trade.query`, signed RSA2. See `notice` and `query` for the formats."""

from protocols.alipay.keys import is_rsa2_signature, load_private_key, load_public_key, rsa2_sign
from protocols.alipay.notice import (
    SUCCESS_WORD,
    AlipayNotice,
    TradeStatus,
    beijing_text,
    parse_notice,
    sign_notice,
)
from protocols.alipay.query import build_query, parse_query_reply, sign_reply, verify_request

__all__ = [
    "SUCCESS_WORD",
    "AlipayNotice",
    "TradeStatus",
    "beijing_text",
    "build_query",
    "is_rsa2_signature",
    "load_private_key",
    "load_public_key",
    "parse_notice",
    "parse_query_reply",
    "rsa2_sign",
    "sign_notice",
    "sign_reply",
    "verify_request",
]
