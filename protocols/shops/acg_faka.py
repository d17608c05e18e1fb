"""acg-faka (异次元发卡): `commodity`, `card` and `order`, behind a prefix that is chosen at its installation (`acg_` by default).

A commodity has a code, and cards and orders may name one of its kinds (`race` 种类): each kind is a product of its own here, called
`code:kind`. Cards are unsold (0), sold (1) or locked (2). An order is paid or not (`status` 1, 0) and delivered or not
(`delivery_status` 1, 0); `secret` of a delivered one holds its cards, one a line. `delivery_way` 1 is by hand. What is sold through
another shop (`shared_id`) is neither in this one's stock nor delivered by it.
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

_CARD_STATES = {0: CardState.UNSOLD, 1: CardState.SOLD, 2: CardState.LOCKED}
_CARD_COLUMNS = "c.id AS id, m.code AS code, c.race AS race, c.secret AS secret, c.status AS status"
_ORDER_COLUMNS = (
    "o.id AS id, o.trade_no AS trade_no, o.amount AS amount, o.card_num AS card_num, o.race AS race, o.create_time AS create_time, "
    "o.create_ip AS create_ip, o.status AS status, o.secret AS secret, o.contact AS contact, o.delivery_status AS delivery_status, "
    "m.code AS code, m.delivery_way AS delivery_way, m.shared_id AS shared_id"
)


class AcgFaka:
    """See the module."""

    code = "acg-faka"
    default_prefix = "acg_"
    tables: tuple[str, ...] = ("commodity", "card", "order")

    def goods(self, site: Site, after: int) -> Question:
        return Question(
            f"SELECT id, code, name, delivery_way, shared_id FROM `{site.prefix}commodity` WHERE id > %s ORDER BY id LIMIT {PAGE_ROWS}",
            (after,),
        )

    def cards(self, site: Site, after: int) -> Question:
        tables = f"`{site.prefix}card` c LEFT JOIN `{site.prefix}commodity` m ON m.id = c.commodity_id"
        return Question(f"SELECT {_CARD_COLUMNS} FROM {tables} WHERE c.id > %s ORDER BY c.id LIMIT {PAGE_ROWS}", (after,))

    def orders(self, site: Site, after: int) -> Question:
        return Question(f"{self._orders(site)} WHERE o.id > %s ORDER BY o.id LIMIT {PAGE_ROWS}", (after,))

    def orders_by_id(self, site: Site, row_ids: Sequence[int]) -> Question:
        return Question(f"{self._orders(site)} WHERE o.id IN ({marks(len(row_ids))})", tuple(row_ids))

    def _orders(self, site: Site) -> str:
        tables = f"`{site.prefix}order` o LEFT JOIN `{site.prefix}commodity` m ON m.id = o.commodity_id"
        return f"SELECT {_ORDER_COLUMNS} FROM {tables}"

    def order_times(self, site: Site, after: int) -> Question:
        return Question(f"SELECT id, create_time AS created_at FROM `{site.prefix}order` WHERE id >= %s ORDER BY id LIMIT 1", (after,))

    def last_order(self, site: Site) -> Question:
        return Question(f"SELECT MAX(id) AS id FROM `{site.prefix}order`")

    def good_of(self, row: Row, site: Site) -> ShopGood | Unread:
        if row["shared_id"]:
            return Unread(int(row["id"]), "shared")
        return ShopGood(int(row["id"]), str(row["code"]), str(row["name"]), int(row["delivery_way"]) == 0)

    def card_of(self, row: Row, site: Site) -> ShopCard | Unread:
        row_id, secret = int(row["id"]), str(row["secret"] or "").strip()
        state = _CARD_STATES.get(int(row["status"]))
        if (fault := first_fault({"no-good": row["code"] is None, "empty": not secret, "state": state is None})) is not None:
            return Unread(row_id, fault)
        assert state is not None
        return ShopCard(row_id, _product(row), secret, state)

    def order_of(self, row: Row, site: Site) -> ShopOrder | Unread:
        row_id, contact = int(row["id"]), str(row["contact"] or "").strip()
        amount, placed_at = amount_of(row["amount"], site.currency), time_of(row["create_time"], site)
        faults = {
            "no-good": row["code"] is None,
            "shared": bool(row["shared_id"]),
            "number": not is_number(str(row["trade_no"]).strip()),
            "quantity": not 1 <= int(row["card_num"]) <= MAX_QUANTITY,
            "contact": not contact,
        }
        if (fault := first_fault(faults)) is not None:
            return Unread(row_id, fault)
        if amount is None or placed_at is None:
            return Unread(row_id, "amount" if amount is None else "time")
        is_automatic = int(row["delivery_way"]) == 0
        state = _state(is_paid=int(row["status"]) == 1, is_delivered=int(row["delivery_status"]) == 1, is_automatic=is_automatic)
        return ShopOrder(
            row_id=row_id,
            order_number=str(row["trade_no"]).strip(),
            product_code=_product(row),
            quantity=int(row["card_num"]),
            amount=amount,
            contact=contact,
            ip=row["create_ip"] or None,
            state=state,
            placed_at=placed_at,
            trade_number=None,
            cards=_cards(row) if state is ShopOrderState.DELIVERED else (),
        )


def _product(row: Row) -> str:
    return f"{row['code']}:{row['race']}" if row["race"] else str(row["code"])


def _cards(row: Row) -> tuple[str, ...]:
    """What was delivered, where it is as many lines as cards were bought; the commodity says how it is delivered now, not then."""
    cards = cards_in(row["secret"])
    return cards if len(cards) == int(row["card_num"]) else ()


def _state(*, is_paid: bool, is_delivered: bool, is_automatic: bool) -> ShopOrderState:
    if not is_paid:
        return ShopOrderState.UNPAID
    if is_delivered:
        return ShopOrderState.DELIVERED
    return ShopOrderState.PAID if is_automatic else ShopOrderState.BY_HAND
