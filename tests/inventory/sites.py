"""A supplier of the sandbox for each protocol, and our account there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from chassis.secret import Secret
from protocols.dujiao_next import SupplierAccess
from protocols.http import HttpReply, HttpRequest
from sandbox.behaviour.faults import SupplierFaults
from sandbox.behaviour.shared_shops import shared_code
from sandbox.behaviour.suppliers import SupplierProduct
from sandbox.world import SUPPLIERS
from services.inventory.settings import ArticleSettings, SiteKind, SupplierAccount
from services.inventory.sourcing.sites.kinds import site_class
from services.inventory.sourcing.sites.port import SupplierSite

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SKU_ID, OTHER_SKU_ID = 7, 8
ASKABLE: tuple[SiteKind, ...] = ("dujiao_next", "supplier_api")


@dataclass
class Supplied:
    """One supplier of a kind. `now` is both its clock and ours; `requests` is what it was sent."""

    kind: SiteKind
    code: str = "north"
    card_prefix: str = "GAME"
    callback_base_url: str | None = None
    now: datetime = NOW
    requests: list[HttpRequest] = field(default_factory=list)

    def __post_init__(self) -> None:
        products = (
            SupplierProduct(SKU_ID, "GAME", "1.00", 5, card_prefix=self.card_prefix),
            SupplierProduct(OTHER_SKU_ID, "OTHER", "1.00", 5, card_prefix="OTHER"),
        )
        self.party = SUPPLIERS[self.kind](self.code, SupplierAccess("1024", "secret"), products, balance="100.00")

    def misbehave(self, faults: SupplierFaults) -> Supplied:
        self.party.faults.set(faults)
        return self

    @property
    def account(self) -> SupplierAccount:
        return SupplierAccount(
            kind=self.kind,
            base_url=f"http://{self.code}",
            api_key="1024",
            api_secret=Secret("secret"),
            callback_base_url=self.callback_base_url,
            articles={str(sku_id): ArticleSettings(code=shared_code(sku_id)) for sku_id in (SKU_ID, OTHER_SKU_ID)},
        )

    @property
    def site(self) -> SupplierSite:
        return site_class(self.account)(self.account, self.http, lambda: self.now)

    async def http(self, base_url: str, request: HttpRequest) -> HttpReply:
        assert base_url == f"http://{self.code}"
        self.requests.append(request)
        result = self.party.handle(request, self.now).result
        if isinstance(result, HttpReply):
            return result
        raise result

    @property
    def order_count(self) -> int:
        return len(self.party.ledger.orders)
