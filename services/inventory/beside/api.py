"""Routes for `redress connect`.

POST /shop-cards            inventory:write    a page of the shop's cards, as they stand in its table
GET  /shop-cards?shop_id=   inventory:read     how many are taken over; rows that must go from the shop; cards sold twice
"""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response
from msgspec import Meta, Struct

from chassis.desk import Desk
from chassis.fingerprint import Fingerprints
from chassis.problem import decoded
from chassis.responses import response_of
from chassis.secret import mask_card
from chassis.shops import shop_meant
from chassis.unit import Lane
from chassis.vault import Sealed, Vault
from services.inventory.answering import READ, WRITE, AskedShop, allowed, allowed_in
from services.inventory.beside.commands import MAX_SEEN_CARDS, SeenCard, SeenState, SeeShopCards
from services.inventory.beside.domain.shop_stock import ShopStock
from services.inventory.beside.views import RowsToRemove, SoldTwice
from services.inventory.stock.commands import Name, ShopId
from services.inventory.stock.domain.card_rules import card_fault
from services.inventory.stock.indexes import TakenOverCards
from services.inventory.stock.sealing import seal_card

MAX_TOLD = 1_000


class CardOfShop(Struct, frozen=True, kw_only=True):
    """A row of the shop's table."""

    shop_row: Annotated[int, Meta(ge=1)]
    product_code: Name
    secret: str
    state: SeenState

    def __repr__(self) -> str:
        return f"CardOfShop(shop_row={self.shop_row})"


class PageOfShop(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Up to 45 cards. `is_handed_over`: unsold ones become stock, since the shop is taken over."""

    shop_id: ShopId | None = None
    supplier_code: Name
    is_handed_over: bool = False
    cards: Annotated[tuple[CardOfShop, ...], Meta(max_length=MAX_SEEN_CARDS)]


class PageSeen(Struct, frozen=True, kw_only=True):
    """`statuses`: how many cards now have each; `ours`: rows that must go from the shop; `faults`: rows that hold no card."""

    statuses: dict[str, int]
    ours: tuple[int, ...]
    faults: tuple[int, ...] = ()


class PageRead(NamedTuple):
    """A page made fit for the store. `faults`: rows that hold no card."""

    command: SeeShopCards
    sealed: tuple[Sealed, ...]
    faults: tuple[int, ...]


def read_page(page: PageOfShop, shop_id: str, vault: Vault, fingerprints: Fingerprints) -> PageRead:
    """The page's cards, sealed and known by their fingerprints."""
    faults, cards, kept = [], {}, []
    for card in page.cards:
        secret = card.secret.strip()
        if card_fault(secret, None) is not None:
            faults.append(card.shop_row)
            continue
        fingerprint, sealed = seal_card(secret, shop_id, vault, fingerprints)
        if fingerprint in cards and card.state != "sold":
            continue  # the same card on two rows: sold, if either of them is
        kept.append(sealed)
        cards[fingerprint] = SeenCard(card.shop_row, card.product_code, card.state, fingerprint, mask_card(secret), sealed.reference)
    command = SeeShopCards(
        shop_id=shop_id, supplier_code=page.supplier_code, is_handed_over=page.is_handed_over, cards=tuple(cards.values())
    )
    return PageRead(command, tuple(kept), tuple(faults))


def beside_routes(desk: Desk) -> APIRouter:
    """The routes over one desk."""
    router = APIRouter()

    @router.post("/shop-cards")
    async def see(request: Request) -> Response:
        """Know a page of the shop's cards; the same page again changes nothing."""
        principal = allowed(desk, request, WRITE)
        page = decoded(await request.body(), PageOfShop)
        read = read_page(page, shop_meant(principal, page.shop_id), desk.vault, desk.fingerprints)
        answer = await desk.do(read.command, principal=principal.name, route="shop-cards", key=None, sealed=read.sealed, lane=Lane.BULK)
        if answer.status != 200:
            return response_of(answer)
        seen = msgspec.structs.replace(msgspec.json.decode(answer.body, type=PageSeen), faults=read.faults)
        return Response(msgspec.json.encode(seen), media_type="application/json")

    @router.get("/shop-cards")
    async def standing(request: Request, shop_id: AskedShop = None) -> dict[str, Any]:
        """Whose the shop's cards are. `taken_over_count` stops at 1,000; the lists are the first 1,000."""
        shop = allowed_in(desk, request, READ, shop_id)
        stock = await desk.get(ShopStock, ShopStock.create_id(shop))
        rows = await desk.ask(desk.store.index_rows, TakenOverCards.NAME, shop, MAX_TOLD)
        told = {}
        for view in (RowsToRemove, SoldTwice):
            found = await desk.ask(desk.store.view_rows, view.NAME, f"{shop}|", MAX_TOLD)
            told[view.NAME] = [msgspec.json.decode(document) for _, document in found]
        return {"is_taken_over": stock is not None and stock.is_taken_over, "taken_over_count": len(rows),
                "rows_to_remove": told[RowsToRemove.NAME], "sold_twice": told[SoldTwice.NAME]}  # fmt: skip

    return router
