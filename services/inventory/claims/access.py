"""Who may see and answer a claim: staff with the scope, and the supplier it is against, by its own credential.

What is another shop's, or another supplier's, is answered just as what there is not.
"""

from __future__ import annotations

from uuid import UUID

from fastapi import Request

from chassis.desk import Desk
from chassis.errors import NotFound
from chassis.tokens import SUPPLIER_KIND, Principal
from services.inventory.claims.domain.claim import Claim

READ, WRITE = "claims:read", "claims:write"


def caller(desk: Desk, request: Request, scope: str) -> Principal:
    """Who asks: a supplier, or somebody with the scope; raises Unauthorised, Forbidden."""
    principal = desk.authenticate(request.headers.get("authorization"))
    if principal.kind != SUPPLIER_KIND:
        principal.require(scope)
    return principal


def supplier_of(principal: Principal) -> str | None:
    """The supplier that asks; None: it is somebody of the staff."""
    return principal.name if principal.kind == SUPPLIER_KIND else None


def inbox_name(principal: Principal) -> str:
    """Under which name its requests are remembered: a supplier may be called as one of the staff is."""
    if principal.kind != SUPPLIER_KIND:
        return principal.name
    return f"supplier/{'/'.join(sorted(principal.shops or ()))}/{principal.name}"


async def claim_seen_by(desk: Desk, principal: Principal, claim_id: UUID) -> Claim:
    """A claim that the principal may see; raises NotFound."""
    claim = await desk.get(Claim, claim_id)
    if claim is None or not principal.is_of(claim.shop_id) or supplier_of(principal) not in (None, claim.supplier_code):
        raise NotFound(kind=Claim.TOPIC, stream_id=claim_id)
    return claim
