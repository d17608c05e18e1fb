"""How suppliers were asked for the card of a need."""

from __future__ import annotations

from typing import Literal

from contracts.fields import Name, Ordinal, ReasonCode
from contracts.inventory.subject import NeedMessage
from contracts.message import published_by

SupplierErrorClass = Literal["temporary", "out_of_stock", "no_balance", "delisted", "invalid_card", "refused", "unknown"]
"""What a failed supplier call means; `unknown`: nobody can say yet, it must be asked about first."""


@published_by("inventory")
class SupplierCallFailed(NeedMessage, frozen=True, kw_only=True):
    """One call to a supplier brought no card.

    `product_code`. `supplier_code`: who was called. `error_class`: what the failure means. `call_number`:
    which call of this need to this supplier, from 1.
    """

    product_code: Name
    supplier_code: Name
    error_class: SupplierErrorClass
    call_number: Ordinal


@published_by("inventory")
class SupplierFailedOver(NeedMessage, frozen=True, kw_only=True):
    """A need went on to another supplier.

    `product_code`. `from_supplier`, `to_supplier`: supplier codes. `reason`: code.
    """

    product_code: Name
    from_supplier: Name
    to_supplier: Name
    reason: ReasonCode


@published_by("inventory")
class SourcingExhausted(NeedMessage, frozen=True, kw_only=True):
    """No supplier is left to ask.

    `product_code`. `tried_suppliers`: supplier codes in the order they were asked, may be empty. `passed_over_suppliers`:
    codes of those that take no orders for a while, such as one that has no money of ours; they may be asked yet.
    """

    product_code: Name
    tried_suppliers: tuple[Name, ...]
    passed_over_suppliers: tuple[Name, ...] = ()
