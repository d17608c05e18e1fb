"""What sourcing is told to do."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from services.inventory.sourcing.intents import SupplierDelivery
from services.inventory.stock.commands import Name, ShopId


class RegisterSupplier(Struct, frozen=True, kw_only=True):
    """`kind`: `own_stock`, or the protocol that its site speaks (`sites/kinds.py`)."""

    shop_id: ShopId
    supplier_code: Name
    kind: str


class SuspendSupplier(Struct, frozen=True, kw_only=True):
    """Order nothing more there; `is_suspended` False: order there again."""

    shop_id: ShopId
    supplier_code: Name
    is_suspended: bool = True


class RerunNeed(Struct, frozen=True, kw_only=True):
    """A person has a need of the manual queue tried again."""

    need_id: UUID
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
