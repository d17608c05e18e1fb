"""Settings of the inventory service.

A supplier's account is named by the supplier's code, which is therefore given once an installation::

    [services.inventory.suppliers.north]
    kind = "dujiao_next"                              (the protocol its site speaks; this one where nothing is said)
    base_url = "https://north.example"
    api_key = "…"
    api_secret = "…"
    callback_base_url = "https://shop.example"        (where it reaches our routes; without it, it is asked only)

`kind` is `dujiao_next`, `acg_faka` (a shared shop: `api_key` is the app_id, `api_secret` the app_key), `acg_faka_v4` (the open API of a
V4 site: Api-Id and its key) or `supplier_api` (our own protocol, `docs/guide/suppliers.md`). A shared shop names its goods by code, so
each article number that a product is offered under needs its goods::

    [services.inventory.suppliers.south.articles.7]
    code = "A1B2C3D4E5F60718"
    race = "month"                                    (its kind, where it has kinds)
    choices = { region = "asia" }                     (further choices, where it has some)
"""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct, field
from msgspec.structs import asdict

from chassis.secret import Secret

Positive = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=0)]
SiteKind = Literal["dujiao_next", "acg_faka", "acg_faka_v4", "supplier_api"]


class ArticleSettings(Struct, frozen=True, kw_only=True):
    """What stands behind an article number at a site that names its goods otherwise: code, kind where there are kinds, further choices."""

    code: str
    race: str = ""
    choices: dict[str, str] = field(default_factory=dict)


class SupplierAccount(Struct, frozen=True, kw_only=True):
    """Our account at a supplier's site. `kind`: the protocol it speaks; `api_key` names us there, `api_secret` signs."""

    kind: SiteKind = "dujiao_next"
    base_url: str
    api_key: str
    api_secret: Secret
    callback_base_url: str | None = None
    articles: dict[str, ArticleSettings] = field(default_factory=dict)
    """By article number, in digits; of an acg-faka shared shop."""

    def callback_url(self, supplier_code: str) -> str | None:
        """Where the supplier tells us about our orders; None: nowhere."""
        return f"{self.callback_base_url.rstrip('/')}/suppliers/{supplier_code}/callback" if self.callback_base_url else None

    def callback_path(self, supplier_code: str) -> str | None:
        """The path that the supplier signs when it calls back; a proxy may have cut it before the call comes to us."""
        url = self.callback_url(supplier_code)
        return urlsplit(url).path if url is not None else None


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
