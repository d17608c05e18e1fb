"""The supplier orders of a need: each has a number of its own, and at most one is under way until it is answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from chassis.aggregate import Event, Part, event
from contracts.values import Money
from services.inventory.sourcing.domain.choosing import Ranked
from services.inventory.sourcing.domain.limits import Limits
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.sourcing.domain.numbers import supplier_order_number
from services.inventory.sourcing.domain.supplier_order import OrderState, SupplierOrder

ErrorClass = Literal["temporary", "out_of_stock", "no_balance", "delisted", "invalid_card", "refused", "unknown"]

NO_FAULT = frozenset({"out_of_stock", "no_balance", "delisted"})
"""Refusals that tell nothing of how well the supplier works."""


class SupplierOrdering(Part):
    """What is ordered at suppliers, and what became of it."""

    status: NeedStatus
    order_number: str
    line: int
    unit: int
    product_code: str
    limits: Limits
    orders: dict[str, SupplierOrder]
    awaited: str | None
    """The number of the supplier order under way; at most one at a time."""
    tried: list[str]
    call_counts: dict[str, int]
    is_shown_to_person: bool
    late_cards: set[UUID]
    """Cards of its supplier orders that became stock."""

    class Ordered(Event):
        """A supplier was chosen, by what was known of it at that time (`choosing.py` tells what `points` are).

        `rival_count`: suppliers that could have been asked instead. `price`: of the card, by its offer; None: not noted then.
        `tilt`: of the supplier and of its offer together.
        """

        TOPIC = "inventory.Need.Ordered"
        PRIVATE = True
        class_version = 2
        number: str
        supplier_code: str
        sku_id: int
        score: int
        sample_count: int
        price: Money | None
        tilt: int
        points: int
        rival_count: int

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> dict[str, Any]:
            return {**state, "price": None, "tilt": 0, "points": 0, "rival_count": 0}

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

    class TopUpFailed(Event):
        """The supplier did not make the top-up under this number, and will not; another supplier may be asked."""

        TOPIC = "inventory.Need.TopUpFailed"
        number: str
        supplier_code: str
        reason: ErrorClass

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
        class_version = 2
        shop_id: str
        product_code: str
        from_supplier: str
        to_supplier: str
        reason: str

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> dict[str, Any]:
            return {**state, "shop_id": "", "product_code": ""}

    class LateCardStocked(Event):
        TOPIC = "inventory.Need.LateCardStocked"
        number: str
        supplier_code: str
        card_id: UUID

    def awaits(self, number: str) -> bool:
        """Whether this supplier order is the one under way."""
        return self.awaited == number

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

    def order_from(self, sku_id: int, chosen: Ranked, *, rival_count: int) -> str:
        """Order at a supplier; the number of that order."""
        assert self.status is NeedStatus.SOURCING, f"a {self.status} need is ordered"
        assert self.awaited is None, "a second supplier order while one is under way"
        supplier_code, known = chosen.candidate.supplier_code, chosen.candidate
        (number,) = self.next_numbers(supplier_code)
        self._ordered(
            number=number,
            supplier_code=supplier_code,
            sku_id=sku_id,
            score=known.score.score,
            sample_count=known.score.sample_count,
            price=known.price,
            tilt=known.tilt,
            points=chosen.points,
            rival_count=rival_count,
        )
        return number

    @event(Ordered)
    def _ordered(
        self,
        number: str,
        supplier_code: str,
        sku_id: int,
        score: int,
        sample_count: int,
        price: Money | None,
        tilt: int,
        points: int,
        rival_count: int,
    ) -> None:
        self._note_order(number, supplier_code, sku_id)
        self.awaited = number

    def _note_order(self, number: str, supplier_code: str, sku_id: int | None) -> None:
        self.orders[number] = SupplierOrder(supplier_code, sku_id, self.modified_on)
        self.tried.append(supplier_code)
        self.call_counts[supplier_code] = self.call_counts.get(supplier_code, 0) + 1

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

    def fail_top_up(self, number: str, reason: ErrorClass) -> None:
        """An order that is over was one for a top-up."""
        self._top_up_failed(number=number, supplier_code=self.orders[number].supplier_code, reason=reason)

    @event(TopUpFailed)
    def _top_up_failed(self, number: str, supplier_code: str, reason: ErrorClass) -> None: ...

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
        self._failed_over(
            shop_id=self.shop_id, product_code=self.product_code, from_supplier=from_supplier, to_supplier=to_supplier, reason=reason
        )

    @event(FailedOver)
    def _failed_over(self, shop_id: str, product_code: str, from_supplier: str, to_supplier: str, reason: str) -> None: ...

    def stock_late_card(self, number: str, *, card_id: UUID) -> None:
        """A card of this supplier order came that the need has no use for any more."""
        self._late_card_stocked(number=number, supplier_code=self.orders[number].supplier_code, card_id=card_id)

    def stock_late_card_again(self, *, supplier_code: str, card_id: UUID) -> None:
        """That a card of this supplier came too late was said before a restore; by which order is not known any more."""
        self._late_card_stocked(number="", supplier_code=supplier_code, card_id=card_id)

    @event(LateCardStocked)
    def _late_card_stocked(self, number: str, supplier_code: str, card_id: UUID) -> None:
        self.late_cards.add(card_id)
