"""What a person of the staff does with a need. What is delivered comes sealed."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct


class ClaimNeed(Struct, frozen=True, kw_only=True):
    """Take a need on oneself, or (`is_given_back`) give it back."""

    need_id: UUID
    staff: str
    is_given_back: bool = False


class DeliverByHand(Struct, frozen=True, kw_only=True):
    """What a person delivers: a card, or for a product of the kind manual its content."""

    need_id: UUID
    staff: str
    fingerprint: str
    reference: str
    preview: str


class ShowBuyerFields(Struct, frozen=True, kw_only=True):
    """A person who has claimed the need wants to see what its buyer filled in."""

    need_id: UUID
    staff: str


class RefuseNeed(Struct, frozen=True, kw_only=True):
    """A person says that the need will not be delivered."""

    need_id: UUID
    staff: str
