"""A planted defect between shops."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from services.inventory.sourcing import restoring
from services.inventory.stock import expiring, free_stock, views, withdrawing
from services.inventory.stock.domain import card


@contextmanager
def stock_of_all_shops() -> Iterator[None]:
    """Free cards are kept by product alone: whoever sells a product of that code may give them away."""
    with ExitStack() as patched:
        for module in (card, free_stock, views, withdrawing, expiring, restoring):
            patched.enter_context(patch.object(module, "stock_key_of", lambda _shop_id, product_code: f"all|{product_code}"))
        yield
