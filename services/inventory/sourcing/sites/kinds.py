"""Which adapter speaks the protocol of which kind of supplier."""

from __future__ import annotations

from collections.abc import Mapping

from services.inventory.settings import SupplierAccount
from services.inventory.sourcing.domain.supplier import DUJIAO_NEXT
from services.inventory.sourcing.sites.dujiao_next import DujiaoNextSite
from services.inventory.sourcing.sites.port import SupplierSite

SITES: Mapping[str, type[SupplierSite]] = {
    DUJIAO_NEXT: DujiaoNextSite,
}


def site_class(account: SupplierAccount) -> type[SupplierSite]:
    """The adapter for an account's kind."""
    return SITES[account.kind]
