"""dujiao-next (独角 Next): `products`, `card_secrets`, `orders` with `order_items` and `fulfillments`, on SQLite or PostgreSQL.

An order of several goods is a parent whose children hold one good each, so the orders taken over are those with exactly one item. A
product may have several kinds (SKU); each kind is a product of its own here, called `slug:kind's id`, and 0 stands for "no kinds". Cards
are available, reserved or used. `payload` of a delivered fulfilment holds the cards, one a line. Times bear their zone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from protocols.payment import is_number
from protocols.shops.port import (
    MAX_QUANTITY,
    PAGE_ROWS,
    CardState,
    Question,
    Row,
    ShopCard,
    ShopGood,
    ShopOrder,
    ShopOrderState,
    Site,
    Unread,
    amount_of,
    cards_in,
    first_fault,
    marks,
    time_of,
)

_CARD_STATES = {"available": CardState.UNSOLD, "reserved": CardState.LOCKED, "used": CardState.SOLD}
_WAITING = {"paid", "fulfilling", "partially_delivered"}
_STATES = {
    "pending_payment": ShopOrderState.UNPAID,
    "delivered": ShopOrderState.DELIVERED,
    "completed": ShopOrderState.DELIVERED,
    "partially_refunded": ShopOrderState.FAILED,
    "refunded": ShopOrderState.FAILED,
    "canceled": ShopOrderState.LAPSED,
}


class DujiaoNext:
    """See the module."""

    code = "dujiao-next"
    default_prefix = ""
    tables: tuple[str, ...] = ("products", "card_secrets", "orders", "order_items", "fulfillments", "users")

    def goods(self, site: Site, after: int) -> Question:
        columns = "id, slug, title_json, fulfillment_type, deleted_at"
        return Question(f"SELECT {columns} FROM `{site.prefix}products` WHERE id > %s ORDER BY id LIMIT {PAGE_ROWS}", (after,))

    def cards(self, site: Site, after: int) -> Question:
        columns = "c.id AS id, p.slug AS slug, c.sku_id AS sku_id, c.secret AS secret, c.status AS status, c.deleted_at AS deleted_at"
        tables = f"`{site.prefix}card_secrets` c LEFT JOIN `{site.prefix}products` p ON p.id = c.product_id"
        return Question(f"SELECT {columns} FROM {tables} WHERE c.id > %s ORDER BY c.id LIMIT {PAGE_ROWS}", (after,))

    def orders(self, site: Site, after: int) -> Question:
        return Question(f"{self._orders(site)} WHERE o.id > %s ORDER BY o.id LIMIT {PAGE_ROWS}", (after,))

    def orders_by_id(self, site: Site, row_ids: Sequence[int]) -> Question:
        return Question(f"{self._orders(site)} WHERE o.id IN ({marks(len(row_ids))})", tuple(row_ids))

    def _orders(self, site: Site) -> str:
        items = f"`{site.prefix}order_items`"
        columns = (
            "o.id AS id, o.order_no AS order_no, o.status AS status, o.currency AS currency, o.total_amount AS total_amount, "
            "o.guest_email AS guest_email, u.email AS email, o.client_ip AS client_ip, o.created_at AS created_at, "
            "o.deleted_at AS deleted_at, i.sku_id AS sku_id, i.quantity AS quantity, i.fulfillment_type AS fulfillment_type, "
            "p.slug AS slug, f.payload AS payload"
        )
        return (
            f"SELECT {columns} FROM `{site.prefix}orders` o "
            f"LEFT JOIN {items} i ON i.id = (SELECT MIN(j.id) FROM {items} j WHERE j.order_id = o.id HAVING COUNT(*) = 1) "
            f"LEFT JOIN `{site.prefix}products` p ON p.id = i.product_id "
            f"LEFT JOIN `{site.prefix}fulfillments` f ON f.order_id = o.id AND f.status = 'delivered' "
            f"LEFT JOIN `{site.prefix}users` u ON u.id = o.user_id"
        )

    def order_times(self, site: Site, after: int) -> Question:
        return Question(f"SELECT id, created_at FROM `{site.prefix}orders` WHERE id >= %s ORDER BY id LIMIT 1", (after,))

    def last_order(self, site: Site) -> Question:
        return Question(f"SELECT MAX(id) AS id FROM `{site.prefix}orders`")

    def good_of(self, row: Row, site: Site) -> ShopGood | Unread:
        if row["deleted_at"] is not None:
            return Unread(int(row["id"]), "deleted")
        return ShopGood(int(row["id"]), str(row["slug"]), _title(row["title_json"]), row["fulfillment_type"] == "auto")

    def card_of(self, row: Row, site: Site) -> ShopCard | Unread:
        row_id, secret, state = int(row["id"]), str(row["secret"] or "").strip(), _CARD_STATES.get(row["status"])
        faults = {"deleted": row["deleted_at"] is not None, "no-good": row["slug"] is None, "empty": not secret, "state": state is None}
        if (fault := first_fault(faults)) is not None:
            return Unread(row_id, fault)
        assert state is not None
        return ShopCard(row_id, _product(row), secret, state)

    def order_of(self, row: Row, site: Site) -> ShopOrder | Unread:
        row_id, contact = int(row["id"]), str(row["guest_email"] or row["email"] or "").strip()
        is_automatic = row["fulfillment_type"] == "auto"
        waits = ShopOrderState.PAID if is_automatic and row["status"] != "partially_delivered" else ShopOrderState.BY_HAND
        state = waits if row["status"] in _WAITING else _STATES.get(row["status"])
        faults = {
            "deleted": row["deleted_at"] is not None,
            "several-items": row["quantity"] is None,
            "no-good": row["slug"] is None,
            "number": not is_number(str(row["order_no"])),
            "quantity": not 1 <= int(row["quantity"] or 0) <= MAX_QUANTITY,
            "contact": not contact,
            "state": state is None,
        }
        if (fault := first_fault(faults)) is not None:
            return Unread(row_id, fault)
        amount, placed_at = amount_of(row["total_amount"], str(row["currency"])), time_of(row["created_at"], site)
        if amount is None or placed_at is None or state is None:
            return Unread(row_id, "amount" if amount is None else "time")
        return ShopOrder(
            row_id=row_id,
            order_number=str(row["order_no"]),
            product_code=_product(row),
            quantity=int(row["quantity"]),
            amount=amount,
            contact=contact,
            ip=row["client_ip"] or None,
            state=state,
            placed_at=placed_at,
            trade_number=None,
            cards=cards_in(row["payload"]) if state is ShopOrderState.DELIVERED and is_automatic else (),
        )


def _product(row: Row) -> str:
    return f"{row['slug']}:{row['sku_id']}" if row["sku_id"] else str(row["slug"])


def _title(text: Any) -> str:
    """The name in Chinese, else in whatever language there is."""
    try:
        titles = text if isinstance(text, dict) else json.loads(text)
    except (TypeError, ValueError):
        return str(text)
    return str(titles.get("zh-CN") or next(iter(titles.values()), "")) if isinstance(titles, dict) else str(titles)
