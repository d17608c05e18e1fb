"""Suppliers: known, scored, suspended, and our money with them."""

from __future__ import annotations

from contracts.fields import Count, Id, Moment, Name, ReasonCode, Score
from contracts.inventory.subject import InventoryMessage
from contracts.message import published_by
from contracts.values import Money


@published_by("inventory")
class SupplierRegistered(InventoryMessage, frozen=True, kw_only=True):
    """A source of cards is known.

    `supplier_id`: UUID. `supplier_code`: its code. `kind`: code of its protocol, or `own_stock`.
    """

    supplier_id: Id
    supplier_code: Name
    kind: ReasonCode


@published_by("inventory")
class SupplierScored(InventoryMessage, frozen=True, kw_only=True):
    """A supplier's score changed.

    `supplier_code`. `score`: 0 worst to 100 best. `sample_count`: calls it rests on.
    """

    supplier_code: Name
    score: Score
    sample_count: Count


@published_by("inventory")
class SupplierSuspended(InventoryMessage, frozen=True, kw_only=True):
    """A supplier gets no new orders from now on; what was ordered before is still asked about.

    `supplier_code`. `reason`: `low_score`, `faults_in_row`, `probation_failed`, or a person's word for it. `probation_at`: when it may
    prove itself, with one order at a time; null: when a person says so. `score`, `sample_count`, `faults_in_row`: what it was judged by.
    """

    supplier_code: Name
    reason: ReasonCode
    probation_at: Moment | None
    score: Score | None
    sample_count: Count
    faults_in_row: Count


@published_by("inventory")
class SupplierResumed(InventoryMessage, frozen=True, kw_only=True):
    """A supplier that was suspended gets orders as ever.

    `supplier_code`. `reason`: `probation_passed`, or a person's word for it.
    """

    supplier_code: Name
    reason: ReasonCode


@published_by("inventory")
class SupplierBalanceLow(InventoryMessage, frozen=True, kw_only=True):
    """Less of our money is left at a supplier than the shop wants there.

    `supplier_code`. `balance`: what is left. `floor`: what should be.
    """

    supplier_code: Name
    balance: Money
    floor: Money


@published_by("inventory")
class SupplierBalanceOut(InventoryMessage, frozen=True, kw_only=True):
    """A supplier refused an order since our money there does not suffice; nothing more is ordered there until there is some.

    `supplier_code`. `product_code`: what was ordered. `needed`: what one costs; null: not known.
    """

    supplier_code: Name
    product_code: Name
    needed: Money | None
