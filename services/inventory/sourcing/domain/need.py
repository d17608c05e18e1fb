"""A need: one asking for the card of one (order, line, unit), from the placing of the order to a card or a person.

    open ──paid──▶ sourcing ──card──▶ allocated ──┐
      │ expired       │ nobody left ▶ manual ─────┼─ DeliveryFailed ─▶ (closing ─▶) closed
      ▼               │                           │
    lapsed ──paid late┴───────────────────────────┘

`closing` waits for the answer of a supplier order that is under way: only then is it certain that no card comes. Each supplier order
has a number of its own (`numbers.py`) and ends answered: refused, with a card, or with a bad one. After a restore a need first
searches: its suppliers are asked what they delivered while nobody here remembers (`seeking.py`). This stream records; what to do next
is decided in `saga.py`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from chassis.errors import Refusal
from services.inventory.sourcing.domain.limits import Limits
from services.inventory.sourcing.domain.numbers import supplier_order_number
from services.inventory.sourcing.domain.supplier_order import OrderState, Search, SupplierOrder

FORGOTTEN_ORDERS = 2
"""So many numbers a supplier may have heard of us in a span that a restore took away: the order, and one more if a person had the need
tried again."""

ErrorClass = Literal["temporary", "out_of_stock", "no_balance", "delisted", "invalid_card", "refused", "unknown"]


class NeedNotWaiting(Refusal):
    code = "need-not-waiting"
    title = "The need does not wait for a person"


class NothingAsked(Refusal):
    code = "supplier-not-awaited"
    title = "No person is asked what this supplier did for the need"


class NeedStatus(StrEnum):
    """Where a need stands."""

    OPEN = "open"
    SOURCING = "sourcing"
    ALLOCATED = "allocated"
    MANUAL = "manual"
    CLOSING = "closing"
    CLOSED = "closed"
    LAPSED = "lapsed"


class Need(Aggregate):
    """See the module."""

    TOPIC = "inventory.Need"

    class Opened(Created):
        TOPIC = "inventory.Need.Opened"
        PRIVATE = True
        shop_id: str
        order_number: str
        line: int
        unit: int
        product_code: str
        rules_version: int
        limits: Limits

    class Reserved(Event):
        TOPIC = "inventory.Need.Reserved"
        PRIVATE = True
        card_id: UUID

    class Unreserved(Event):
        """The reserved card was another need's already, as a restore brought to light, or is not wanted any more."""

        TOPIC = "inventory.Need.Unreserved"
        PRIVATE = True

    class Lapsed(Event):
        TOPIC = "inventory.Need.Lapsed"
        PRIVATE = True

    class Paid(Event):
        TOPIC = "inventory.Need.Paid"
        PRIVATE = True
        is_late: bool

    class Allocated(Event):
        TOPIC = "inventory.Need.Allocated"
        card_id: UUID
        card_preview: str
        supplier_code: str

    class Ordered(Event):
        """A supplier was chosen, by its score at that time."""

        TOPIC = "inventory.Need.Ordered"
        PRIVATE = True
        number: str
        supplier_code: str
        sku_id: int
        score: int
        sample_count: int

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

    class CalledAgain(Event):
        TOPIC = "inventory.Need.CalledAgain"
        PRIVATE = True
        number: str

    class CallFailed(Event):
        """A call brought no usable card. `is_answered`: and this order will bring none."""

        TOPIC = "inventory.Need.CallFailed"
        shop_id: str
        number: str
        supplier_code: str
        error_class: ErrorClass
        call_number: int
        is_answered: bool

    class Delivered(Event):
        """A supplier order brought a usable card."""

        TOPIC = "inventory.Need.Delivered"
        PRIVATE = True
        shop_id: str
        number: str
        supplier_code: str
        latency_milliseconds: int

    class FailedOver(Event):
        TOPIC = "inventory.Need.FailedOver"
        from_supplier: str
        to_supplier: str
        reason: str

    class Exhausted(Event):
        TOPIC = "inventory.Need.Exhausted"
        tried_suppliers: tuple[str, ...]

    class Failed(Event):
        TOPIC = "inventory.Need.Failed"
        reason: str

    class AwaitsPerson(Event):
        TOPIC = "inventory.Need.AwaitsPerson"
        supplier_code: str
        reason: str

    class RunAgain(Event):
        TOPIC = "inventory.Need.RunAgain"
        PRIVATE = True
        staff: str

    class ToldByPerson(Event):
        """A person found out what became of a supplier order (or of forgotten ones: then `number` is empty), and said so."""

        TOPIC = "inventory.Need.ToldByPerson"
        PRIVATE = True
        supplier_code: str
        number: str
        staff: str

    class LateCardStocked(Event):
        TOPIC = "inventory.Need.LateCardStocked"
        number: str
        supplier_code: str
        card_id: UUID

    class Closing(Event):
        TOPIC = "inventory.Need.Closing"
        PRIVATE = True
        holder_id: str

    class Closed(Event):
        TOPIC = "inventory.Need.Closed"
        holder_id: str
        card_id: UUID | None
        was_opened: bool

    @event(Opened)
    def __init__(
        self,
        shop_id: str,
        order_number: str,
        line: int,
        unit: int,
        product_code: str,
        rules_version: int,
        limits: Limits,
    ) -> None:
        self.shop_id = shop_id
        self.order_number = order_number
        self.line = line
        self.unit = unit
        self.product_code = product_code
        self.rules_version = rules_version
        self.limits = limits
        self.status = NeedStatus.OPEN
        self.is_paid = False
        self.paid_on: datetime | None = None
        """When we heard of the payment."""
        self.card_id: UUID | None = None
        self.orders: dict[str, SupplierOrder] = {}
        self.awaited: str | None = None
        """The number of the supplier order under way; at most one at a time."""
        self.tried: list[str] = []
        self.call_counts: dict[str, int] = {}
        self.is_shown_to_person = False
        self.holder_id: str | None = None
        self.searches: dict[str, str] = {}
        """Questions under way about forgotten orders: supplier by key."""
        self.search_count = 0
        self.late_cards: set[UUID] = set()
        """Cards of its supplier orders that became stock."""
        self.sought_epoch = 0
        """The epoch in which it was last searched for forgotten orders."""

    @staticmethod
    def create_id(shop_id: str, order_number: str, line: int, unit: int) -> UUID:
        return stream_id(shop_id, "need", order_number, line, unit)

    @property
    def slot_key(self) -> str:
        return self.product_code

    @property
    def subject(self) -> str | None:
        return self.order_number

    # before the payment

    def reserve(self, *, card_id: UUID) -> None:
        """Note the card that is kept until the payment."""
        assert self.status is NeedStatus.OPEN, f"a {self.status} need reserves"
        assert self.card_id is None, "a need reserves twice"
        self._reserved(card_id=card_id)

    @event(Reserved)
    def _reserved(self, card_id: UUID) -> None:
        self.card_id = card_id

    def unreserve(self) -> None:
        """The card it kept is given back or was another's; it stays payable."""
        assert self.status is NeedStatus.OPEN, f"a {self.status} need gives its reservation up"
        self._unreserved()

    @event(Unreserved)
    def _unreserved(self) -> None:
        self.card_id = None

    def lapse(self) -> None:
        """The order expired unpaid."""
        assert self.status is NeedStatus.OPEN, f"a {self.status} need lapses"
        self._lapsed()

    @event(Lapsed)
    def _lapsed(self) -> None:
        self.status = NeedStatus.LAPSED
        self.card_id = None

    def pay(self, *, is_late: bool) -> None:
        """The order is paid; from here on the need ends with a card, a person, or closed."""
        assert not self.is_paid, "a need is paid twice"
        self._paid(is_late=is_late)

    @event(Paid)
    def _paid(self, is_late: bool) -> None:
        self.is_paid = True
        self.paid_on = self.modified_on
        self.status = NeedStatus.SOURCING

    # sourcing

    @property
    def is_waiting(self) -> bool:
        """Whether a supplier has to answer before it is certain what comes."""
        return self.awaited is not None or bool(self.searches)

    def awaits(self, number: str) -> bool:
        """Whether this supplier order is the one under way."""
        return self.awaited == number

    def allocate(self, *, card_id: UUID, card_preview: str, supplier_code: str) -> None:
        """The card that answers this need."""
        assert self.status is NeedStatus.SOURCING, f"a {self.status} need is given a card"
        assert self.awaited is None, "a need is given a card while a supplier order is under way"
        self._allocated(card_id=card_id, card_preview=card_preview, supplier_code=supplier_code)

    def allocate_again(self, *, card_id: UUID, card_preview: str, supplier_code: str) -> None:
        """The card that was said to answer this need before a restore, whatever it waits for by what we remember."""
        assert self.card_id in (None, card_id), "a need that has a card is given another"
        if not self.is_paid:
            self.pay(is_late=self.status is NeedStatus.LAPSED)
        self._allocated(card_id=card_id, card_preview=card_preview, supplier_code=supplier_code)

    @event(Allocated)
    def _allocated(self, card_id: UUID, card_preview: str, supplier_code: str) -> None:
        self.card_id = card_id
        self.status = NeedStatus.ALLOCATED
        self.awaited = None
        self.is_shown_to_person = False

    # numbers at suppliers

    def next_numbers(self, supplier_code: str, count: int = 1) -> tuple[str, ...]:
        """The numbers that the next orders at a supplier will have."""
        found: list[str] = []
        ordinal = 0
        while len(found) < count:
            ordinal += 1
            number = supplier_order_number(self.id, self.order_number, self.line, self.unit, supplier_code, ordinal)
            order = self.orders.get(number)
            if order is None or order.state is OrderState.PUT_BACK:
                found.append(number)
        return tuple(found)

    def numbers_at(self, supplier_code: str) -> tuple[str, ...]:
        """The numbers that a supplier may have heard for this need: those we remember, and those we may have forgotten."""
        known = tuple(number for number, order in self.orders.items() if order.supplier_code == supplier_code)
        return tuple(dict.fromkeys((*known, *self.next_numbers(supplier_code, FORGOTTEN_ORDERS))))

    def order_from(self, *, supplier_code: str, sku_id: int, score: int, sample_count: int) -> str:
        """Order at a supplier; the number of that order."""
        assert self.status is NeedStatus.SOURCING, f"a {self.status} need is ordered"
        assert self.awaited is None, "a second supplier order while one is under way"
        (number,) = self.next_numbers(supplier_code)
        self._ordered(number=number, supplier_code=supplier_code, sku_id=sku_id, score=score, sample_count=sample_count)
        return number

    @event(Ordered)
    def _ordered(self, number: str, supplier_code: str, sku_id: int, score: int, sample_count: int) -> None:
        self._note_order(number, supplier_code, sku_id)
        self.awaited = number

    def _note_order(self, number: str, supplier_code: str, sku_id: int | None) -> None:
        self.orders[number] = SupplierOrder(supplier_code, sku_id, self.modified_on)
        self.tried.append(supplier_code)
        self.call_counts[supplier_code] = self.call_counts.get(supplier_code, 0) + 1

    # what a restore made us forget

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

    # calls

    def can_call_again(self, number: str) -> bool:
        """Whether a temporary fault of this order leaves another try."""
        return self.orders[number].failure_count < self.limits.temporary_retry_count

    def call_again(self, number: str) -> None:
        """The same order is sent once more, under the same number."""
        self._called_again(number=number)

    @event(CalledAgain)
    def _called_again(self, number: str) -> None:
        order = self.orders[number]
        self.orders[number] = replace(order, failure_count=order.failure_count + 1)
        self.call_counts[order.supplier_code] += 1

    def call_failed(self, number: str, error_class: ErrorClass, *, is_answered: bool) -> None:
        """A call brought no usable card; with `is_answered` the order is over."""
        supplier_code = self.orders[number].supplier_code
        self._call_failed(
            shop_id=self.shop_id,
            number=number,
            supplier_code=supplier_code,
            error_class=error_class,
            call_number=self.call_counts[supplier_code],
            is_answered=is_answered,
        )

    @event(CallFailed)
    def _call_failed(
        self,
        shop_id: str,
        number: str,
        supplier_code: str,
        error_class: ErrorClass,
        call_number: int,
        is_answered: bool,
    ) -> None:
        if is_answered:
            state = OrderState.ANSWERED if error_class == "invalid_card" else OrderState.REFUSED
            self._settle(number, state)

    def delivered(self, number: str, *, now: datetime) -> None:
        """The order brought a usable card, whether it is still wanted or not."""
        order = self.orders[number]
        assert order.state is not OrderState.ANSWERED, "a supplier order is answered twice"
        latency = now - order.ordered_at
        self._delivered(
            shop_id=self.shop_id,
            number=number,
            supplier_code=order.supplier_code,
            latency_milliseconds=max(0, round(latency.total_seconds() * 1_000)),
        )

    @event(Delivered)
    def _delivered(self, shop_id: str, number: str, supplier_code: str, latency_milliseconds: int) -> None:
        self._settle(number, OrderState.ANSWERED)

    def _settle(self, number: str, state: OrderState) -> None:
        self.orders[number] = replace(self.orders[number], state=state)
        if self.awaited == number:
            self.awaited = None
            self.is_shown_to_person = False

    def fail_over(self, to_supplier: str, *, from_supplier: str, reason: str) -> None:
        """Go on to another supplier (or to a card of it that is in stock by now)."""
        self._failed_over(from_supplier=from_supplier, to_supplier=to_supplier, reason=reason)

    @event(FailedOver)
    def _failed_over(self, from_supplier: str, to_supplier: str, reason: str) -> None: ...

    # the manual queue

    def exhaust(self) -> None:
        """Nobody is left to ask."""
        self._exhausted(tried_suppliers=tuple(self.tried))

    def exhaust_again(self, tried_suppliers: tuple[str, ...]) -> None:
        """That nobody was left to ask was said before a restore."""
        self._exhausted(tried_suppliers=tried_suppliers)

    @event(Exhausted)
    def _exhausted(self, tried_suppliers: tuple[str, ...]) -> None:
        self.status = NeedStatus.MANUAL
        self.awaited = None

    def fail(self, reason: str) -> None:
        """There is no card, and none is looked for."""
        self._failed(reason=reason)

    @event(Failed)
    def _failed(self, reason: str) -> None:
        self.status = NeedStatus.MANUAL
        self.awaited = None

    def show_to_person(self, reason: str) -> None:
        """A supplier order, or a question about a forgotten one, goes on without an answer; it is still awaited."""
        assert self.is_waiting
        supplier_code = self.orders[self.awaited].supplier_code if self.awaited is not None else next(iter(self.searches.values()))
        self.await_person(supplier_code, reason)

    def await_person(self, supplier_code: str, reason: str) -> None:
        """A person has to look, about something of this supplier; where the need stands does not change."""
        self._shown_to_person(supplier_code=supplier_code, reason=reason)

    @event(AwaitsPerson)
    def _shown_to_person(self, supplier_code: str, reason: str) -> None:
        self.is_shown_to_person = True

    def run_again(self, *, staff: str) -> None:
        """A person has it tried again, with every supplier; raises NeedNotWaiting."""
        if self.status is not NeedStatus.MANUAL:
            raise NeedNotWaiting(need_id=self.id, need_status=self.status)
        self._ran_again(staff=staff)

    @event(RunAgain)
    def _ran_again(self, staff: str) -> None:
        self.status = NeedStatus.SOURCING
        self.tried = []

    def hear_person(self, *, supplier_code: str, staff: str) -> None:
        """A person tells what a supplier did that does not say it itself; raises NothingAsked unless a person is asked about that."""
        is_awaited = self.awaited is not None and self.orders[self.awaited].supplier_code == supplier_code
        if not self.is_shown_to_person or not (is_awaited or supplier_code in self.searches.values()):
            raise NothingAsked(need_id=self.id, supplier_code=supplier_code)
        self._told_by_person(supplier_code=supplier_code, number=(self.awaited or "") if is_awaited else "", staff=staff)

    @event(ToldByPerson)
    def _told_by_person(self, supplier_code: str, number: str, staff: str) -> None: ...

    # too late

    def stock_late_card(self, number: str, *, card_id: UUID) -> None:
        """A card of this supplier order came that the need has no use for any more."""
        self._late_card_stocked(number=number, supplier_code=self.orders[number].supplier_code, card_id=card_id)

    def stock_late_card_again(self, *, supplier_code: str, card_id: UUID) -> None:
        """That a card of this supplier came too late was said before a restore; by which order is not known any more."""
        self._late_card_stocked(number="", supplier_code=supplier_code, card_id=card_id)

    @event(LateCardStocked)
    def _late_card_stocked(self, number: str, supplier_code: str, card_id: UUID) -> None:
        self.late_cards.add(card_id)

    def begin_closing(self, *, holder_id: str) -> None:
        """No card may reach the buyer any more, but a supplier order must be answered first."""
        assert self.is_waiting
        self._closing(holder_id=holder_id)

    @event(Closing)
    def _closing(self, holder_id: str) -> None:
        self.status = NeedStatus.CLOSING
        self.holder_id = holder_id

    def close(self, *, holder_id: str, card_id: UUID | None, was_opened: bool) -> None:
        """For certain: no card of this need reaches the buyer any more. Exactly once."""
        assert self.status is not NeedStatus.CLOSED, "a need is closed twice"
        self._closed(holder_id=holder_id, card_id=card_id, was_opened=was_opened)

    @event(Closed)
    def _closed(self, holder_id: str, card_id: UUID | None, was_opened: bool) -> None:
        self.status = NeedStatus.CLOSED
        self.holder_id = holder_id
        self.card_id = card_id
        self.awaited = None
