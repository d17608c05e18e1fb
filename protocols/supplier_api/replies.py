"""What the answers of a supplier's server mean.

A failure is `{"error": code, "message": text}` with the HTTP status of the code; with such an answer below 500 nothing has happened over
there. Everything else that does not fit, and every 5xx, says nothing about the order: it is asked about.
"""

from typing import Any, TypeVar

import msgspec

from protocols.http import HttpReply
from protocols.supplier import ErrorClass, SupplierError, unreadable
from protocols.supplier_api.messages import Balance, CardAnswer, Failure, Goods, GoodsPage, Order

T = TypeVar("T")

FAILURES: dict[str, tuple[int, ErrorClass]] = {
    "bad_request": (400, ErrorClass.REFUSED),
    "missing_signature": (401, ErrorClass.INVALID_SIGNATURE),
    "malformed_timestamp": (401, ErrorClass.INVALID_SIGNATURE),
    "stale_timestamp": (401, ErrorClass.INVALID_SIGNATURE),
    "unknown_key": (401, ErrorClass.INVALID_SIGNATURE),
    "invalid_signature": (401, ErrorClass.INVALID_SIGNATURE),
    "insufficient_balance": (402, ErrorClass.NO_BALANCE),
    "account_suspended": (403, ErrorClass.INVALID_SIGNATURE),
    "order_not_found": (404, ErrorClass.NOT_FOUND),
    "out_of_stock": (409, ErrorClass.OUT_OF_STOCK),
    "number_taken": (409, ErrorClass.REFUSED),
    "not_cancellable": (409, ErrorClass.NOT_CANCELLABLE),
    "not_on_sale": (410, ErrorClass.DELISTED),
    "too_many_requests": (429, ErrorClass.TEMPORARY),
    "unavailable": (503, ErrorClass.TEMPORARY),
}
"""HTTP status and class of every failure code."""


def parse_order_reply(reply: HttpReply, *, number: str) -> Order | SupplierError:
    """The order that was made, asked for or cancelled; one of another number, or delivered short, is unreadable."""
    order = _read(reply, Order)
    if isinstance(order, SupplierError):
        return order
    is_whole = order.status != "delivered" or len(order.cards) == order.quantity
    return order if order.number == number and is_whole else unreadable(reply.status)


def parse_balance_reply(reply: HttpReply) -> Balance | SupplierError:
    """What is left of our money there."""
    return _read(reply, Balance)


def parse_page_reply(reply: HttpReply) -> GoodsPage | SupplierError:
    """One page of the goods."""
    return _read(reply, GoodsPage)


def parse_goods_reply(reply: HttpReply, *, sku_id: int) -> Goods | SupplierError:
    """One of the goods."""
    goods = _read(reply, Goods)
    return unreadable(reply.status) if isinstance(goods, Goods) and goods.sku_id != sku_id else goods


def parse_card_reply(reply: HttpReply) -> CardAnswer | SupplierError:
    """Whether the card still works."""
    return _read(reply, CardAnswer)


def _read(reply: HttpReply, wanted: type[T]) -> T | SupplierError:
    if reply.status in (200, 201):
        decoded = _decoded(reply.body, wanted)
        return decoded if isinstance(decoded, wanted) else unreadable(reply.status)
    failure = _decoded(reply.body, Failure)
    known = FAILURES.get(failure.error) if isinstance(failure, Failure) else None
    if known is None or known[0] != reply.status or reply.status >= 500:
        return unreadable(reply.status)
    return SupplierError(known[1], failure.error, is_effect_possible=False)


def _decoded(body: bytes, wanted: Any) -> Any:
    try:
        return msgspec.json.decode(body, type=wanted)
    except (msgspec.DecodeError, ValueError, RecursionError):  # the second for what is not UTF-8
        return None
