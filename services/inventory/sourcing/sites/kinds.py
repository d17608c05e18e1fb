"""Which adapter speaks the protocol of which kind of supplier."""

from __future__ import annotations

from collections.abc import Mapping

from services.inventory.settings import SupplierAccount
from services.inventory.sourcing.domain.supplier import ACG_FAKA, ACG_FAKA_V4, DUJIAO_NEXT, SUPPLIER_API
from services.inventory.sourcing.sites.acg_faka import OpenApiSite, SharedShopSite
from services.inventory.sourcing.sites.dujiao_next import DujiaoNextSite
from services.inventory.sourcing.sites.port import SupplierSite
from services.inventory.sourcing.sites.supplier_api import SupplierApiSite

SITES: Mapping[str, type[SupplierSite]] = {
    DUJIAO_NEXT: DujiaoNextSite,
    ACG_FAKA: SharedShopSite,
    ACG_FAKA_V4: OpenApiSite,
    SUPPLIER_API: SupplierApiSite,
}


def site_class(account: SupplierAccount) -> type[SupplierSite]:
    """The adapter for an account's kind."""
    return SITES[account.kind]
