"""Shops as their own software would leave them: tables rebuilt from what is known of them, and the few things that a shop does.

Only the columns that matter here are there, and some that only stand around, so that nothing rests on their order.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.servers.databases import MariadbDatabase, mariadb

DUJIAOKA = (
    (
        "CREATE TABLE goods (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, gd_name VARCHAR(200) NOT NULL, actual_price DECIMAL(10,2),"
        " type TINYINT NOT NULL DEFAULT 1, is_open TINYINT NOT NULL DEFAULT 1, deleted_at TIMESTAMP NULL)"
    ),
    (
        "CREATE TABLE carmis (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, goods_id INT NOT NULL, status TINYINT NOT NULL DEFAULT 1,"
        " is_loop TINYINT NOT NULL DEFAULT 0, carmi TEXT NOT NULL, created_at TIMESTAMP NULL, deleted_at TIMESTAMP NULL)"
    ),
    (
        "CREATE TABLE orders (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, order_sn VARCHAR(150) NOT NULL UNIQUE, goods_id INT NOT NULL,"
        " title VARCHAR(200) NOT NULL DEFAULT '', type TINYINT NOT NULL DEFAULT 1, buy_amount INT NOT NULL DEFAULT 1,"
        " actual_price DECIMAL(10,2) NOT NULL, search_pwd VARCHAR(200) DEFAULT '', email VARCHAR(200) NOT NULL, info TEXT,"
        " buy_ip VARCHAR(50) NOT NULL DEFAULT '', trade_no VARCHAR(200) DEFAULT '', status TINYINT NOT NULL DEFAULT 1,"
        " created_at TIMESTAMP NULL, updated_at TIMESTAMP NULL, deleted_at TIMESTAMP NULL)"
    ),
)
ACG_FAKA = (
    (
        "CREATE TABLE acg_commodity (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(255) NOT NULL, price DECIMAL(10,2),"
        " code VARCHAR(64) NOT NULL UNIQUE, delivery_way TINYINT NOT NULL DEFAULT 0, shared_id INT NULL)"
    ),
    (
        "CREATE TABLE acg_card (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, commodity_id INT UNSIGNED NOT NULL,"
        " secret VARCHAR(760) NOT NULL, order_id INT UNSIGNED NULL, status TINYINT NOT NULL DEFAULT 0, race VARCHAR(32) NULL)"
    ),
    (
        "CREATE TABLE `acg_order` (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, trade_no CHAR(19) NOT NULL UNIQUE,"
        " amount DECIMAL(10,2) NOT NULL, commodity_id INT UNSIGNED NOT NULL, card_num INT UNSIGNED NOT NULL, create_time DATETIME NOT NULL,"
        " create_ip VARCHAR(64) NOT NULL, status TINYINT NOT NULL DEFAULT 0, secret LONGTEXT NULL, contact VARCHAR(32) NULL,"
        " delivery_status TINYINT NOT NULL DEFAULT 0, race VARCHAR(32) NULL)"
    ),
)
_TIME_OF_SHOP = "DATE_ADD(UTC_TIMESTAMP(), INTERVAL 8 HOUR)"


@dataclass
class RebuiltShop:
    """What every kind of shop does, in its own tables. Goods and orders are named by their row ids."""

    database: MariadbDatabase
    tables: tuple[str, ...]

    def __post_init__(self) -> None:
        self.connection = mariadb(self.database.owner_url)
        for statement in self.tables:
            self.run(statement)

    def run(self, sql: str, *parameters: object) -> int:
        """Do it; the id of the new row, where there is one."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return int(cursor.lastrowid or 0)

    def ask(self, sql: str, *parameters: object) -> list[tuple[object, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return list(cursor.fetchall())

    def close(self) -> None:
        self.connection.close()


class RebuiltDujiaoka(RebuiltShop):
    """独角数卡."""

    kind = "dujiaoka"

    def __init__(self, database: MariadbDatabase) -> None:
        super().__init__(database, DUJIAOKA)

    def good(self, name: str, *, kind: int = 1) -> int:
        return self.run("INSERT INTO goods (gd_name, actual_price, type) VALUES (%s, 10, %s)", name, kind)

    def cards(self, good: int, secrets: list[str]) -> None:
        for secret in secrets:
            self.run("INSERT INTO carmis (goods_id, carmi) VALUES (%s, %s)", good, secret)

    def order(self, number: str, good: int, *, quantity: int = 1, contact: str = "buyer@shop.example", days_ago: int = 0) -> int:
        """A buyer orders, and has not paid yet."""
        return self.run(
            "INSERT INTO orders (order_sn, goods_id, type, buy_amount, actual_price, email, buy_ip, created_at) SELECT %s, id, type, %s,"
            f" actual_price * %s, %s, '203.0.113.7', DATE_SUB({_TIME_OF_SHOP}, INTERVAL %s DAY) FROM goods WHERE id = %s",
            number, quantity, quantity, contact, days_ago, good,
        )  # fmt: skip

    def pay(self, order: int, *, is_delivering: bool = True) -> list[str]:
        """The money comes: as many cards are delivered as were bought, or none, and the order is abnormal."""
        ((good, quantity),) = self.ask("SELECT goods_id, buy_amount FROM orders WHERE id = %s", order)
        cards = self.ask("SELECT id, carmi FROM carmis WHERE goods_id = %s AND status = 1 ORDER BY id LIMIT %s", good, quantity)
        if not is_delivering or len(cards) < int(str(quantity)):
            self.run("UPDATE orders SET status = 6, trade_no = CONCAT('T', order_sn) WHERE id = %s", order)
            return []
        for card_id, _ in cards:
            self.run("UPDATE carmis SET status = 2 WHERE id = %s", card_id)
        secrets = [str(secret) for _, secret in cards]
        self.run("UPDATE orders SET status = 4, info = %s, trade_no = CONCAT('T', order_sn) WHERE id = %s", "\n".join(secrets), order)
        return secrets


class RebuiltAcgFaka(RebuiltShop):
    """异次元发卡."""

    kind = "acg-faka"

    def __init__(self, database: MariadbDatabase) -> None:
        super().__init__(database, ACG_FAKA)

    def good(self, name: str, *, kind: int = 1) -> int:
        return self.run(
            "INSERT INTO acg_commodity (name, price, code, delivery_way) VALUES (%s, 10, %s, %s)", name, f"CODE{name}".upper(), kind - 1
        )

    def cards(self, good: int, secrets: list[str]) -> None:
        for secret in secrets:
            self.run("INSERT INTO acg_card (commodity_id, secret) VALUES (%s, %s)", good, secret)

    def order(self, number: str, good: int, *, quantity: int = 1, contact: str = "buyer@shop.example", days_ago: int = 0) -> int:
        """A buyer orders, and has not paid yet."""
        return self.run(
            "INSERT INTO acg_order (trade_no, amount, commodity_id, card_num, create_time, create_ip, contact)"
            f" VALUES (%s, 10 * %s, %s, %s, DATE_SUB({_TIME_OF_SHOP}, INTERVAL %s DAY), '203.0.113.7', %s)",
            number, quantity, good, quantity, days_ago, contact,
        )  # fmt: skip

    def pay(self, order: int, *, is_delivering: bool = True) -> list[str]:
        """The money comes: as many cards are delivered as were bought, or none."""
        ((good, quantity),) = self.ask("SELECT commodity_id, card_num FROM acg_order WHERE id = %s", order)
        cards = self.ask("SELECT id, secret FROM acg_card WHERE commodity_id = %s AND status = 0 ORDER BY id LIMIT %s", good, quantity)
        self.run("UPDATE acg_order SET status = 1 WHERE id = %s", order)
        if not is_delivering or len(cards) < int(str(quantity)):
            return []
        for card_id, _ in cards:
            self.run("UPDATE acg_card SET status = 1, order_id = %s WHERE id = %s", order, card_id)
        secrets = [str(secret) for _, secret in cards]
        self.run("UPDATE acg_order SET delivery_status = 1, secret = %s WHERE id = %s", "\n".join(secrets), order)
        return secrets


Shop = RebuiltDujiaoka | RebuiltAcgFaka
