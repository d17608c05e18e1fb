"""UnionPay 银联, full-channel gateway (全渠道) version 5.1.0: notices, a QR code to be scanned, and the query; RSA with certificates.

**Unproven.** The format follows the public descriptions and software kits of the interface; it was never tried against UnionPay's own
gateway, whose test environment is open to merchants only. See `signing`, `notice`, `create` and `query` for the formats.
"""

from protocols.unionpay.calls import is_order_number
from protocols.unionpay.create import UnionPayPayment, build_create, parse_create_reply
from protocols.unionpay.notice import SUCCESS_WORD, UnionPayNotice, parse_notice
from protocols.unionpay.query import build_query, parse_query_reply
from protocols.unionpay.signing import (
    SIGNER_NAME,
    MerchantCertificate,
    Trust,
    canonical,
    is_signed,
    load_certificate,
    sign_fields,
    verify_call,
)

__all__ = [
    "SIGNER_NAME",
    "SUCCESS_WORD",
    "MerchantCertificate",
    "Trust",
    "UnionPayNotice",
    "UnionPayPayment",
    "build_create",
    "build_query",
    "canonical",
    "is_order_number",
    "is_signed",
    "load_certificate",
    "parse_create_reply",
    "parse_notice",
    "parse_query_reply",
    "sign_fields",
    "verify_call",
]
