"""Each kind of shop is read from its live database, by a user who may only read, and from a dump."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.foreign_tables import ForeignDatabaseAway, UnfitAddress, UnknownTables, foreign_tables
from protocols.shops.port import CardState, ShopCard, ShopOrder, ShopOrderState, Site, Unread
from protocols.shops.reading import ShopReading
from protocols.shops.registry import DIALECTS
from redress.connecting.dump import tables_of
from redress.connecting.opening import opened_shop
from redress.connecting.survey import survey
from redress.errors import UserError
from tests.connecting.rebuilt import RebuiltAcgFaka, RebuiltDujiaoka
from tests.servers.databases import MariadbDatabase

SITE = Site("")
MakeDatabase = Callable[[], MariadbDatabase]


@pytest.mark.parametrize("kind", [RebuiltDujiaoka, RebuiltAcgFaka])
def test_a_live_shop_is_read_with_its_goods_cards_and_orders(
    fresh_mariadb: MakeDatabase, kind: type[RebuiltDujiaoka] | type[RebuiltAcgFaka]
) -> None:
    shop = kind(fresh_mariadb())
    good, by_hand = shop.good("vip"), shop.good("craft", kind=2)
    shop.cards(good, ["K-1", "K-2", "K-3"])
    numbers = [f"10000000000000000{n}" for n in range(5)]
    delivered, unpaid = shop.order(numbers[0], good, quantity=2), shop.order(numbers[1], good)
    assert shop.pay(delivered) == ["K-1", "K-2"]
    undelivered, hand = shop.order(numbers[2], good, quantity=2), shop.order(numbers[3], by_hand)
    assert shop.pay(undelivered) == []
    shop.pay(hand, is_delivering=False)
    shop.order(numbers[4], good, contact="")
    dialect = DIALECTS[kind.kind]
    with foreign_tables(shop.database.reader_url) as tables:
        reading = ShopReading(dialect, Site(dialect.default_prefix), tables.rows)
        goods, cards, orders = list(reading.goods()), list(reading.cards()), list(reading.orders(0))
        again = reading.orders_by_id([delivered, unpaid])
        with pytest.raises(ForeignDatabaseAway):
            tables.rows(f"UPDATE {dialect.default_prefix}{dialect.tables[0]} SET id = 9")
    shop.close()
    assert [(each.name, each.is_automatic) for each in goods if not isinstance(each, Unread)] == [("vip", True), ("craft", False)]
    assert [(c.secret, c.state) for c in cards if isinstance(c, ShopCard)] == [
        ("K-1", CardState.SOLD), ("K-2", CardState.SOLD), ("K-3", CardState.UNSOLD)]  # fmt: skip
    read = [order for order in orders if isinstance(order, ShopOrder)]
    assert [order.state for order in read] == [
        ShopOrderState.DELIVERED, ShopOrderState.UNPAID, ShopOrderState.PAID, ShopOrderState.BY_HAND]  # fmt: skip
    assert read[0].cards == ("K-1", "K-2")
    assert read[0].amount.amount_minor == 2_000
    assert abs(read[0].placed_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert [order.reason for order in orders if isinstance(order, Unread)] == ["contact"]
    assert again == read[:2]


def test_the_orders_of_ninety_days_begin_behind_the_older_ones(fresh_mariadb: MakeDatabase) -> None:
    shop = RebuiltDujiaoka(fresh_mariadb())
    good = shop.good("vip")
    rows = [shop.order(f"N{days}", good, days_ago=days) for days in (200, 120, 91, 89, 30, 0)]
    shop.run("DELETE FROM orders WHERE id = %s", rows[1])
    with foreign_tables(shop.database.reader_url) as tables:
        reading = ShopReading(DIALECTS["dujiaoka"], SITE, tables.rows)
        assert reading.last_order_before(datetime.now(UTC) - timedelta(days=90)) == rows[2]
        assert reading.last_order_before(datetime.now(UTC) + timedelta(days=1)) == rows[-1]
        assert [each.order_number for each in reading.orders(rows[2]) if isinstance(each, ShopOrder)] == ["N89", "N30", "N0"]
    shop.close()


DUMP = r"""-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB
CREATE TABLE `admin` (
  `id` int(11) NOT NULL
);
INSERT INTO `admin` VALUES (1);
DROP TABLE IF EXISTS `goods`;
CREATE TABLE `goods` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `gd_name` varchar(200) NOT NULL COMMENT '商品名称',
  `type` tinyint(1) NOT NULL DEFAULT 1,
  `deleted_at` timestamp NULL DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB;
