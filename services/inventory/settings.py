"""Settings of the inventory service.

A supplier's account is named by the supplier's code, which is therefore given once an installation::

    [services.inventory.suppliers.north]
    kind = "dujiao_next"                              (the protocol its site speaks; this one where nothing is said)
    base_url = "https://north.example"
    api_key = "…"
    api_secret = "…"
    callback_base_url = "https://shop.example"        (where it reaches our routes; without it, it is asked only)
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field
from msgspec.structs import asdict

from chassis.secret import Secret

Positive = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=0)]
SiteKind = Literal["dujiao_next"]


class SupplierAccount(Struct, frozen=True, kw_only=True):
    """Our account at a supplier's site. `kind`: the protocol it speaks; `api_key` names us there, `api_secret` signs."""

    kind: SiteKind = "dujiao_next"
    base_url: str
    api_key: str
    api_secret: Secret
    callback_base_url: str | None = None

    def callback_url(self, supplier_code: str) -> str | None:
        """Where the supplier tells us about our orders; None: nowhere."""
        return f"{self.callback_base_url.rstrip('/')}/suppliers/{supplier_code}/callback" if self.callback_base_url else None


class SourcingLimits(Struct, frozen=True, kw_only=True):
    """The limits that new needs begin with (`sourcing/domain/limits.py` tells what each means)."""

    temporary_retry_seconds: Positive = 2.0
    temporary_retry_count: Count = 2
    supplier_silence_seconds: Positive = 300.0

    def as_advice(self) -> dict[str, float | int]:
        """The advice `limits` that needs read when they begin."""
        return asdict(self)


class InventorySettings(Struct, frozen=True, kw_only=True):
    """`suppliers`: accounts by supplier code."""

    suppliers: dict[str, SupplierAccount] = field(default_factory=dict)
    limits: SourcingLimits = SourcingLimits()
