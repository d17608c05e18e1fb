"""Planted defects of how needs end: the last deadline that does not wait for what may still come."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from services.inventory.sourcing import ending
from services.inventory.sourcing.domain.by_hand import HandDelivery


def deadline_asks_nobody() -> AbstractContextManager[Any]:
    """A need whose time is over is closed, whatever its supplier may still deliver."""
    return patch.object(ending, "_is_under_way", lambda need, work: False)


def end_forgotten_behind_claim() -> AbstractContextManager[Any]:
    """That the order asked for the end while a person had the need is not remembered."""
    return patch.object(HandDelivery, "put_off_end", lambda self, holder_id: None)
