"""What is told of a shop's cards. They come sealed; of sold ones only the fingerprint is used."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from services.inventory.stock.commands import Name, ShopId

MAX_SEEN_CARDS = 45
"""A unit may touch 100 aggregates: each of these, and the need of each that is reserved."""

SeenState = Literal["unsold", "sold", "locked"]
"""locked: the shop keeps it back, so it is neither sold nor to be taken over."""


class SeenCard(Struct, frozen=True):
    """A card as it stands in the shop's table, in row `shop_row`."""

    shop_row: Annotated[int, Meta(ge=1)]
    product_code: Name
    state: SeenState
    fingerprint: str
    preview: str
    reference: str


class SeeShopCards(Struct, frozen=True, kw_only=True):
    """A page of the shop's cards. `is_handed_over`: its unsold ones become stock of ours."""

    shop_id: ShopId
    supplier_code: Name
    is_handed_over: bool
    cards: Annotated[tuple[SeenCard, ...], Meta(max_length=MAX_SEEN_CARDS)]
