"""Routes of claims, for staff and for suppliers with their own credential.

GET  /claims?shop_id=&supplier_code=&limit=&cursor=      claims:read, or the supplier itself
GET  /claims/open?shop_id=&status=&limit=&cursor=        claims:read
GET  /claims/{claim_id}                                  claims:read, or the supplier itself (JSON, or HTML where that is asked for)
POST /claims                                             claims:write
POST /claims/{claim_id}/answer                           claims:write, or the supplier itself
POST /claims/{claim_id}/decision                         claims:write
POST /claims/{claim_id}/amount                           claims:write
POST /claims/{claim_id}/notes                            claims:write, or the supplier itself
POST /claims/{claim_id}/checks                           claims:write
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from msgspec import Struct

from chassis.desk import Desk
from chassis.errors import NotFound
from chassis.idempotency import idempotency_key
from chassis.problem import decoded
from chassis.responses import response_of
from chassis.shops import shop_meant
from chassis.vault import Sealed
from contracts.values import Money
from services.inventory.answering import Asked, AskedShop, allowed, allowed_in
from services.inventory.claims.access import READ, WRITE, caller, claim_seen_by, inbox_name, supplier_of
from services.inventory.claims.commands import AddClaimNote, AnswerClaim, DecideClaim, Note, NoteCheck, RaiseClaim, Reason, ValueClaim
from services.inventory.claims.document import page_of
from services.inventory.claims.domain.claim import Claim
from services.inventory.claims.evidence import NOTE_KIND, document_of
from services.inventory.claims.views import Claims, OpenClaims, claims_key, claims_prefix, open_claims_key
from services.inventory.paging import Cursor, Limit, page
from services.inventory.stock.domain.card import Card

OpenStatus = Annotated[Literal["raised", "rejected"], Query()]


class ClaimForCard(Struct, frozen=True, kw_only=True):
    """`POST /claims`: the card proved bad after it was sold."""

    card_id: UUID
    reason: Reason


class ClaimAnswer(Struct, frozen=True, kw_only=True):
    """`POST /claims/{claim_id}/answer`. `note`: what is said besides; it goes into the vault."""

    is_accepted: bool
    reason: Reason
    note: Note | None = None

    def __repr__(self) -> str:
        return f"ClaimAnswer(is_accepted={self.is_accepted})"


class ClaimDecision(Struct, frozen=True, kw_only=True):
    """`POST /claims/{claim_id}/decision`: about a claim that was rejected."""

    is_upheld: bool
    reason: Reason


class ClaimAmount(Struct, frozen=True, kw_only=True):
    """`POST /claims/{claim_id}/amount`: where the cost was not known."""

    amount: Money


class ClaimRemark(Struct, frozen=True, kw_only=True):
    """`POST /claims/{claim_id}/notes`."""

    note: Note

    def __repr__(self) -> str:
        return "ClaimRemark(…)"


class ClaimCheck(Struct, frozen=True, kw_only=True):
    """`POST /claims/{claim_id}/checks`: what the card was found to be."""

    result: Reason


def claims_routes(desk: Desk) -> APIRouter:
    """The routes of claims."""
    router = APIRouter()

    @router.get("/claims")
    async def claims(
        request: Request, asked_shop: AskedShop = None, supplier_code: Asked | None = None, limit: Limit = 100, cursor: Cursor = None
    ) -> dict[str, Any]:
        """A shop's claims, by supplier and the newest first; a supplier sees its own."""
        principal = caller(desk, request, READ)
        shop_id = shop_meant(principal, asked_shop)
        wanted = supplier_of(principal) or supplier_code
        found, following = await page(desk, Claims, claims_prefix(shop_id, wanted), limit, cursor, claims_key)
        return {"claims": [each for each in found if wanted in (None, each["supplier_code"])], "cursor": following}

    @router.get("/claims/open")
    async def open_claims(
        request: Request, asked_shop: AskedShop = None, status: OpenStatus = "rejected", limit: Limit = 100, cursor: Cursor = None
    ) -> dict[str, Any]:
        """Claims that wait: rejected ones for staff, raised ones for their suppliers."""
        shop_id = allowed_in(desk, request, READ, asked_shop)
        found, following = await page(desk, OpenClaims, f"{shop_id}|{status}|", limit, cursor, open_claims_key)
        return {"claims": found, "cursor": following}

    @router.get("/claims/{claim_id}")
    async def claim(request: Request, claim_id: UUID) -> Response:
        """A claim with its evidence as one document; a page to print where HTML is asked for."""
        found = await claim_seen_by(desk, caller(desk, request, READ), claim_id)
        document = await document_of(desk, found)
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(page_of(document), headers={"cache-control": "no-store"})
        return Response(msgspec.json.encode(document), headers={"cache-control": "no-store"}, media_type="application/json")

    @router.post("/claims", status_code=201)
    async def raise_claim(request: Request) -> Response:
        """Claim for a card that was sold and proved bad: one claim a card, ever."""
        principal = allowed(desk, request, WRITE)
        asked = decoded(await request.body(), ClaimForCard)
        card = await desk.get(Card, asked.card_id)
        if card is None or not principal.is_of(card.shop_id):
            raise NotFound(kind=Card.TOPIC, stream_id=asked.card_id)
        command = RaiseClaim(card_id=asked.card_id, reason=asked.reason, staff=principal.name)
        return response_of(await desk.do(command, principal=principal.name, route="claims", key=None))

    @router.post("/claims/{claim_id}/answer")
    async def answer(request: Request, claim_id: UUID) -> Response:
        """Accept or reject, as the supplier or on its behalf."""
        principal = caller(desk, request, WRITE)
        body = await request.body()
        told = decoded(body, ClaimAnswer)
        found = await claim_seen_by(desk, principal, claim_id)
        sealed = (_sealed(desk, found, told.note),) if told.note is not None else ()
        command = AnswerClaim(
            claim_id=claim_id,
            is_accepted=told.is_accepted,
            reason=told.reason,
            answered_by=principal.name,
            note_reference=sealed[0].reference if sealed else None,
        )
        key = idempotency_key(request)
        route, name = f"claims/{claim_id}/answer", inbox_name(principal)
        return response_of(await desk.do(command, principal=name, route=route, key=key, request_body=body, sealed=sealed))

    @router.post("/claims/{claim_id}/decision")
    async def decide(request: Request, claim_id: UUID) -> Response:
        """Uphold or drop a claim that was rejected."""
        principal = allowed(desk, request, WRITE)
        body = await request.body()
        told = decoded(body, ClaimDecision)
        await claim_seen_by(desk, principal, claim_id)
        command = DecideClaim(claim_id=claim_id, is_upheld=told.is_upheld, reason=told.reason, staff=principal.name)
        key, route = idempotency_key(request), f"claims/{claim_id}/decision"
        return response_of(await desk.do(command, principal=principal.name, route=route, key=key, request_body=body))

    @router.post("/claims/{claim_id}/amount")
    async def value(request: Request, claim_id: UUID) -> Response:
        """Say what is claimed, where the cost was not known."""
        principal = allowed(desk, request, WRITE)
        told = decoded(await request.body(), ClaimAmount)
        await claim_seen_by(desk, principal, claim_id)
        command = ValueClaim(claim_id=claim_id, amount=told.amount, staff=principal.name)
        return response_of(await desk.do(command, principal=principal.name, route="claims/amount", key=None))

    @router.post("/claims/{claim_id}/notes", status_code=201)
    async def add_note(request: Request, claim_id: UUID) -> Response:
        """Add evidence in words. Whoever sees the claim reads it: no card and no contact belongs in it."""
        principal = caller(desk, request, WRITE)
        body = await request.body()
        told = decoded(body, ClaimRemark)
        found = await claim_seen_by(desk, principal, claim_id)
        sealed = _sealed(desk, found, told.note)
        command = AddClaimNote(claim_id=claim_id, reference=sealed.reference, added_by=principal.name)
        key = idempotency_key(request)
        route, name = f"claims/{claim_id}/notes", inbox_name(principal)
        return response_of(await desk.do(command, principal=name, route=route, key=key, request_body=body, sealed=(sealed,)))

    @router.post("/claims/{claim_id}/checks", status_code=201)
    async def note_check(request: Request, claim_id: UUID) -> Response:
        """Say what a verification of the card came to."""
        principal = allowed(desk, request, WRITE)
        body = await request.body()
        told = decoded(body, ClaimCheck)
        await claim_seen_by(desk, principal, claim_id)
        command = NoteCheck(claim_id=claim_id, result=told.result, checked_by=principal.name)
        key, route = idempotency_key(request), f"claims/{claim_id}/checks"
        return response_of(await desk.do(command, principal=principal.name, route=route, key=key, request_body=body))

    return router


def _sealed(desk: Desk, claim: Claim, note: str) -> Sealed:
    return desk.vault.seal(NOTE_KIND, claim.shop_id, str(claim.id), note)
