"""Routes of the stock, for operators: products, their sources, imports, counts.

POST /products                                        inventory:write
GET  /products/{product_code}                           inventory:read
PUT  /products/{product_code}/sources/{supplier_code}  inventory:write
PUT  /products/{product_code}/sources/{supplier_code}/tilt   inventory:write
PUT  /products/{product_code}/expiry-margin            inventory:write
POST /batches/{batch_id}/chunks, …/completion          inventory:write
GET  /stock                                            inventory:read
GET  /batches/lost                                     inventory:read

Each is about one shop, `shop_id` in the query or the body; who belongs to one shop only may leave it out.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis.desk import Desk
from chassis.errors import NotFound
from chassis.problem import decoded
from chassis.responses import response_of
from chassis.shops import shop_meant
from chassis.unit import Lane
from chassis.vault import Sealed
from services.inventory.answering import READ, WRITE, AskedShop, Named, allowed, allowed_in
from services.inventory.stock.batch_names import BatchNames, TakenChunk
from services.inventory.stock.card_fields import preview_of
from services.inventory.stock.commands import CompleteBatch, ImportCards, ListProduct, OfferProduct, SealedCard, SetExpiryMargin, TiltOffer
from services.inventory.stock.domain.card import stock_key_of
from services.inventory.stock.domain.card_rules import card_fault
from services.inventory.stock.domain.expiry import issuable_until
from services.inventory.stock.domain.product import Product
from services.inventory.stock.domain.remarks import remarks_fault
from services.inventory.stock.expiring import EXPIRED
from services.inventory.stock.sealing import seal_card, seal_remarks
from services.inventory.stock.views import LostImports, StockCounts
from services.inventory.stock.wire import (
    BatchEnd,
    ChunkAnswer,
    ChunkRequest,
    DuplicateCard,
    ExpiryMargin,
    FaultyLine,
    Listing,
    Offer,
    OfferTilt,
)


def stock_routes(desk: Desk) -> APIRouter:
    """The operators' routes of the stock."""
    router = APIRouter()
    names = BatchNames(desk)

    @router.post("/products", status_code=201)
    async def list_product(request: Request) -> Response:
        """Put a product on sale."""
        principal = allowed(desk, request, WRITE)
        listing = decoded(await request.body(), Listing)
        command = ListProduct(**msgspec.structs.asdict(listing) | {"shop_id": shop_meant(principal, listing.shop_id)})
        return response_of(await desk.do(command, principal=principal.name, route="products", key=None))

    @router.get("/products/{product_code}")
    async def product(request: Request, product_code: str, asked_shop: AskedShop = None) -> dict[str, Any]:
        """A product as it is listed, and where it can be bought; `tilt`: of that offer, beside its supplier's own."""
        found = await _product(desk, allowed_in(desk, request, READ, asked_shop), product_code)
        sources = [{"supplier_code": s.supplier_code, "sku_id": s.sku_id, "price": msgspec.to_builtins(s.price),
                    "tilt": found.tilts.get(s.supplier_code, 0)} for s in found.sources.values()]  # fmt: skip
        return {"product_code": product_code, "name": found.name, "kind": found.kind,
                "card_pattern": found.card_pattern,
                "fields": msgspec.to_builtins(found.terms.fields), "use_limit": found.terms.use_limit, "is_sent": found.terms.is_sent,
                "expiry_margin_days": found.expiry_margin_days, "availability": found.level.value, "sources": sources}  # fmt: skip

    @router.put("/products/{product_code}/sources/{supplier_code}")
    async def offer_product(request: Request, product_code: str, supplier_code: str) -> Response:
        """Note at which supplier a product can be bought, and for how much."""
        principal = allowed(desk, request, WRITE)
        offer = decoded(await request.body(), Offer)
        command = OfferProduct(
            shop_id=shop_meant(principal, offer.shop_id),
            product_code=product_code,
            supplier_code=supplier_code,
            sku_id=offer.sku_id,
            price=offer.price,
        )
        return response_of(await desk.do(command, principal=principal.name, route="sources", key=None))

    @router.put("/products/{product_code}/sources/{supplier_code}/tilt")
    async def tilt_offer(request: Request, product_code: str, supplier_code: Named) -> Response:
        """Prefer a supplier for one product by so many points of score, or put it back there."""
        principal = allowed(desk, request, WRITE)
        asked = decoded(await request.body(), OfferTilt)
        shop_id = shop_meant(principal, asked.shop_id)
        command = TiltOffer(shop_id=shop_id, product_code=product_code, supplier_code=supplier_code, tilt=asked.tilt)
        return response_of(await desk.do(command, principal=principal.name, route="sources/tilt", key=None))

    @router.put("/products/{product_code}/expiry-margin")
    async def set_expiry_margin(request: Request, product_code: str) -> Response:
        """Say how many days before they expire cards are issued no more: those that come into stock from now on."""
        principal = allowed(desk, request, WRITE)
        margin = decoded(await request.body(), ExpiryMargin)
        command = SetExpiryMargin(shop_id=shop_meant(principal, margin.shop_id), product_code=product_code, days=margin.days)
        return response_of(await desk.do(command, principal=principal.name, route="expiry-margin", key=None))

    @router.post("/batches/{batch_id}/chunks")
    async def import_chunk(request: Request, batch_id: Named) -> Response:
        """Take up to 90 cards of a file into stock; the same chunk again gives the same answer."""
        principal = allowed(desk, request, WRITE)
        chunk = decoded(await request.body(), ChunkRequest)
        shop_id = shop_meant(principal, chunk.shop_id)
        product = await _product(desk, shop_id, chunk.product_code)
        faults: list[FaultyLine] = []
        cards: list[SealedCard] = []
        kept: list[Sealed] = []
        for card in chunk.cards:
            secret = card.secret.strip()
            fault = card_fault(secret, product.card_pattern) or (remarks_fault(card.remarks) if card.remarks else None)
            if fault is None and card.expires_at and issuable_until(card.expires_at, product.expiry_margin_days) <= desk.now():
                fault = EXPIRED
            if fault is not None:
                faults.append(FaultyLine(card.line, fault))
                continue
            fingerprint, sealed = seal_card(secret, shop_id, desk.vault, desk.fingerprints)
            remarks = seal_remarks(card.remarks, sealed, desk.vault) if card.remarks else None
            kept += [sealed] if remarks is None else [sealed, remarks]
            reference = remarks.reference if remarks is not None else None
            expires_at = card.expires_at.astimezone(UTC) if card.expires_at else None
            cards.append(
                SealedCard(card.line, sealed.reference, fingerprint, preview_of(secret, product.card_pattern), reference, expires_at)
            )
        command = ImportCards(
            shop_id=shop_id,
            batch_id=batch_id,
            product_code=chunk.product_code,
            supplier_code=chunk.supplier_code,
            chunk_number=chunk.chunk_number,
            cards=tuple(cards),
        )
        answer = await desk.do(command, principal=principal.name, route="chunks", key=None, sealed=tuple(kept), lane=Lane.BULK)
        if answer.status != 200:
            return response_of(answer)
        taken = msgspec.json.decode(answer.body, type=TakenChunk)
        duplicates = [DuplicateCard(each.line, each.product_code, await names.of(each.origin)) for each in taken.duplicates]
        told = ChunkAnswer(imported=taken.imported, duplicates=tuple(duplicates), faults=tuple(faults))
        return Response(msgspec.json.encode(told), media_type="application/json")

    @router.post("/batches/{batch_id}/completion")
    async def complete_batch(request: Request, batch_id: Named) -> Response:
        """Say that all chunks were sent; the answer tells those that are to be sent again first."""
        principal = allowed(desk, request, WRITE)
        end = decoded(await request.body(), BatchEnd)
        command = CompleteBatch(shop_id=shop_meant(principal, end.shop_id), batch_id=batch_id, chunk_count=end.chunk_count)
        return response_of(await desk.do(command, principal=principal.name, route="completion", key=None, lane=Lane.BULK))

    @router.get("/stock")
    async def stock(request: Request, asked_shop: AskedShop = None) -> dict[str, Any]:
        """How many cards each product of a shop has, by status."""
        shop_id = allowed_in(desk, request, READ, asked_shop)
        rows = await desk.ask(desk.store.view_rows, StockCounts.NAME, stock_key_of(shop_id, ""), 1_000)
        return {"products": [msgspec.json.decode(data) for _, data in rows]}

    @router.get("/batches/lost")
    async def lost_imports(request: Request, asked_shop: AskedShop = None) -> dict[str, Any]:
        """Finished imports that a restore took away: their files are to be imported again, under the same names."""
        shop_id = allowed_in(desk, request, READ, asked_shop)
        rows = await desk.ask(desk.store.view_rows, LostImports.NAME, f"{shop_id}|", 1_000)
        return {"imports": [msgspec.json.decode(data) for _, data in rows]}

    return router


async def _product(desk: Desk, shop_id: str, product_code: str) -> Product:
    found = await desk.get(Product, Product.create_id(shop_id, product_code))
    if found is None:
        raise NotFound(product_code=product_code)
    return found
