"""Routes for naming unsold cards and taking them out of stock. Each call is one unit of work: large stock goes in steps.

GET  /batches/{batch_id}                                      inventory:read
GET  /batches/{batch_id}/chunks/{chunk_number}                inventory:read     (names of its cards)
GET  /products/{product_code}/free-cards                      inventory:read     (names of the first 100,000)
POST /batches/{batch_id}/chunks/{chunk_number}/withdrawal     inventory:write    (chunks 1 to `last_chunk`)
POST /products/{product_code}/withdrawal                      inventory:write    (until `is_done`)
POST /stock/withdrawal                                        inventory:write    (up to 90 cards of a file)

Each is about one shop, as those of `api.py`.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis.desk import Desk
from chassis.errors import NotFound
from chassis.fingerprint import normalised_card
from chassis.problem import decoded
from chassis.responses import response_of
from chassis.shops import shop_meant
from chassis.unit import Lane
from services.inventory.answering import READ, WRITE, AskedShop, Named, allowed, allowed_in
from services.inventory.stock.commands import WithdrawCards, WithdrawStock
from services.inventory.stock.domain.batch import BatchChunk, CardBatch
from services.inventory.stock.domain.card import Card, stock_key_of
from services.inventory.stock.indexes import FreeCards
from services.inventory.stock.sealing import CARD_KIND
from services.inventory.stock.wire import BatchState, CardIds, CardLeft, CardWithdrawal, Withdrawal, WithdrawalAnswer

MAX_NAMED_CARDS = 100_000


def withdrawal_routes(desk: Desk) -> APIRouter:
    """The routes of withdrawing, for operators."""
    router = APIRouter()

    @router.get("/batches/{batch_id}")
    async def batch(request: Request, batch_id: Named, asked_shop: AskedShop = None) -> Response:
        """An import: what came of it, and how many chunks it has."""
        shop_id = allowed_in(desk, request, READ, asked_shop)
        found = await desk.get(CardBatch, CardBatch.create_id(shop_id, batch_id))
        if found is None:
            raise NotFound(batch_id=batch_id)
        state = BatchState(
            batch_id=batch_id,
            product_code=found.product_code,
            supplier_code=found.supplier_code,
            card_count=found.card_count,
            last_chunk=max(found.chunks, default=0),
            is_completed=found.is_completed,
            status=found.status.value,
        )
        return Response(msgspec.json.encode(state), media_type="application/json")

    @router.get("/batches/{batch_id}/chunks/{chunk_number}")
    async def chunk_cards(request: Request, batch_id: Named, chunk_number: int, asked_shop: AskedShop = None) -> Response:
        """Which cards a chunk brought, sold or not; of one that there is not: none."""
        shop_id = allowed_in(desk, request, READ, asked_shop)
        chunk = await desk.get(BatchChunk, BatchChunk.create_id(shop_id, batch_id, chunk_number))
        return Response(msgspec.json.encode(CardIds(chunk.card_ids if chunk else ())), media_type="application/json")

    @router.get("/products/{product_code}/free-cards")
    async def free_cards(request: Request, product_code: Named, asked_shop: AskedShop = None) -> Response:
        """Which cards of a product are free, in the order in which they are given away."""
        shop_id = allowed_in(desk, request, READ, asked_shop)
        rows = await desk.ask(desk.store.index_rows, FreeCards.NAME, stock_key_of(shop_id, product_code), MAX_NAMED_CARDS)
        return Response(msgspec.json.encode(CardIds(tuple(row.stream_id for row in rows))), media_type="application/json")

    @router.post("/batches/{batch_id}/chunks/{chunk_number}/withdrawal")
    async def withdraw_chunk(request: Request, batch_id: Named, chunk_number: int) -> Response:
        """Withdraw the unsold cards of one chunk; of one that there is not: none."""
        principal = allowed(desk, request, WRITE)
        asked = decoded(await request.body(), Withdrawal)
        shop_id = shop_meant(principal, asked.shop_id)
        chunk = await desk.get(BatchChunk, BatchChunk.create_id(shop_id, batch_id, chunk_number))
        command = WithdrawCards(shop_id=shop_id, card_ids=chunk.card_ids if chunk else (), reason=asked.reason)
        return response_of(await desk.do(command, principal=principal.name, route="withdrawal", key=None, lane=Lane.BULK))

    @router.post("/products/{product_code}/withdrawal")
    async def withdraw_product(request: Request, product_code: Named) -> Response:
        """Withdraw the next unsold cards of a product."""
        principal = allowed(desk, request, WRITE)
        asked = decoded(await request.body(), Withdrawal)
        shop_id = shop_meant(principal, asked.shop_id)
        command = WithdrawStock(shop_id=shop_id, product_code=product_code, reason=asked.reason)
        return response_of(await desk.do(command, principal=principal.name, route="withdrawal", key=None, lane=Lane.BULK))

    @router.post("/stock/withdrawal")
    async def withdraw_cards(request: Request) -> Response:
        """Withdraw cards that are given themselves; what is not withdrawn is told by its line."""
        principal = allowed(desk, request, WRITE)
        asked = decoded(await request.body(), CardWithdrawal)
        shop_id = shop_meant(principal, asked.shop_id)
        line_of: dict[UUID, int] = {}
        for each in asked.cards:
            fingerprint = desk.fingerprints.of(CARD_KIND, normalised_card(each.secret))
            line_of.setdefault(Card.create_id(shop_id, fingerprint), each.line)
        command = WithdrawCards(shop_id=shop_id, card_ids=tuple(line_of), reason=asked.reason)
        answer = await desk.do(command, principal=principal.name, route="withdrawal", key=None, lane=Lane.BULK)
        if answer.status != 200:
            return response_of(answer)
        done = msgspec.json.decode(answer.body, type=WithdrawalAnswer)
        refused = [CardLeft(each.card_id, each.reason, line_of[each.card_id]) for each in done.refused]
        told: Any = WithdrawalAnswer(withdrawn=done.withdrawn, refused=tuple(refused))
        return Response(msgspec.json.encode(told), media_type="application/json")

    return router
