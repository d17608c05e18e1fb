"""What an acg-faka site's answers mean.

Success is `{"code": 200, "data": …}`, failure `{"code": 0, "msg": "…"}`, both with HTTP 200 (`wording` reads the sentence). An answer
without this envelope was not made by the site's API. Only a trade that was refused is certain to have had no effect: the site buys in
one transaction. That a `request_no` is known already means that an order stands whose cards nobody can see.
"""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from protocols.acg_faka.wording import REQUEST_KNOWN, cards_in, failure_of
from protocols.http import HttpReply
from protocols.payment import is_number
from protocols.supplier import ErrorClass, SupplierError, unreadable

MAX_SECRET_CHARACTERS = 1_000_000


@dataclass(frozen=True)
class SharedBalance:
    """What is left of our money at the site, in its own currency, which it does not name."""

    balance: Decimal


@dataclass(frozen=True)
class SharedGoods:
    """One goods of the items call. `stock_count` None: not told. `is_automatic`: cards come at once, nobody sends them by hand."""

    code: str
    stock_count: int | None
    is_automatic: bool


@dataclass(frozen=True)
class SharedTrade:
    """An order that stands. No cards: what came in their place was a notice. `trade_number`: theirs, where it was told."""

    trade_number: str | None
    cards: tuple[str, ...] = field(default=(), repr=False)


def parse_connect_reply(reply: HttpReply) -> SharedBalance | SupplierError:
    """Our balance; of the shared shop and of the open API."""
    data = _data(reply)
    if isinstance(data, SupplierError):
        return data
    balance = data.get("balance") if isinstance(data, dict) else None
    amount = _decimal(balance)
    return SharedBalance(amount) if amount is not None else unreadable(reply.status)


def parse_items_reply(reply: HttpReply) -> tuple[SharedGoods, ...] | SupplierError:
    """All goods, in the site's order."""
    data = _data(reply)
    if isinstance(data, SupplierError):
        return data
    try:
        return tuple(
            SharedGoods(str(goods["code"]), _count(goods.get("stock")), is_automatic=int(goods["delivery_way"]) == 0)
            for category in data
            for goods in category["children"]
        )
    except (KeyError, TypeError, ValueError):
        return unreadable(reply.status)


def parse_stock_reply(reply: HttpReply) -> int | SupplierError:
    """What is left of an article, at the shared shop or of the open API; both write it as text or number."""
    data = _data(reply)
    if isinstance(data, SupplierError):
        return data
    stock_count = _count(data.get("stock")) if isinstance(data, dict) else None
    return stock_count if stock_count is not None else unreadable(reply.status)


def parse_state_reply(reply: HttpReply) -> bool | SupplierError:
    """True where as many as were asked for can be had; the error says why not."""
    data = _data(reply)
    return data if isinstance(data, SupplierError) else True


def parse_trade_reply(reply: HttpReply) -> SharedTrade | SupplierError:
    """The order that was made, with its cards."""
    return _trade(reply, "secret", "tradeNo")


def parse_query_reply(reply: HttpReply) -> SharedTrade | SupplierError:
    """The order as it stands now; the answer does not repeat its number."""
    return _trade(reply, "secret", "tradeNo")


def parse_v4_trade_reply(reply: HttpReply) -> SharedTrade | SupplierError:
    """The order that was made at a V4 site, with its cards where they came at once."""
    return _trade(reply, "contents", "order_no")


def _trade(reply: HttpReply, secret_name: str, number_name: str) -> SharedTrade | SupplierError:
    data = _data(reply)
    if isinstance(data, SupplierError):
        return data
    secret = data.get(secret_name) if isinstance(data, dict) else None
    if not isinstance(data, dict) or (secret is not None and (not isinstance(secret, str) or len(secret) > MAX_SECRET_CHARACTERS)):
        return unreadable(reply.status)
    number = str(data.get(number_name) or "")
    return SharedTrade(number if is_number(number) else None, cards_in(secret or ""))


def _data(reply: HttpReply) -> Any:
    """The decoded `data`, or the error."""
    try:
        content = json.loads(reply.body)
    except (ValueError, RecursionError):
        return unreadable(reply.status)
    if not isinstance(content, dict) or reply.status != 200 or not isinstance(content.get("code"), int):
        return unreadable(reply.status)
    if content["code"] == 200:
        return content["data"] if content.get("data") is not None else {}
    message = content.get("msg")
    if not isinstance(message, str):
        return unreadable(reply.status)
    if REQUEST_KNOWN.lower() in message.lower():
        return SupplierError(ErrorClass.TEMPORARY, "request_known", is_effect_possible=True)
    error_class, code = failure_of(message)
    return SupplierError(error_class, code, is_effect_possible=False)


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return max(0, int(value))
    except ValueError:
        return None


def _decimal(value: object) -> Decimal | None:
    text = str(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else ""
    return Decimal(text) if text.replace(".", "", 1).isdecimal() and text.isascii() else None
