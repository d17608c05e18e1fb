"""What is asked about a shop beside us, and an order as it was read there."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from contracts.values import Money

MAX_READ_ORDERS = 40
"""Orders of one unit of work; each with its listing, and a unit may touch 100 aggregates."""


class ReadOrder(Struct, frozen=True, kw_only=True):
    """An order of the shop. Contact and origin come sealed; of its cards there are fingerprints only.

    `contact_reference` None: of an order that is known already.
    """

    shop_row: int
    order_number: str
    product_code: str
    quantity: int
    amount: Money
    contact_fingerprint: str
    contact_reference: str | None
    origin_reference: str | None
    state: str
    placed_at: datetime
    trade_number: str | None
    card_fingerprints: tuple[str, ...]


class ConnectShop(Struct, frozen=True, kw_only=True):
    """Follow the shop from behind this row of its orders."""

    shop_id: str
    kind: str
    after_row: Annotated[int, Meta(ge=0)]


class ChangeMode(Struct, frozen=True, kw_only=True):
    """`is_confirmed`: a person's word that the shop does not deliver, or that the named rows are gone from it."""

    shop_id: str
    mode: str
    is_confirmed: bool
    fill_in_after_seconds: float | None
    changed_by: str


class ImportOrders(Struct, frozen=True, kw_only=True):
    """Know these orders."""

    shop_id: str
    kind: str
    orders: Annotated[tuple[ReadOrder, ...], Meta(max_length=MAX_READ_ORDERS)]
