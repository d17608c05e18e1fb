"""A need: one asking for the card of one (order, line, unit), from the placing of the order to a card or a person.

    open ──paid──▶ sourcing ──card──▶ allocated ──┐
      │ expired       │ nobody left ▶ manual ─────┼─ DeliveryFailed ─▶ (closing ─▶) closed
      ▼               │                           │
    lapsed ──paid late┴───────────────────────────┘

`closing` waits for the answer of a supplier order that is under way: only then is it certain that no card comes. `ending` waits for it as
well, but the order still takes the card: its last deadline has passed, and nobody gave it up yet (`ending.py`). Each supplier order
has a number of its own (`numbers.py`) and ends answered: refused, with a card, or with a bad one. After a restore a need first
searches: its suppliers are asked what they delivered while nobody here remembers (`seeking.py`). This stream records; what to do next
is decided in `saga.py`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from contracts.values import Money
from services.inventory.sourcing.domain.by_hand import HandDelivery
from services.inventory.sourcing.domain.limits import Limits
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.sourcing.domain.supplier_order import SupplierOrder


class Need(HandDelivery, Aggregate):
    """See the module."""

    TOPIC = "inventory.Need"

    class Opened(Created):
        TOPIC = "inventory.Need.Opened"
        PRIVATE = True
        class_version = 2
        shop_id: str
        order_number: str
        line: int
        unit: int
        product_code: str
        rules_version: int
        limits: Limits

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> dict[str, Any]:
            return {**state, "limits": {**state["limits"], "claim_seconds": 1_800.0}}

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
        """`unit_price`: what the buyer paid for this card; None where that was not heard."""

        TOPIC = "inventory.Need.Paid"
        PRIVATE = True
        class_version = 2
        is_late: bool
        unit_price: Money | None

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> dict[str, Any]:
            return {**state, "unit_price": None}

    class PriceHeard(Event):
        """A restore had lost what was paid for the card, and it was heard again."""

        TOPIC = "inventory.Need.PriceHeard"
        PRIVATE = True
        unit_price: Money

    class Allocated(Event):
        TOPIC = "inventory.Need.Allocated"
        card_id: UUID
        card_preview: str
        supplier_code: str

    class ToppedUp(Event):
        """A supplier has made the top-up to the buyer's account."""

        TOPIC = "inventory.Need.ToppedUp"
        supplier_code: str

    class Ending(Event):
        """Its order waits no longer than for the supplier order under way, whose card it still takes."""

        TOPIC = "inventory.Need.Ending"
        PRIVATE = True
        holder_id: str

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
        self.unit_price: Money | None = None
        self.paid_on: datetime | None = None
        """When we heard of the payment."""
        self.card_id: UUID | None = None
        self.topped_up_by: str | None = None
        """Who made the top-up that answers it."""
        self.orders: dict[str, SupplierOrder] = {}
        self.awaited: str | None = None
        self.tried: list[str] = []
        self.call_counts: dict[str, int] = {}
        self.is_shown_to_person = False
        self.rerun_count = 0
        self.holder_id: str | None = None
        self.searches: dict[str, str] = {}
        self.search_count = 0
        self.late_cards: set[UUID] = set()
        self.claimed_by: str | None = None
        self.claimed_until: datetime | None = None
        self.end_asked_by: str | None = None
        self.sought_epoch = 0

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

    def pay(self, *, is_late: bool, unit_price: Money | None = None) -> None:
        """The order is paid; from here on the need ends with a card, a person, or closed."""
        assert not self.is_paid, "a need is paid twice"
        self._paid(is_late=is_late, unit_price=unit_price)

    @event(Paid)
    def _paid(self, is_late: bool, unit_price: Money | None) -> None:
        self.is_paid = True
        self.unit_price = unit_price
        self.paid_on = self.modified_on
        self.status = NeedStatus.SOURCING

    def hear_price(self, unit_price: Money) -> None:
        """Note what was paid for the card, where that is not known."""
        assert self.is_paid, "the price of a need that is not paid"
        self._price_heard(unit_price=unit_price)

    @event(PriceHeard)
    def _price_heard(self, unit_price: Money) -> None:
        self.unit_price = unit_price

    # sourcing

    def allocate(self, *, card_id: UUID, card_preview: str, supplier_code: str) -> None:
        """The card that answers this need."""
        assert self.status in (NeedStatus.SOURCING, NeedStatus.ENDING), f"a {self.status} need is given a card"
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
        self.claimed_by = None
        self.is_shown_to_person = False

    def top_up(self, *, supplier_code: str) -> None:
        """The top-up that answers this need is made."""
        assert self.status in (NeedStatus.SOURCING, NeedStatus.ENDING), f"a {self.status} need is topped up"
        assert self.awaited is None, "a need is topped up while a supplier order is under way"
        self._topped_up(supplier_code=supplier_code)

    def top_up_again(self, *, supplier_code: str) -> bool:
        """That the top-up is made was said before a restore; known already: False."""
        if self.status in (NeedStatus.ALLOCATED, NeedStatus.CLOSED):
            return False
        if not self.is_paid:
            self.pay(is_late=self.status is NeedStatus.LAPSED)
        self._topped_up(supplier_code=supplier_code)
        return True

    @event(ToppedUp)
    def _topped_up(self, supplier_code: str) -> None:
        self.topped_up_by = supplier_code
        self.status = NeedStatus.ALLOCATED
        self.awaited = None
        self.claimed_by = None
        self.is_shown_to_person = False

    # the end

    def begin_ending(self, *, holder_id: str) -> None:
        """Look no further: the supplier order under way is answered, with a card for the buyer or without, and then the need is over."""
        assert self.is_waiting
        self._ending(holder_id=holder_id)

    @event(Ending)
    def _ending(self, holder_id: str) -> None:
        self.status = NeedStatus.ENDING
        self.holder_id = holder_id

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
        self.claimed_by = None
        self.holder_id = holder_id
        self.card_id = card_id
        self.awaited = None
