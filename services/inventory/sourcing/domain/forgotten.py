"""After a restore: the supplier orders of a need that nobody here remembers are asked about, and taken back (`seeking.py`)."""

from __future__ import annotations

from dataclasses import replace

from chassis.aggregate import Event, event
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.sourcing.domain.ordering import SupplierOrdering
from services.inventory.sourcing.domain.supplier_order import OrderState, Search

FORGOTTEN_ORDERS = 5
"""So many numbers a supplier may have heard of us in a span that a restore took away: the order, and one more for each time that a person
had the need tried again."""


class ForgottenOrders(SupplierOrdering):
    """Supplier orders, and the questions about those that a restore made us forget."""

    searches: dict[str, str]
    """Questions under way about forgotten orders: supplier by key."""
    search_count: int
    sought_epoch: int
    """The epoch in which it was last searched for forgotten orders."""

    class Sought(Event):
        """After the restore that opened `epoch`: suppliers are asked for orders of this need that nobody here remembers."""

        TOPIC = "inventory.Need.Sought"
        PRIVATE = True
        epoch: int
        searches: tuple[Search, ...]

    class SearchEnded(Event):
        TOPIC = "inventory.Need.SearchEnded"
        PRIVATE = True
        key: str

    class Adopted(Event):
        """A supplier order was found that a restore had made us forget."""

        TOPIC = "inventory.Need.Adopted"
        PRIVATE = True
        number: str
        supplier_code: str
        sku_id: int | None

    class PutBack(Event):
        """The supplier knows nothing of this order, and elsewhere is looked first."""

        TOPIC = "inventory.Need.PutBack"
        PRIVATE = True
        number: str

    class AskedFirst(Event):
        """The supplier, asked before the order was sent, knows nothing of it: now it is sent."""

        TOPIC = "inventory.Need.AskedFirst"
        PRIVATE = True
        number: str

    class CardRegained(Event):
        """The secret of its card, which a restore had lost, is back."""

        TOPIC = "inventory.Need.CardRegained"
        PRIVATE = True

    @property
    def is_waiting(self) -> bool:
        """Whether a supplier has to answer before it is certain what comes."""
        return self.awaited is not None or bool(self.searches)

    def numbers_at(self, supplier_code: str) -> tuple[str, ...]:
        """The numbers that a supplier may have heard for this need: those we remember, and those we may have forgotten."""
        known = tuple(number for number, order in self.orders.items() if order.supplier_code == supplier_code)
        return tuple(dict.fromkeys((*known, *self.next_numbers(supplier_code, FORGOTTEN_ORDERS))))

    def seek(self, supplier_codes: tuple[str, ...], *, epoch: int) -> tuple[Search, ...]:
        """Begin to ask suppliers, once an epoch; the questions with their keys."""
        searches = tuple(
            Search(f"seek-{self.id}-{count}", supplier_code) for count, supplier_code in enumerate(supplier_codes, self.search_count + 1)
        )
        self._sought(epoch=epoch, searches=searches)
        return searches

    @event(Sought)
    def _sought(self, epoch: int, searches: tuple[Search, ...]) -> None:
        self.sought_epoch = epoch
        self.searches = {each.key: each.supplier_code for each in searches}
        self.search_count += len(searches)

    def end_search(self, key: str) -> None:
        """A supplier has told what it knows; one that is not asked any more changes nothing."""
        if key in self.searches:
            self._search_ended(key=key)

    @event(SearchEnded)
    def _search_ended(self, key: str) -> None:
        del self.searches[key]
        if not self.is_waiting and self.status is not NeedStatus.ALLOCATED:
            self.is_shown_to_person = False

    def adopt(self, number: str, *, supplier_code: str, sku_id: int | None) -> None:
        """Remember an order that the supplier told us of; one we know already changes nothing."""
        order = self.orders.get(number)
        if order is None or order.state is OrderState.PUT_BACK:
            self._adopted(number=number, supplier_code=supplier_code, sku_id=sku_id)

    @event(Adopted)
    def _adopted(self, number: str, supplier_code: str, sku_id: int | None) -> None:
        self._note_order(number, supplier_code, sku_id)

    def put_back(self, number: str) -> None:
        """The awaited order is unknown to its supplier; it may be sent again when it is certain that nobody else delivers."""
        assert self.awaits(number)
        self._put_back(number=number)

    @event(PutBack)
    def _put_back(self, number: str) -> None:
        order = self.orders[number]
        self._settle(number, OrderState.PUT_BACK)
        self.tried.remove(order.supplier_code)

    def note_asked_first(self, number: str) -> None:
        """The supplier does not know the order, as it was asked before a first sending."""
        self._asked_first(number=number)

    @event(AskedFirst)
    def _asked_first(self, number: str) -> None:
        self.orders[number] = replace(self.orders[number], is_asked_first=True)

    def regain_card(self) -> None:
        """The card that the need has is whole again."""
        self._card_regained()

    @event(CardRegained)
    def _card_regained(self) -> None:
        self.is_shown_to_person = False
