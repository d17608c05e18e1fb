"""The dujiao-next (独角数卡 Next) upstream supplier interface, `/api/v1/upstream/*`. See `signing`, `requests`, `replies`, `callback`."""

from protocols.dujiao_next.callback import build_callback, callback_reply, parse_callback
from protocols.dujiao_next.orders import SupplierItem, SupplierOrder
from protocols.dujiao_next.replies import (
    SupplierAccount,
    SupplierListing,
    parse_cancel_reply,
    parse_create_reply,
    parse_find_reply,
    parse_get_reply,
    parse_ping_reply,
    parse_products_reply,
)
from protocols.dujiao_next.requests import (
    SupplierAccess,
    build_cancel_order,
    build_create_order,
    build_find_order,
    build_get_order,
    build_ping,
    build_products,
)
from protocols.dujiao_next.signing import canonical, sign, signed_headers, verify
from protocols.supplier import ErrorClass, SignatureRefused, SupplierError, SupplierOrderStatus

__all__ = [
    "ErrorClass",
    "SignatureRefused",
    "SupplierAccess",
    "SupplierAccount",
    "SupplierError",
    "SupplierItem",
    "SupplierListing",
    "SupplierOrder",
    "SupplierOrderStatus",
    "build_callback",
    "build_cancel_order",
    "build_create_order",
    "build_find_order",
    "build_get_order",
    "build_ping",
    "build_products",
    "callback_reply",
    "canonical",
    "parse_callback",
    "parse_cancel_reply",
    "parse_create_reply",
    "parse_find_reply",
    "parse_get_reply",
    "parse_ping_reply",
    "parse_products_reply",
    "sign",
    "signed_headers",
    "verify",
]
