"""What a dujiao-next site's answers mean (its integration guide, sections 1.2, 4 and 7).

Success is `{"ok": true, …}`, failure `{"ok": false, "error_code": …, "error_message": …}` with a fitting HTTP
status, except `payment_failed`, which comes with 200. An answer without this envelope was not made by the
site's API but by something before it (a proxy, another route): it says nothing about the order. The free text
of an error is dropped, since it may repeat anything.
"""

import json
from dataclasses import dataclass
from typing import Any

from protocols.dujiao_next.orders import SupplierOrder, read_order
from protocols.errors import MalformedReply
from protocols.http import HttpReply
from protocols.supplier import ErrorClass, SupplierError, unreadable


@dataclass(frozen=True)
class SupplierAccount:
    """The answer to a ping."""

    balance: str
    currency: str


@dataclass(frozen=True)
class SupplierListing:
    """One SKU on sale at the supplier."""

    sku_id: int
    product_id: int
    price: str
    stock_count: int | None
    """None for unlimited."""
    is_active: bool


_CLASSES = {
    "insufficient_stock": ErrorClass.OUT_OF_STOCK,
    "insufficient_balance": ErrorClass.NO_BALANCE,
    "payment_failed": ErrorClass.NO_BALANCE,
    "sku_unavailable": ErrorClass.DELISTED,
    "product_unavailable": ErrorClass.DELISTED,
    "product_not_found": ErrorClass.DELISTED,
    "missing_auth_headers": ErrorClass.INVALID_SIGNATURE,
    "invalid_timestamp": ErrorClass.INVALID_SIGNATURE,
    "timestamp_expired": ErrorClass.INVALID_SIGNATURE,
    "invalid_signature": ErrorClass.INVALID_SIGNATURE,
    "invalid_api_key": ErrorClass.INVALID_SIGNATURE,
    "user_disabled": ErrorClass.INVALID_SIGNATURE,
    "order_not_found": ErrorClass.NOT_FOUND,
    "cancel_not_allowed": ErrorClass.NOT_CANCELLABLE,
    "bad_request": ErrorClass.REFUSED,
    "invalid_callback_url": ErrorClass.REFUSED,
    "internal_error": ErrorClass.TEMPORARY,
}


def parse_ping_reply(reply: HttpReply) -> SupplierAccount | SupplierError:
    """Balance and currency, both text."""
    content = _success(reply)
    if isinstance(content, SupplierError):
        return content
    balance, currency = content.get("balance"), content.get("currency")
    if not isinstance(balance, str) or not isinstance(currency, str):
        return unreadable(reply.status)
    return SupplierAccount(balance, currency)


def parse_products_reply(reply: HttpReply) -> tuple[SupplierListing, ...] | SupplierError:
    """The SKUs of one page, in the supplier's order."""
    content = _success(reply)
    if isinstance(content, SupplierError):
        return content
    try:
        return tuple(
            SupplierListing(
                sku_id=int(sku["id"]),
                product_id=int(product["id"]),
                price=str(sku["price_amount"]),
                stock_count=None if int(sku["stock_quantity"]) < 0 else int(sku["stock_quantity"]),
                is_active=product["is_active"] is True and sku["is_active"] is True,
            )
            for product in content["items"]
            for sku in product["skus"]
        )
    except (KeyError, TypeError, ValueError):
        return unreadable(reply.status)


def parse_create_reply(reply: HttpReply) -> SupplierOrder | SupplierError:
    """The order made, or made earlier under the same number; its cards come with a later get or callback."""
    return _order(reply)


def parse_get_reply(reply: HttpReply) -> SupplierOrder | SupplierError:
    """The order by its id; NOT_FOUND where the site knows none."""
    return _order(reply)


def parse_find_reply(reply: HttpReply, *, downstream_order_no: str) -> SupplierOrder | SupplierError:
    """The order by our own number. NOT_FOUND only where the site's API says so; an order of another number is unreadable."""
    order = _order(reply)
    if isinstance(order, SupplierOrder) and order.downstream_order_no != downstream_order_no:
        return unreadable(reply.status)
    return order


def parse_cancel_reply(reply: HttpReply) -> SupplierOrder | SupplierError:
    """The cancelled order; NOT_CANCELLABLE where it was delivered before."""
    return _order(reply)


def _order(reply: HttpReply) -> SupplierOrder | SupplierError:
    content = _success(reply)
    if isinstance(content, SupplierError):
        return content
    try:
        return read_order(content)
    except MalformedReply:
        return unreadable(reply.status)


def _success(reply: HttpReply) -> dict[str, Any] | SupplierError:
    try:
        content = json.loads(reply.body)
    except (ValueError, RecursionError):
        return unreadable(reply.status)
    if not isinstance(content, dict) or not isinstance(content.get("ok"), bool):
        return unreadable(reply.status)
    if content["ok"]:
        return content if reply.status == 200 else unreadable(reply.status)
    code = content.get("error_code")
    error_class = _CLASSES.get(code) if isinstance(code, str) else None
    if error_class is None or reply.status >= 500:
        return unreadable(reply.status)
    return SupplierError(error_class, str(code), is_effect_possible=error_class is ErrorClass.TEMPORARY)
