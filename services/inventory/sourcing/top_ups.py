"""Where a top-up differs from a card: nothing is given to the need, and what was made cannot be taken back.

What is said of the end of a supplier order, good or bad, names no account: that goes into the call alone (`accounts.py`).
"""

from __future__ import annotations

from chassis.work import Work
from services.inventory.claims.raising import raise_claim
from services.inventory.settlement.selling import note_top_up
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.ordering import ErrorClass
from services.inventory.sourcing.timers import SupplierSilent
from services.inventory.stock.domain.product import Product
from services.inventory.stock.domain.product_kind import TOP_UP


def take_top_up(need: Need, number: str, work: Work, *, is_wanted: bool) -> None:
    """A top-up was made. One that nobody wanted any more cannot be taken back: its supplier owes us."""
    supplier_code = need.orders[number].supplier_code
    need.delivered(number, now=work.now)
    if is_wanted:
        work.cancel_timer(SupplierSilent, need.id)
        need.top_up(supplier_code=supplier_code)
        note_top_up(need, supplier_code, work)
    else:
        raise_claim(need, supplier_code, number, "late_top_up", work, card_id=None)


def failed_for_good(need: Need, number: str, error_class: ErrorClass, work: Work) -> None:
    """A supplier order brought nothing and will bring nothing; of a top-up that is told by itself."""
    need.call_failed(number, error_class, is_answered=True)
    product = work.find(Product, Product.create_id(need.shop_id, need.product_code))
    if product is not None and product.kind == TOP_UP:
        need.fail_top_up(number, error_class)
