"""Claims for people: all of a supplier, and those that are not settled yet."""

from __future__ import annotations

from typing import Any

import msgspec

from chassis.view import Row, View
from services.inventory.claims.domain.claim import Claim, ClaimStatus

_EVENTS = (Claim.Raised, Claim.Answered, Claim.Settled, Claim.Valued)


class Claims(View):
    """One document a claim. Sorted by shop, supplier and the time of raising."""

    NAME = "claims"
    events = _EVENTS

    @staticmethod
    def row_id(event: Any) -> str:
        return str(event.originator_id)

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row:
        document = _after(event, row)
        return Row(claims_key(document), document)


class OpenClaims(View):
    """One document for each claim that is not settled. Sorted by shop, status and the time of raising."""

    NAME = "open_claims"
    events = _EVENTS

    @staticmethod
    def row_id(event: Any) -> str:
        return str(event.originator_id)

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row | None:
        document = _after(event, row)
        if document["status"] == ClaimStatus.SETTLED:
            return None
        return Row(open_claims_key(document), document)


def claims_prefix(shop_id: str, supplier_code: str | None = None) -> str:
    """What the sort keys of a shop's claims begin with, of all suppliers or of one."""
    return f"{shop_id}|" if supplier_code is None else f"{shop_id}|{supplier_code}|"


def claims_key(document: dict[str, Any]) -> str:
    """The sort key of a claim's document in `Claims`."""
    return f"{claims_prefix(document['shop_id'], document['supplier_code'])}{document['raised_at']}|{document['claim_id']}"


def open_claims_key(document: dict[str, Any]) -> str:
    """The sort key of a claim's document in `OpenClaims`."""
    return f"{document['shop_id']}|{document['status']}|{document['raised_at']}|{document['claim_id']}"


def _after(event: Any, row: Row | None) -> dict[str, Any]:
    if row is None:
        return _raised(event)
    return {**row.document, **_changed(event)}


def _raised(event: Claim.Raised) -> dict[str, Any]:
    return {
        "claim_id": str(event.originator_id),
        "shop_id": event.shop_id,
        "supplier_code": event.supplier_code,
        "order_number": event.order_number,
        "line": event.line,
        "unit": event.unit,
        "product_code": event.product_code,
        "reason": event.reason,
        "card_id": str(event.card_id) if event.card_id is not None else None,
        "card_preview": event.card_preview,
        "amount": msgspec.to_builtins(event.amount),
        "raised_at": event.timestamp.isoformat(timespec="microseconds"),
        "answer_limit_seconds": event.answer_limit_seconds,
        "status": str(ClaimStatus.RAISED),
        "outcome": None,
        "answer": None,
        "decision": None,
    }


def _changed(event: Any) -> dict[str, Any]:
    match event:
        case Claim.Answered():
            answer = {"is_accepted": event.is_accepted, "reason": event.reason, "answered_by": event.answered_by}
            return {"answer": answer} if event.is_accepted else {"answer": answer, "status": str(ClaimStatus.REJECTED)}
        case Claim.Valued():
            return {"amount": msgspec.to_builtins(event.amount)}
        case _:
            settled = {"status": str(ClaimStatus.SETTLED), "outcome": str(event.outcome), "amount": msgspec.to_builtins(event.amount)}
            return {**settled, "decision": {"reason": event.reason, "decided_by": event.decided_by}}
