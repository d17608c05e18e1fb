"""A simulated shop beside us: dujiaoka's tables in memory, and what such a shop does. We only ever read the tables.

The books (orders with all that became of them, sales, looks, when its delivery was off) are kept beside the tables, for the checker.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from protocols.shops.port import Site
from protocols.shops.reading import ShopReading
from protocols.shops.registry import DIALECTS
from redress.simulation.clock import Clock

KIND: Final = "dujiaoka"
PRICE = 10
VIP, CRAFT = 1, 2
"""Rows of its goods: cards that it delivers by itself, and something that its people make."""
PRODUCT_CODE = str(VIP)
TABLES = """
CREATE TABLE goods (id INTEGER PRIMARY KEY, gd_name, type, deleted_at);
CREATE TABLE carmis (id INTEGER PRIMARY KEY, goods_id, status DEFAULT 1, is_loop DEFAULT 0, carmi, deleted_at);
CREATE TABLE orders (id INTEGER PRIMARY KEY, order_sn, goods_id, type, buy_amount, actual_price, email, buy_ip, info, trade_no,
                     status DEFAULT 1, created_at, deleted_at);
INSERT INTO goods (id, gd_name, type) VALUES (1, 'vip', 1), (2, 'craft', 2);
"""
PENDING, COMPLETED, ABNORMAL = 2, 4, 6
UNPAID, PAID, DELIVERED = "unpaid", "paid", "delivered"


@dataclass(slots=True)
class BookedOrder:
    """An order as the shop knows it. `history`: (since when, state); `cards`: those of its table that it has delivered for it.

    `is_automatic`: of a good that was delivered by itself when it was placed; for others people write something of their own.
    """

    row_id: int
    number: str
    quantity: int
    is_craft: bool
    is_automatic: bool
    history: list[tuple[datetime, str]]
    cards: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        return self.history[-1][1]

    def state_at(self, moment: datetime) -> str | None:
        """None: it was not there yet."""
        return next((state for since, state in reversed(self.history) if since <= moment), None)


@dataclass(slots=True)
class Books:
    """What the checker is told of the shop. `looks`: when its tables were read, and for which intent."""

    shop_id: str
    has_true_clocks: bool = True
    """Whether nobody's clock jumps in this world, so that what our logs say of times can be believed."""
    orders: dict[str, BookedOrder] = field(default_factory=dict)
    fingerprints: dict[str, str] = field(default_factory=dict)
    """Of every card that ever stood in its table."""
    looks: list[tuple[datetime, str]] = field(default_factory=list)
    off: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    """From when to when its own delivery was off."""

    @property
    def sold(self) -> list[str]:
        """Fingerprints of all cards it has delivered."""
        return [self.fingerprints[secret] for order in self.orders.values() for secret in order.cards]


class BesideShop:
    """See the module."""

    def __init__(self, clock: Clock, books: Books) -> None:
        self._clock = clock
        self._site = Site(DIALECTS[KIND].default_prefix)
        self._tables = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._tables.executescript(TABLES)
        self.books = books
        self.is_off = False
        self.changed_at = 0.0

    # what others may do: read

    def reading(self, of: sqlite3.Connection | None = None) -> ShopReading:
        """Its tables as they are."""
        tables = of or self._tables

        def ask(sql: str, parameters: Sequence[int | str] = ()) -> list[dict[str, Any]]:
            found = tables.execute(sql.replace("%s", "?"), tuple(parameters))
            names = [each[0] for each in found.description]
            return [dict(zip(names, row, strict=True)) for row in found]

        return ShopReading(DIALECTS[KIND], self._site, ask)

    @contextmanager
    def opened(self) -> Iterator[ShopReading]:
        """Its tables as they are now, while it goes on selling."""
        snapshot = sqlite3.connect(":memory:", check_same_thread=False)
        try:
            self._tables.backup(snapshot)
            yield self.reading(snapshot)
        finally:
            snapshot.close()

    def looked_at(self, intent_key: str) -> ShopReading:
        """The tables, for a look that is noted."""
        self.books.looks.append((self._clock.now, intent_key))
        return self.reading()

    # what the shop does

    def stock(self, fingerprints: dict[str, str]) -> None:
        """New cards, by their secrets."""
        self.books.fingerprints |= fingerprints
        for secret in fingerprints:
            self._run("INSERT INTO carmis (goods_id, carmi) VALUES (?, ?)", VIP, secret)

    def place(self, number: str, quantity: int, *, is_craft: bool) -> None:
        good = CRAFT if is_craft else VIP
        at = (self._clock.now + timedelta(hours=self._site.utc_offset_hours)).strftime("%Y-%m-%d %H:%M:%S")
        row_id = self._run(
            "INSERT INTO orders (order_sn, goods_id, type, buy_amount, actual_price, email, buy_ip, created_at)"
            " SELECT ?, id, type, ?, ?, 'buyer@beside.example', '203.0.113.9', ? FROM goods WHERE id = ?",
            number, quantity, PRICE * quantity, at, good,
        )  # fmt: skip
        is_automatic = not is_craft and not self.is_off
        self.books.orders[number] = BookedOrder(row_id, number, quantity, is_craft, is_automatic, [(self._clock.now, UNPAID)])

    def take_money(self, number: str, *, is_stuck: bool) -> None:
        """Paid: its delivery follows, or has failed at once."""
        order = self.books.orders[number]
        order.history.append((self._clock.now, PAID))
        status = ABNORMAL if is_stuck and order.is_automatic else PENDING
        self._run("UPDATE orders SET status = ?, trade_no = 'T' || order_sn WHERE id = ?", status, order.row_id)

    def deliver(self, number: str) -> None:
        """By itself, or by a person's hand: nothing where its delivery is off, the order is not open, or the cards do not suffice."""
        order = self.books.orders[number]
        if self.is_off or order.state != PAID:
            return
        if order.is_automatic:
            cards = self._tables.execute(
                "SELECT id, carmi FROM carmis WHERE goods_id = ? AND status = 1 ORDER BY id LIMIT ?", (VIP, order.quantity)
            ).fetchall()
            if len(cards) < order.quantity:
                self._run("UPDATE orders SET status = ? WHERE id = ?", ABNORMAL, order.row_id)
                return
            for card_id, _ in cards:
                self._run("UPDATE carmis SET status = 2 WHERE id = ?", card_id)
            order.cards = tuple(secret for _, secret in cards)
        info = "\n".join(order.cards) or "a person wrote this"
        self._run("UPDATE orders SET status = ?, info = ? WHERE id = ?", COMPLETED, info, order.row_id)
        order.history.append((self._clock.now, DELIVERED))

    def turn_off(self) -> None:
        """Its operator turns its delivery off, and its people leave its orders alone."""
        if not self.is_off:
            self.is_off = True
            self._run("UPDATE goods SET type = 2 WHERE id = ?", VIP)
            self.books.off.append((self._clock.now, None))

    def turn_on(self) -> None:
        if self.is_off:
            self.is_off = False
            self._run("UPDATE goods SET type = 1 WHERE id = ?", VIP)
            self.books.off[-1] = (self.books.off[-1][0], self._clock.now)

    def remove(self, rows: Sequence[int]) -> None:
        """Its operator removes these cards."""
        for row in rows:
            self._run("DELETE FROM carmis WHERE id = ?", row)

    def _run(self, sql: str, *parameters: object) -> int:
        self.changed_at = self._clock.seconds
        return int(self._tables.execute(sql, parameters).lastrowid or 0)
