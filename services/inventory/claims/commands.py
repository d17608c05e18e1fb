"""What claims are told to do."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from contracts.values import Money

MAX_NOTE_CHARACTERS = 4_000

Reason = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,63}$")]
"""A reason in one stable word; what is said besides goes into the vault."""
Note = Annotated[str, Meta(min_length=1, max_length=MAX_NOTE_CHARACTERS)]


class RaiseClaim(Struct, frozen=True, kw_only=True):
    """Staff claims for a card that was given to an order and proved bad."""

    card_id: UUID
    reason: Reason
    staff: str


class AnswerClaim(Struct, frozen=True, kw_only=True):
    """The supplier's answer. `answered_by`: its own code, or who of the staff says it for the supplier."""

    claim_id: UUID
    is_accepted: bool
    reason: Reason
    answered_by: str
    note_reference: str | None = None


class DecideClaim(Struct, frozen=True, kw_only=True):
    """Staff decides about a claim that was rejected."""

    claim_id: UUID
    is_upheld: bool
    reason: Reason
    staff: str


class ValueClaim(Struct, frozen=True, kw_only=True):
    """Staff names what is claimed, where the cost was not known."""

    claim_id: UUID
    amount: Money
    staff: str


class AddClaimNote(Struct, frozen=True, kw_only=True):
    """Evidence in words, sealed under `reference`."""

    claim_id: UUID
    reference: str
    added_by: str


class NoteCheck(Struct, frozen=True, kw_only=True):
    """What a verification of the card said, as a code."""

    claim_id: UUID
    result: Reason
    checked_by: str