INSERT INTO `goods` VALUES (1,'会员 \'A\', \"yearly\"',1,NULL),(2,'it''s; (gone)',1,'2021-01-01 00:00:00');
CREATE TABLE `carmis` (
  `id` bigint(20) NOT NULL,
  `goods_id` int(11) NOT NULL,
  `status` tinyint(1) NOT NULL,
  `carmi` text NOT NULL,
  `deleted_at` timestamp NULL,
  PRIMARY KEY (`id`)
);
INSERT INTO `carmis` (`id`, `goods_id`, `status`, `carmi`, `deleted_at`) VALUES (1,1,1,'K-1),(\\x',NULL),(2,1,2,'K-2\r',NULL);
INSERT INTO `carmis` VALUES (3,1,1,'K-1),(\\x',NULL);
CREATE TABLE `orders` (
  `id` bigint(20) NOT NULL,
  `order_sn` varchar(150) NOT NULL,
  `goods_id` int(11) NOT NULL,
  `type` tinyint(1) NOT NULL,
  `buy_amount` int(11) NOT NULL,
  `actual_price` decimal(10,2) NOT NULL,
  `email` varchar(200) NOT NULL,
  `info` text DEFAULT NULL,
  `buy_ip` varchar(50) NOT NULL,
  `trade_no` varchar(200) DEFAULT '',
  `status` tinyint(1) NOT NULL,
  `created_at` timestamp NULL,
  `deleted_at` timestamp NULL,
  PRIMARY KEY (`id`)
);
INSERT INTO `orders` VALUES (7,'A1B2C3D4E5F6G7H8',1,1,2,19.80,'a@b.example','K-2\nK-9','203.0.113.7','T1',4,'2026-11-20 08:00:00',NULL);
"""


def test_a_dump_is_read_as_the_live_shop_would_be(tmp_path: Path) -> None:
    dump = tmp_path / "shop.sql"
    dump.write_text(DUMP, encoding="utf-8")
    with opened_shop(DIALECTS["dujiaoka"], SITE, url=None, dump=dump) as reading:
        goods, cards, orders = list(reading.goods()), list(reading.cards()), list(reading.orders(0))
        counted = survey(reading, datetime(2026, 11, 1, tzinfo=UTC), lambda what, count: None)
    assert [goods[0], goods[1]] == [(1, "1", "会员 'A', \"yearly\"", True), Unread(2, "deleted")]
    assert [card.secret for card in cards if isinstance(card, ShopCard)] == ["K-1),(\\x", "K-2", "K-1),(\\x"]
    (order,) = orders
    assert isinstance(order, ShopOrder)
    assert (order.cards, order.amount.amount_minor, order.placed_at) == (("K-2", "K-9"), 1_980, datetime(2026, 11, 20, tzinfo=UTC))
    assert (counted.goods, counted.duplicates, counted.orders[ShopOrderState.DELIVERED], counted.sold_cards) == (1, 1, 1, 2)
    assert counted.unread == {("goods", "deleted"): 1}


@pytest.mark.parametrize("cut", [len(DUMP) - 60, DUMP.index("CREATE TABLE `orders`")])
def test_a_dump_that_is_cut_off_is_told_and_not_taken_for_a_small_shop(tmp_path: Path, cut: int) -> None:
    dump = tmp_path / "shop.sql"
    dump.write_text(DUMP[:cut], encoding="utf-8")
    with pytest.raises(UserError), tables_of(dump, ["goods", "carmis", "orders"]):
        pass


def test_dujiao_next_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "next.db"
    with sqlite3.connect(file) as shop:
        shop.executescript(
            "CREATE TABLE products (id INTEGER PRIMARY KEY, slug, title_json, fulfillment_type, deleted_at);"
            "CREATE TABLE card_secrets (id INTEGER PRIMARY KEY, product_id, sku_id, secret, status, deleted_at);"
            "CREATE TABLE users (id INTEGER PRIMARY KEY, email);"
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, order_no, user_id, parent_id, status, currency, total_amount, guest_email,"
            " client_ip, created_at, deleted_at);"
            "CREATE TABLE order_items (id INTEGER PRIMARY KEY, order_id, product_id, sku_id, quantity, fulfillment_type);"
            "CREATE TABLE fulfillments (id INTEGER PRIMARY KEY, order_id, status, payload);"
            """INSERT INTO products VALUES (1, 'vip', '{"en-US": "VIP", "zh-CN": "会员"}', 'auto', NULL);"""
            "INSERT INTO card_secrets VALUES (1, 1, 0, 'K-1', 'available', NULL), (2, 1, 5, 'K-2', 'reserved', NULL);"
            "INSERT INTO users VALUES (3, 'member@shop.example');"
            "INSERT INTO orders VALUES (1, 'N-1', 3, NULL, 'completed', 'CNY', '12.50', '', '', '2026-11-20 08:00:00+08:00', NULL),"
            " (2, 'N-2', 0, NULL, 'paid', 'CNY', '12.50', 'guest@shop.example', '', '2026-11-20 09:00:00+08:00', NULL);"
            "INSERT INTO order_items VALUES (1, 1, 1, 0, 1, 'auto'), (2, 2, 1, 0, 1, 'auto'), (3, 2, 1, 5, 1, 'auto');"
            "INSERT INTO fulfillments VALUES (1, 1, 'delivered', 'K-7');"
        )
    shop.close()
    with foreign_tables(f"sqlite://{file}") as tables:
        reading = ShopReading(DIALECTS["dujiao-next"], SITE, tables.rows)
        assert [each.name for each in reading.goods() if not isinstance(each, Unread)] == ["会员"]
        assert [(each.product_code, each.state) for each in reading.cards() if isinstance(each, ShopCard)] == [
            ("vip", CardState.UNSOLD), ("vip:5", CardState.LOCKED)]  # fmt: skip
        first, second = reading.orders(0)
        with pytest.raises(ForeignDatabaseAway):
            tables.rows("DELETE FROM orders")
    assert isinstance(first, ShopOrder)
    assert (first.contact, first.state, first.cards) == ("member@shop.example", ShopOrderState.DELIVERED, ("K-7",))
    assert second == Unread(2, "several-items")


def test_an_address_that_leads_nowhere_is_told_without_its_password(fresh_mariadb: MakeDatabase) -> None:
    for url, told in (
        ("mysql://shop:s3cret@127.0.0.1:1/shop", ForeignDatabaseAway),
        ("mysql://shop:s3cret@127.0.0.1:port/shop", UnfitAddress),
        ("ftp://shop:s3cret@127.0.0.1/shop", UnfitAddress),
        (fresh_mariadb().reader_url.replace(":", ":wrong", 2).replace("wrong//", "//"), ForeignDatabaseAway),
    ):
        with pytest.raises(told) as failure, foreign_tables(url):
            pass
        assert "s3cret" not in f"{failure.value}{failure.value.__cause__}"


def test_a_database_that_is_no_such_shop_is_told(fresh_mariadb: MakeDatabase) -> None:
    with foreign_tables(fresh_mariadb().reader_url) as tables, pytest.raises(UnknownTables):
        list(ShopReading(DIALECTS["acg-faka"], Site("acg_"), tables.rows).goods())
