"""WeChat Pay 微信支付, API v3: payment notices, the order query, creating and closing a payment.

See `signing` for who signs what, `resource` for the encryption, `notice`, `query` and `create` for the formats.
"""

from protocols.wechat.create import WechatPayment, build_close, build_h5, build_native, parse_close_reply, parse_create_reply
from protocols.wechat.keys import WINDOW, MerchantKey, PlatformKeys, load_platform_key, load_platform_keys, load_private_key
from protocols.wechat.notice import WechatNotice, parse_notice, reveal_numbers, sign_notice
from protocols.wechat.numbers import is_order_number
from protocols.wechat.query import build_query, parse_query_reply
from protocols.wechat.signing import sign_message, verify_call
from protocols.wechat.transaction import TradeState

__all__ = [
    "WINDOW",
    "MerchantKey",
    "PlatformKeys",
    "TradeState",
    "WechatNotice",
    "WechatPayment",
    "build_close",
    "build_h5",
    "build_native",
    "build_query",
    "is_order_number",
    "load_platform_key",
    "load_platform_keys",
    "load_private_key",
    "parse_close_reply",
    "parse_create_reply",
    "parse_notice",
    "parse_query_reply",
    "reveal_numbers",
    "sign_message",
    "sign_notice",
    "verify_call",
]
