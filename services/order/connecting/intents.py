"""A look into the shop's orders."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from chassis.activity import Intent
from services.order.connecting.commands import ReadOrder


class KnownRow(Struct, frozen=True):
    """An order that may still change in the shop, and how it stood there. `is_due`: the shop has had its time to deliver it."""

    shop_row: int
    state: str
    is_due: bool


class PollShop(Intent, frozen=True, kw_only=True):
    """Read the orders behind a row, and how the known open ones stand. `missing`: rows before it that were not there yet."""

    KIND = "poll_shop"
    connection_id: UUID
    kind: str
    after_row: int
    missing: tuple[int, ...]
    known: tuple[KnownRow, ...]
    turn: int


class ShopPolled(Struct, frozen=True, kw_only=True):
    """What the shop's table said at `read_at`. `has_more`: there are more orders than one look takes.

    `providers_behind`: those that can be asked whether an order is paid, since the shop's own word need not be taken.
    """

    orders: tuple[ReadOrder, ...]
    after_row: int
    missing: tuple[int, ...]
    has_more: bool
    read_at: datetime
    providers_behind: tuple[str, ...] = ()
