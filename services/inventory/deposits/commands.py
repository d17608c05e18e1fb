"""What deposits are told to do."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from contracts.values import LARGEST_AMOUNT_MINOR
from services.inventory.claims.commands import Reason
from services.inventory.stock.commands import Name, ShopId

Amount = Annotated[int, Meta(ge=0, le=LARGEST_AMOUNT_MINOR)]
Signed = Annotated[int, Meta(ge=-LARGEST_AMOUNT_MINOR, le=LARGEST_AMOUNT_MINOR)]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3,4}\Z")]
EntryName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,80}\Z")]
"""The sender's own name of an entry, such as the bank's reference."""


class EnterDeposit(Struct, frozen=True, kw_only=True):
    """Money comes in, goes back, or is corrected. `amount_minor` is below nothing for what goes out."""

    shop_id: ShopId
    supplier_code: Name
    currency: Currency
    key: EntryName
    kind: Literal["top_up", "release", "correction"]
    amount_minor: Signed
    reason: Reason
    staff: str


class SetDepositLines(Struct, frozen=True, kw_only=True):
    """Where the supplier is warned, and below which balance it gets no orders."""

    shop_id: ShopId
    supplier_code: Name
    currency: Currency
    warning_minor: Amount
    floor_minor: Amount
    staff: str
