"""A payment in coins to be created at a gateway of one's own (epusdt, TokenPay), and what such a gateway answers.

Each has its own names for the same things: our number, its own, what the order costs, and how many coins are to be sent to which
address. The answer must be about our order and its amount; what is to be sent on chain is the gateway's own affair.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from protocols.checkout import Checkout, CheckoutKind
from protocols.coins import is_coin_amount
from protocols.errors import MalformedReply, ReplyMismatch
from protocols.exact_json import text_member
from protocols.payment import is_number, is_yuan

_MAX_ADDRESS_LENGTH = 128


@dataclass(frozen=True)
class CoinPayment:
    """A payment to be created. `total` in the order's currency, at most two decimals; addresses are ours and public."""

    order_number: str
    total: str
    notify_url: str
    redirect_url: str = ""

    def check(self) -> None:
        """Raises ValueError for what no gateway takes."""
        if not is_yuan(self.total) or not is_number(self.order_number):
            raise ValueError("order number or amount")


@dataclass(frozen=True)
class Names:
    """What a gateway calls the members of its answer; `address` may be left out of an answer."""

    order: str
    trade: str
    amount: str
    coins: str
    address: str


def read_checkout(
    told: Mapping[str, Any], names: Names, page: str, *, order_number: str, total: str, coin: str | None, expires_at: datetime | None
) -> Checkout:
    """What the buyer can pay by; raises MalformedReply, ReplyMismatch (another order or amount)."""
    if text_member(told, names.order, MalformedReply) != order_number:
        raise ReplyMismatch(names.order)
    amount, coins, trade_number = (text_member(told, name, MalformedReply) for name in (names.amount, names.coins, names.trade))
    if not is_yuan(amount):
        raise MalformedReply(names.amount)
    if Decimal(amount) != Decimal(total):
        raise ReplyMismatch(names.amount)
    if not is_coin_amount(coins):
        raise MalformedReply(names.coins)
    if not is_number(trade_number):
        raise MalformedReply(names.trade)
    address = None if told.get(names.address) is None else text_member(told, names.address, MalformedReply)
    if address is not None and not is_number(address, _MAX_ADDRESS_LENGTH):
        raise MalformedReply(names.address)
    return Checkout(order_number, CheckoutKind.PAGE, page, trade_number, payable=coins, coin=coin, address=address, expires_at=expires_at)
