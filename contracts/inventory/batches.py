"""Batches of cards: recalled, and what became of them."""

from __future__ import annotations

from contracts.fields import Count, Id, Name, ReasonCode
from contracts.inventory.subject import InventoryMessage
from contracts.message import published_by


class BatchMessage(InventoryMessage, frozen=True, kw_only=True):
    """`batch_id`: UUID. `product_code`, `supplier_code`: of all its cards."""

    batch_id: Id
    product_code: Name
    supplier_code: Name


@published_by("inventory")
class BatchRecalled(BatchMessage, frozen=True, kw_only=True):
    """From here on no card of a batch is given to anybody, until it is released.

    `reason`: code, such as `bad_sample`, `leak_suspected`, or a person's. `bad_count` of `told_count`: cards of a sample that are bad, of
    those that the supplier told about; both 0 where nobody counted.
    """

    reason: ReasonCode
    bad_count: Count
    told_count: Count


@published_by("inventory")
class BatchReleased(BatchMessage, frozen=True, kw_only=True):
    """A batch that was recalled is on sale again."""


@published_by("inventory")
class BatchWithdrawn(BatchMessage, frozen=True, kw_only=True):
    """What is unsold of a recalled batch goes out of stock for good."""
