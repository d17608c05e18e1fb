"""Needs of the manual queue tried again by a person, many at a time: what became of each is told in one word.

Only a need that nobody looks for any more is tried again, so pressing the button twice, or while something comes in, gives no need a
second card: what has moved on is told as what it is by now.
"""

from __future__ import annotations

from enum import StrEnum

from chassis.work import Work
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.sourcing.domain.supplier import Supplier
from services.inventory.sourcing.saga import pursue
from services.inventory.stock.availability import note_supplier_back
from services.inventory.stock.domain.product import Product

STUCK_REASONS = ("exhausted", "late_no_stock")
"""What is tried again unless another reason is named: nothing but a card is missing there."""


class Mark(StrEnum):
    """What became of a need that was to be tried again."""

    RE_ISSUED = "re_issued"
    """Tried again now: it has a card."""
    LOOKED_FOR = "looked_for"
    """Tried again now: a supplier is asked."""
    STILL_STUCK = "still_stuck"
    """Tried again now: nobody has a card."""
    ALREADY_RE_ISSUED = "already_re_issued"
    """A card had come since a person had it tried again."""
    ALREADY_DELIVERED = "already_delivered"
    ALREADY_LOOKED_FOR = "already_looked_for"
    AWAITS_SUPPLIER = "awaits_supplier"
    """A supplier has not said yet what it did: a person finds that out first, or it would be bought twice."""
    CLAIMED = "claimed"
    """A person is delivering it by hand."""
    REFUND_HELD = "refund_held"
    """It is closed, or about to be, for a refund."""
    NOT_PAID = "not_paid"


def try_again(need: Need, staff: str, work: Work) -> Mark:
    """Try a need again where it waits for that; what became of it."""
    if need.claimed_by is not None:
        return Mark.CLAIMED
    if need.status is not NeedStatus.MANUAL:
        return _standing(need)
    need.run_again(staff=staff)
    _try_the_empty_ones_too(need, staff, work)
    pursue(need, work)
    return _outcome(need)


def _try_the_empty_ones_too(need: Need, staff: str, work: Work) -> None:
    """A person who tries again has topped up, as far as we know: a supplier without money is asked again, and says so if not."""
    product = work.find(Product, Product.create_id(need.shop_id, need.product_code))
    for code in product.sources if product is not None else ():
        supplier = work.find(Supplier, Supplier.create_id(need.shop_id, code))
        if supplier is not None:
            supplier.say_funded(staff)
            note_supplier_back(supplier, work)


def _outcome(need: Need) -> Mark:
    match need.status:
        case NeedStatus.ALLOCATED:
            return Mark.RE_ISSUED
        case NeedStatus.MANUAL:
            return Mark.STILL_STUCK
        case _:
            return Mark.LOOKED_FOR


def _standing(need: Need) -> Mark:
    match need.status:
        case NeedStatus.ALLOCATED:
            return Mark.ALREADY_RE_ISSUED if need.rerun_count else Mark.ALREADY_DELIVERED
        case NeedStatus.ENDING | NeedStatus.CLOSING | NeedStatus.CLOSED:
            return Mark.REFUND_HELD
        case NeedStatus.SOURCING:
            return Mark.AWAITS_SUPPLIER if need.is_shown_to_person else Mark.ALREADY_LOOKED_FOR
        case _:
            return Mark.NOT_PAID
