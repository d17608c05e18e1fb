"""What sourcing is told to do."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from contracts.values import Money
from services.inventory.sourcing.domain.standing import BY_HAND
from services.inventory.sourcing.intents import SupplierDelivery
from services.inventory.stock.commands import Name, ShopId, Tilt

MAX_RERUN_NEEDS = 5
"""Each may look at its product, a card and every supplier of the product; a unit of work touches 100 aggregates at most."""


class RegisterSupplier(Struct, frozen=True, kw_only=True):
    """`kind`: `own_stock`, `consignor`, or the protocol that its site speaks (`sites/kinds.py`)."""

    shop_id: ShopId
    supplier_code: Name
    kind: str


class SuspendSupplier(Struct, frozen=True, kw_only=True):
    """Order nothing more there; `is_suspended` False: order there again. `reason`: a person's word for it."""

    shop_id: ShopId
    supplier_code: Name
    is_suspended: bool = True
    reason: Name = BY_HAND
    staff: str = ""


class SetSupplyTerms(Struct, frozen=True, kw_only=True):
    """How the shop deals with a supplier; what is None stays as it is. `tilt`: points of score for or against it.

    `balance_floor`: tell the operator when less of our money is left there; `is_balance_floor_lifted`: never.
    """

    shop_id: ShopId
    supplier_code: Name
    tilt: Tilt | None = None
    balance_floor: Money | None = None
    is_balance_floor_lifted: bool = False


class AcknowledgeAlert(Struct, frozen=True, kw_only=True):
    """A person has seen an alert, as it was at `seen_at`."""

    shop_id: ShopId
    kind: str
    supplier_code: str
    product_code: str
    seen_at: datetime
    staff: str


class RerunNeed(Struct, frozen=True, kw_only=True):
    """A person has a need of the manual queue tried again."""

    need_id: UUID
    staff: str


class RerunNeeds(Struct, frozen=True, kw_only=True):
    """A person has these needs tried again, as far as they wait for that; those of other shops are passed over."""

    shop_id: ShopId
    need_ids: Annotated[tuple[UUID, ...], Meta(max_length=MAX_RERUN_NEEDS)]
    staff: str


class TellForSupplier(Struct, frozen=True, kw_only=True):
    """A person found out what a supplier did for a need and does not tell itself: it delivered these cards, or (None) nothing."""

    need_id: UUID
    supplier_code: Name
    staff: str
    delivery: SupplierDelivery | None


class NoteCallback(Struct, frozen=True, kw_only=True):
    """A supplier told by itself that something became of our order `number`; cards come along sealed."""

    need_id: UUID
    supplier_code: str
    number: str
    delivery: SupplierDelivery | None
