"""When a supplier is paid: before (its site takes what an order costs from our balance there), or after the sale.

A consignor (寄售) is always paid after the sale, less a commission by its credit grade. Any other supplier may be paid on account: then its
price is owed for each card of it that is sold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis.aggregate import Event, Part, event
from chassis.errors import Refusal


class OwnStockIsNotSettled(Refusal):
    code = "own-stock-not-settled"
    title = "Own stock is not settled with anybody"


class AccountTerms(Part):
    """`grade`: of a consignor; None: none was given."""

    is_on_account: bool
    grade: str | None

    if TYPE_CHECKING:

        @property
        def is_consignor(self) -> bool: ...

        @property
        def is_own_stock(self) -> bool: ...

    class TermsSet(Event):
        TOPIC = "inventory.Supplier.TermsSet"
        PRIVATE = True
        is_on_account: bool
        grade: str | None
        staff: str

    @property
    def is_settled_later(self) -> bool:
        """Whether each sale of a card of it is settled with it."""
        return self.is_consignor or self.is_on_account

    def set_terms(self, *, is_on_account: bool, grade: str | None, staff: str) -> None:
        """Note how its sales from now on are settled; raises OwnStockIsNotSettled. The same again changes nothing."""
        if self.is_own_stock:
            raise OwnStockIsNotSettled()
        if (is_on_account, grade) != (self.is_on_account, self.grade):
            self._terms_set(is_on_account=is_on_account, grade=grade, staff=staff)

    @event(TermsSet)
    def _terms_set(self, is_on_account: bool, grade: str | None, staff: str) -> None:
        self.is_on_account = is_on_account
        self.grade = grade
