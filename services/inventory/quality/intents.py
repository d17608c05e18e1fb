"""What checking cards wants to happen outside."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from msgspec import Struct

from chassis.activity import Intent


class AskCardStatus(Intent, frozen=True, kw_only=True):
    """Ask the supplier `target` whether a card still works.

    `reference`: where it is sealed. `number`: ours of the order that brought it; None for a card of a file.
    """

    KIND: ClassVar[str] = "inventory.AskCardStatus"
    check_id: UUID
    question: int
    reference: str
    number: str | None


class CardStatusTold(Struct, frozen=True):
    """`status` as the supplier says it: valid, used, invalid, temporary_fault."""

    status: str
