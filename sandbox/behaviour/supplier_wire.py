"""The JSON bodies of the dujiao-next upstream interface as a supplier writes them."""

import json
from datetime import datetime
from typing import Any

from protocols.http import JSON_CONTENT_TYPE, HttpReply
from sandbox.behaviour.catalogue import SupplierProduct
from sandbox.behaviour.ledger import SupplierOrderEntry

_STATUS_CODES = {
    "missing_auth_headers": 401,
    "invalid_timestamp": 401,
    "timestamp_expired": 401,
    "invalid_signature": 401,
    "invalid_api_key": 401,
    "bad_request": 400,
    "sku_unavailable": 400,
    "insufficient_balance": 402,
    "insufficient_stock": 409,
    "cancel_not_allowed": 409,
    "order_not_found": 404,
    "internal_error": 500,
}


def order_content(entry: SupplierOrderEntry, now: datetime) -> dict[str, Any]:
    """The order as a get, a find and a callback tell it; with its cards once delivered."""
    content: dict[str, Any] = {
        "order_id": entry.order_id,
        "order_no": entry.order_number,
        "downstream_order_no": entry.downstream_order_no,
        "status": "canceled" if entry.is_cancelled else "paid",
        "amount": f"{entry.amount:.2f}",
        "currency": "CNY",
    }
    if entry.is_delivered(now):
        content["status"] = "completed"
        content["fulfillment"] = {
            "type": "auto",
            "status": "delivered",
            "payload": "\n".join(entry.cards),
            "delivery_data": None,
            "delivered_at": entry.ready_at.isoformat(),
        }
    return content


def item_content(entry: SupplierOrderEntry) -> dict[str, Any]:
    """The one line of the order: what was delivered, which may not be what was ordered."""
    return {
        "product_id": entry.delivered.sku_id,
        "sku_id": entry.delivered.sku_id,
        "title": {"zh-CN": entry.delivered.product_code},
        "quantity": entry.quantity,
        "unit_price": entry.ordered.price,
        "total_price": f"{entry.amount:.2f}",
        "fulfillment_type": "auto",
    }


def product_content(product: SupplierProduct, *, stock_count: int, is_active: bool) -> dict[str, Any]:
    """A product of one SKU, both with the same number, in the products reply."""
    sku = {
        "id": product.sku_id,
        "sku_code": product.product_code,
        "price_amount": product.price,
        "stock_quantity": stock_count,
        "is_active": is_active,
    }
    return {
        "id": product.sku_id,
        "slug": product.product_code,
        "title": {"zh-CN": product.product_code},
        "price_amount": product.price,
        "fulfillment_type": "auto",
        "is_active": is_active,
        "category_id": 1,
        "skus": [sku],
    }


def success(**content: Any) -> HttpReply:
    """The envelope of a success."""
    return _json_reply(200, {"ok": True, **content})


def refusal(code: str) -> HttpReply:
    """The envelope of a failure, with the status that belongs to the code."""
    return _json_reply(_STATUS_CODES[code], {"ok": False, "error_code": code, "error_message": code.replace("_", " ")})


def _json_reply(status: int, content: dict[str, Any]) -> HttpReply:
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return HttpReply(status, (("Content-Type", JSON_CONTENT_TYPE),), body)
