"""Planted defects in promises and quality: what was promised to an order, and what is kept from being sold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

from chassis.index import Put
from services.inventory.stock.domain.product import Product
from services.inventory.stock.indexes import FreeCards
from services.order.domain.listing import Listing


@contextmanager
def stopped_batches_sold() -> Iterator[None]:
    """Free cards do not say which batch they are of, and nobody looks at a reserved one again."""
    folded = FreeCards.fold

    def without_origin(event: Any, aggregate: Any) -> Any:
        return [change._replace(data="") if isinstance(change, Put) else change for change in folded(event, aggregate)]

    with patch.object(FreeCards, "fold", staticmethod(without_origin)), patch.object(Product, "is_stopped", lambda product, origin: False):
        yield


def oldest_policy_frozen() -> AbstractContextManager[Any]:
    """An order is promised what was promised first."""
    policy = Listing.policy
    return patch.object(Listing, "policy", lambda listing, version=None: policy(listing, min(listing.policies, default=None)))
