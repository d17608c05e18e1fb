"""What settlement is told to do."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from contracts.values import Money
from services.inventory.claims.commands import Reason
from services.inventory.stock.commands import Name, ShopId

Grade = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9]{0,7}\Z")]
TransferReference = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:/-]{1,80}\Z")]
PayoutStep = Literal["request", "refusal", "approval", "confirmation"]


class SetTerms(Struct, frozen=True, kw_only=True):
    """How a supplier's sales are settled from now on."""

    shop_id: ShopId
    supplier_code: Name
    is_on_account: bool
    grade: Grade | None
    staff: str


class PriceLine(Struct, frozen=True, kw_only=True):
    """A person says what a card was sold for, and what of that is ours."""

    line_id: UUID
    sale: Money
    commission_minor: int
    staff: str


class HoldLine(Struct, frozen=True, kw_only=True):
    """A person freezes a line, lets it go on, or keeps it from the supplier for good, for a reason with a name."""

    line_id: UUID
    action: Literal["hold", "release", "withhold"]
    reason: Reason
    staff: str


class StepPayout(Struct, frozen=True, kw_only=True):
    """A pay-out goes on. `by`: the supplier's code, or who of the staff."""

    settlement_id: UUID
    step: PayoutStep
    by: str


class MarkPaid(Struct, frozen=True, kw_only=True):
    """The transfer was made."""

    settlement_id: UUID
    reference: TransferReference
    staff: str
