"""Planted defects in how suppliers are dealt with: who gets orders, and what the button tries again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from services.inventory.sourcing import handlers
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.sourcing.domain.standing import Standing, SupplierStatus
from services.inventory.sourcing.domain.supplier import Supplier
from services.inventory.sourcing.rerunning import try_again
from services.inventory.sourcing.saga import pursue


@contextmanager
def suspension_overlooked() -> Iterator[None]:
    """A suspended supplier gets orders as ever."""

    def may_be_tried(supplier: Standing) -> bool:
        return supplier.status is not SupplierStatus.ON_PROBATION or supplier.trial is None

    with patch.object(Standing, "may_be_tried", property(may_be_tried)):
        yield


@contextmanager
def empty_supplier_ordered_from() -> Iterator[None]:
    """A supplier where our money has run out gets orders as ever."""
    why_not: Any = Supplier.why_not_callable

    def why_not_callable(supplier: Supplier) -> str | None:
        why: str | None = why_not.fget(supplier)
        return None if why == "no_balance" else why

    with patch.object(Supplier, "why_not_callable", property(why_not_callable)):
        yield


@contextmanager
def button_tries_anything_again() -> Iterator[None]:
    """The button tries a need again that has its card."""

    def try_anything_again(need: Any, staff: str, work: Any) -> Any:
        if need.status is NeedStatus.ALLOCATED:
            need._ran_again(staff=staff)
            pursue(need, work)
        return try_again(need, staff, work)

    with patch.object(handlers, "try_again", try_anything_again):
        yield
