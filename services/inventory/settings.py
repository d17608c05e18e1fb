"""Settings of the inventory service.

A supplier's account is named by the shop that has it and the supplier's code. An installation of one shop may leave the shop out; with
several shops every account belongs to one (`redress` does not start otherwise), so that no shop orders at another's cost::

    [services.inventory.shops.shop-1.suppliers.north]     (or [services.inventory.suppliers.north])
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

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct, field
from msgspec.structs import asdict

from chassis.secret import Secret
from services.inventory.claims.domain.terms import ANSWER_LIMIT_SECONDS, LIMIT_NAME
from services.inventory.settlement.domain.terms import DEFAULT_GRADE, DELAY_SECONDS, GRADES, TERMS_NAME

Positive = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=0)]
AtLeastOne = Annotated[int, Meta(ge=1)]
DAY_SECONDS = 86_400.0
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

    def callback_url(self, supplier_code: str, shop_id: str | None = None) -> str | None:
        """Where the supplier tells us about our orders, those of `shop_id` where the account is a shop's own; None: nowhere."""
        if self.callback_base_url is None:
            return None
        place = supplier_code if shop_id is None else f"{shop_id}/{supplier_code}"
        return f"{self.callback_base_url.rstrip('/')}/suppliers/{place}/callback"

    def callback_path(self, supplier_code: str, shop_id: str | None = None) -> str | None:
        """The path that the supplier signs when it calls back; a proxy may have cut it before the call comes to us."""
        url = self.callback_url(supplier_code, shop_id)
        return urlsplit(url).path if url is not None else None


class SourcingLimits(Struct, frozen=True, kw_only=True):
    """The limits that new needs begin with, and by which suppliers are judged.

    `sourcing/domain/limits.py` and `supplier_limits.py` tell what each means.
    """

    temporary_retry_seconds: Positive = 2.0
    temporary_retry_count: Count = 2
    supplier_silence_seconds: Positive = 300.0
    claim_seconds: Positive = 1_800.0
    suspend_below_score: Annotated[int, Meta(ge=0, le=100)] = 40
    suspend_sample_count: AtLeastOne = 10
    suspend_fault_count: AtLeastOne = 8
    suspension_seconds: Positive = 300.0
    longest_suspension_seconds: Positive = 14_400.0
    trial_count: AtLeastOne = 3
    trial_seconds: Positive = 900.0
    dear_points: Count = 20
    balance_poll_seconds: Annotated[float, Meta(ge=0)] = 600.0
    """How often our balance at each supplier is asked for; 0: never."""
    empty_poll_seconds: Positive = 60.0
    """How often, while there is not enough of it."""


class ClaimSettings(Struct, frozen=True, kw_only=True):
    """`answer_seconds`: a claim whose supplier is silent for so long counts as accepted; holds for claims raised from then on."""

    answer_seconds: Positive = ANSWER_LIMIT_SECONDS


class QualityLimits(Struct, frozen=True, kw_only=True):
    """The limits of new checks and inspections (`quality/domain/limits.py` tells what each means)."""

    fault_pause_seconds: Positive = 600.0
    fault_count: Count = 6
    silence_pause_seconds: Positive = 60.0
    silence_count: Count = 5
    sample_cards: Annotated[int, Meta(ge=1, le=15)] = 10
    sample_pause_seconds: Positive = 21_600.0
    sample_rounds: Annotated[int, Meta(ge=1)] = 28
    bad_basis_points: Annotated[int, Meta(ge=0, le=10_000)] = 1_000


class SettlementSettings(Struct, frozen=True, kw_only=True):
    """Terms of sales that are settled afterwards; those of a sale stand in its line.

    `delay_days`: T+N. `grades`: commission in basis points, by the consignor's credit grade. `default_grade`: of consignors without one.
    """

    delay_days: Annotated[float, Meta(ge=0)] = DELAY_SECONDS / DAY_SECONDS
    grades: dict[str, Annotated[int, Meta(ge=0, le=10_000)]] = field(default_factory=lambda: dict(GRADES))
    default_grade: str = DEFAULT_GRADE

    def __post_init__(self) -> None:
        if self.default_grade not in self.grades:
            raise ValueError("default_grade is none of the grades")

    def as_advice(self) -> dict[str, Any]:
        """The advice that sales read when their lines are opened."""
        return {
            "delay_seconds": self.delay_days * DAY_SECONDS,
            "warranty_day_seconds": DAY_SECONDS,
            "grades": self.grades,
            "default_grade": self.default_grade,
        }


class StockSettings(Struct, frozen=True, kw_only=True):
    """`low_count`: so many free cards of a product, or fewer, are few, which StockLow tells."""

    low_count: Count = 5


class ShopSuppliers(Struct, frozen=True, kw_only=True):
    """One shop's accounts, by supplier code."""

    suppliers: dict[str, SupplierAccount] = field(default_factory=dict)


class InventorySettings(Struct, frozen=True, kw_only=True):
    """`shops`: each shop's own accounts; `suppliers`: those of an installation of one shop."""

    suppliers: dict[str, SupplierAccount] = field(default_factory=dict)
    shops: dict[str, ShopSuppliers] = field(default_factory=dict)
    limits: SourcingLimits = SourcingLimits()
    claims: ClaimSettings = ClaimSettings()
    quality: QualityLimits = QualityLimits()
    settlement: SettlementSettings = SettlementSettings()
    stock: StockSettings = StockSettings()

    def own_account(self, shop_id: str | None, supplier_code: str) -> SupplierAccount | None:
        """The account that belongs to this shop; None: to no shop by name."""
        if shop_id is None:
            return self.suppliers.get(supplier_code)
        shop = self.shops.get(shop_id)
        return None if shop is None else shop.suppliers.get(supplier_code)

    def account(self, shop_id: str, supplier_code: str) -> SupplierAccount | None:
        """Where this shop's orders at a supplier go; None: nowhere."""
        return self.own_account(shop_id, supplier_code) or self.own_account(None, supplier_code)

    def callback_url(self, shop_id: str, supplier_code: str) -> str | None:
        """Where a supplier tells us of this shop's orders; None: nowhere."""
        if (own := self.own_account(shop_id, supplier_code)) is not None:
            return own.callback_url(supplier_code, shop_id)
        account = self.own_account(None, supplier_code)
        return None if account is None else account.callback_url(supplier_code)

    @property
    def supplier_codes(self) -> tuple[str, ...]:
        """Of every account there is."""
        return tuple(sorted({*self.suppliers, *(code for shop in self.shops.values() for code in shop.suppliers)}))


def limits_advice(settings: InventorySettings) -> Mapping[str, Any]:
    """The advice "limits": of sourcing and suppliers, of stock, of the quality of cards, of claims, and the terms of settlement."""
    own = {LIMIT_NAME: settings.claims.answer_seconds, TERMS_NAME: settings.settlement.as_advice()}
    return {**asdict(settings.limits), **asdict(settings.quality), "stock_low_count": settings.stock.low_count, **own}
