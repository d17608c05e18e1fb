"""What is read of a shop beside us, whatever shop it is; one dialect for each kind of shop.

A dialect puts *questions*, each a single SELECT over a bounded page by primary key, and reads the rows that answer them. The SQL is what
MariaDB, MySQL, PostgreSQL and SQLite have in common: names in backticks, `%s` for each parameter; the reader translates those two.

A row that is no good of ours is read as `Unread` with a reason, never dropped in silence and never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from contracts.values import Money, minor_digits

PAGE_ROWS = 500
"""Rows of one question."""
MAX_QUANTITY = 40
"""Cards of one order, as many as an order of ours may have."""


class CardState(StrEnum):
    """unsold: the shop may sell it at any moment · sold · locked: kept back by the shop's operator or a purchase under way."""

    UNSOLD = "unsold"
    SOLD = "sold"
    LOCKED = "locked"


class ShopOrderState(StrEnum):
    """unpaid · paid: undelivered, though the shop delivers such goods by itself · by_hand: paid, and a person of the shop delivers ·
    delivered · failed: the shop's people ended it, or gave the money back · lapsed: nobody paid."""

    UNPAID = "unpaid"
    PAID = "paid"
    BY_HAND = "by_hand"
    DELIVERED = "delivered"
    FAILED = "failed"
    LAPSED = "lapsed"


class ShopGood(NamedTuple):
    """Something the shop sells. `is_automatic`: the shop delivers its cards by itself."""

    row_id: int
    product_code: str
    name: str
    is_automatic: bool


class ShopCard(NamedTuple):
    """A card of the shop."""

    row_id: int
    product_code: str
    secret: str
    state: CardState

    def __repr__(self) -> str:
        return f"ShopCard(row_id={self.row_id}, state={self.state.value})"


class ShopOrder(NamedTuple):
    """An order of the shop: `quantity` cards of one good. `cards`: those that the shop has delivered, as far as it says which."""

    row_id: int
    order_number: str
    product_code: str
    quantity: int
    amount: Money
    contact: str
    ip: str | None
    state: ShopOrderState
    placed_at: datetime
    trade_number: str | None
    cards: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"ShopOrder(row_id={self.row_id}, order_number={self.order_number!r}, state={self.state.value})"


class Unread(NamedTuple):
    """A row that cannot be taken over, and why: a word of `REASONS`."""

    row_id: int
    reason: str


REASONS = {
    "deleted": "the shop has deleted it",
    "no-good": "its good is no longer in the shop",
    "reusable": "is a card that the shop sells again and again",
    "empty": "holds no card",
    "amount": "has no amount that can be read",
    "quantity": f"has no quantity between 1 and {MAX_QUANTITY}",
    "number": "has a number that no payment provider would take",
    "contact": "has no contact, so nobody could prove that it is theirs",
    "state": "is in a state that is not known",
    "several-items": "has no good of its own, or several",
    "shared": "is sold by another shop in this one's name",
    "time": "has no time of its placing",
}


class Question(NamedTuple):
    """One SELECT and its parameters."""

    sql: str
    parameters: tuple[int | str, ...] = ()


PREFIX_PATTERN = r"^[0-9A-Za-z_]{0,40}\Z"
"""It stands in the text of every SELECT."""


class Site(NamedTuple):
    """What a dialect needs to know of one shop. `prefix`: of its tables' names; `utc_offset_hours`: of the times it writes."""

    prefix: str
    currency: str = "CNY"
    utc_offset_hours: int = 8


Row = Mapping[str, Any]
"""By the names of its columns."""


class Dialect(Protocol):
    """One kind of shop. `tables`: those it reads, without their prefix."""

    code: str
    default_prefix: str
    tables: tuple[str, ...]

    def goods(self, site: Site, after: int) -> Question: ...
    def cards(self, site: Site, after: int) -> Question: ...
    def orders(self, site: Site, after: int) -> Question: ...
    def orders_by_id(self, site: Site, row_ids: Sequence[int]) -> Question: ...
    def order_times(self, site: Site, after: int) -> Question:
        """The next order's id and time, to find where a span of days begins."""
        ...

    def last_order(self, site: Site) -> Question:
        """The highest id of an order, if any."""
        ...

    def good_of(self, row: Row, site: Site) -> ShopGood | Unread: ...
    def card_of(self, row: Row, site: Site) -> ShopCard | Unread: ...
    def order_of(self, row: Row, site: Site) -> ShopOrder | Unread: ...


def amount_of(value: Any, currency: str) -> Money | None:
    """A decimal of the shop's as money; None where it is none, or has more decimals than the currency."""
    try:
        minor = Decimal(str(value)).scaleb(minor_digits(currency))
    except InvalidOperation:
        return None
    if not minor.is_finite() or minor != minor.to_integral_value() or not 0 <= minor < 2**53:
        return None
    return Money(amount_minor=int(minor), currency=currency)


def time_of(value: Any, site: Site) -> datetime | None:
    """A time of the shop's, which says no zone, in UTC; None where it is none."""
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=timezone(timedelta(hours=site.utc_offset_hours)))
    return at.astimezone(UTC)


def cards_in(text: Any) -> tuple[str, ...]:
    """The cards of a text with one a line."""
    return tuple(line for each in str(text or "").splitlines() if (line := each.strip()))


def first_fault(faults: Mapping[str, bool]) -> str | None:
    """The first reason that holds, if any."""
    return next((reason for reason, is_so in faults.items() if is_so), None)


def marks(count: int) -> str:
    """So many parameters of an IN."""
    return ", ".join(["%s"] * count)


def site_of(dialect: Dialect, prefix: str | None, currency: str, utc_offset_hours: int) -> Site:
    """A shop whose tables have this prefix (None: the one of its kind); raises ValueError for what no table is called."""
    if prefix is not None and re.match(PREFIX_PATTERN, prefix) is None:
        raise ValueError("a prefix consists of letters, digits and _")
    return Site(dialect.default_prefix if prefix is None else prefix, currency, utc_offset_hours)
