"""dujiaoka (独角数卡): `goods`, `carmis` (the cards) and `orders`.

Cards are unsold (1) or sold (2); a reusable one (`is_loop`, in later versions) is sold and stays unsold. Orders wait for money (1), are
paid (2 pending, 3 processing), completed (4), failed (5), abnormal (6) or expired (-1). An order of a good that is delivered by itself
(`type` 1) is abnormal when the money came and the cards did not suffice: that is the one a buyer complains about. `info` of a completed
one holds its cards, one a line; of a good delivered by hand (`type` 2) it holds what the buyer and the shop's people wrote.
"""

from __future__ import annotations

from collections.abc import Sequence

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

_AUTOMATIC = 1
_ORDER_COLUMNS = "id, order_sn, goods_id, type, buy_amount, actual_price, email, buy_ip, info, trade_no, status, created_at, deleted_at"
_PAID = {2, 3, 6}
_STATES = {1: ShopOrderState.UNPAID, 4: ShopOrderState.DELIVERED, 5: ShopOrderState.FAILED, -1: ShopOrderState.LAPSED}


class Dujiaoka:
    """See the module."""

    code = "dujiaoka"
    default_prefix = ""
    tables: tuple[str, ...] = ("goods", "carmis", "orders")

    def goods(self, site: Site, after: int) -> Question:
        columns = "id, gd_name, type, deleted_at"
        return Question(f"SELECT {columns} FROM `{site.prefix}goods` WHERE id > %s ORDER BY id LIMIT {PAGE_ROWS}", (after,))

    def cards(self, site: Site, after: int) -> Question:
        return Question(f"SELECT * FROM `{site.prefix}carmis` WHERE id > %s ORDER BY id LIMIT {PAGE_ROWS}", (after,))

    def orders(self, site: Site, after: int) -> Question:
        return Question(f"SELECT {_ORDER_COLUMNS} FROM `{site.prefix}orders` WHERE id > %s ORDER BY id LIMIT {PAGE_ROWS}", (after,))

    def orders_by_id(self, site: Site, row_ids: Sequence[int]) -> Question:
        return Question(f"SELECT {_ORDER_COLUMNS} FROM `{site.prefix}orders` WHERE id IN ({marks(len(row_ids))})", tuple(row_ids))

    def order_times(self, site: Site, after: int) -> Question:
        return Question(f"SELECT id, created_at FROM `{site.prefix}orders` WHERE id >= %s ORDER BY id LIMIT 1", (after,))

    def last_order(self, site: Site) -> Question:
        return Question(f"SELECT MAX(id) AS id FROM `{site.prefix}orders`")

    def good_of(self, row: Row, site: Site) -> ShopGood | Unread:
        row_id = int(row["id"])
        if row["deleted_at"] is not None:
            return Unread(row_id, "deleted")
        return ShopGood(row_id, str(row_id), str(row["gd_name"]), int(row["type"]) == _AUTOMATIC)

    def card_of(self, row: Row, site: Site) -> ShopCard | Unread:
        row_id, secret = int(row["id"]), str(row["carmi"] or "").strip()
        faults = {"deleted": row["deleted_at"] is not None, "reusable": bool(row.get("is_loop")), "empty": not secret}
        if (fault := first_fault(faults)) is not None:
            return Unread(row_id, fault)
        return ShopCard(row_id, str(row["goods_id"]), secret, CardState.UNSOLD if int(row["status"]) == 1 else CardState.SOLD)

    def order_of(self, row: Row, site: Site) -> ShopOrder | Unread:
        row_id, status, is_automatic = int(row["id"]), int(row["status"]), int(row["type"]) == _AUTOMATIC
        amount, placed_at = amount_of(row["actual_price"], site.currency), time_of(row["created_at"], site)
        waits = ShopOrderState.PAID if is_automatic else ShopOrderState.BY_HAND
        state = waits if status in _PAID else _STATES.get(status)
        contact = str(row["email"] or "").strip()
        faults = {
            "deleted": row["deleted_at"] is not None,
            "number": not is_number(str(row["order_sn"])),
            "quantity": not 1 <= int(row["buy_amount"]) <= MAX_QUANTITY,
            "contact": not contact,
        }
        if (fault := first_fault(faults)) is not None:
            return Unread(row_id, fault)
        if amount is None or placed_at is None or state is None:
            return Unread(row_id, "amount" if amount is None else "time" if placed_at is None else "state")
        return ShopOrder(
            row_id=row_id,
            order_number=str(row["order_sn"]),
            product_code=str(row["goods_id"]),
            quantity=int(row["buy_amount"]),
            amount=amount,
            contact=contact,
            ip=row["buy_ip"] or None,
            state=state,
            placed_at=placed_at,
            trade_number=row["trade_no"] or None,
            cards=cards_in(row["info"]) if state is ShopOrderState.DELIVERED and is_automatic else (),
        )
