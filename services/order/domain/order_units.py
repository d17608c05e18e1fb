"""What the buyer is entitled to, unit by unit: pending until it is delivered or has failed, and those two never meet in one unit."""

from __future__ import annotations

from datetime import datetime, timedelta

from chassis.aggregate import Event, event
from services.order.domain.entitlement import Entitlement, UnitState
from services.order.domain.lines import UnitKey
from services.order.domain.order_payment import OrderPayment
from services.order.domain.order_state import OrderState


class OrderUnits(OrderPayment):
    """The units of an order and how each ends; the order is closed with the last."""

    order_number: str
    units: dict[UnitKey, Entitlement]
    strays: frozenset[str]
    outcome: str | None

    class UnitDelivered(Event):
        TOPIC = "order.Order.UnitDelivered"
        shop_id: str
        product_code: str
        line: int
        unit: int
        card_id: str
        card_preview: str
        supplier_code: str
        delivery_milliseconds: int

    class UnitFailed(Event):
        TOPIC = "order.Order.UnitFailed"
        shop_id: str
        order_number: str
        product_code: str
        line: int
        unit: int
        reason: str

    class UnitRevealed(Event):
        TOPIC = "order.Order.UnitRevealed"
        PRIVATE = True  # inventory's CardOpened is the public truth
        line: int
        unit: int

    class CardNotAwaited(Event):
        """A card came for a unit that could not take it: nothing is delivered, inventory keeps the card."""

        TOPIC = "order.Order.CardNotAwaited"
        PRIVATE = True
        line: int
        unit: int
        card_id: str
        reason: str

    class CardContradicted(Event):
        """Inventory names another card for a unit than the one delivered: our word stands, and a person looks at it."""

        TOPIC = "order.Order.CardContradicted"
        PRIVATE = True
        shop_id: str
        order_number: str
        line: int
        unit: int
        card_id: str
        delivered_card_id: str

    class Closed(Event):
        TOPIC = "order.Order.Closed"
        outcome: str

    def pending(self) -> list[Entitlement]:
        """The units that are paid for and still wait for their card."""
        if self.state is not OrderState.PAID:
            return []
        return [unit for unit in self.units.values() if unit.state is UnitState.PENDING]

    def deliver(
        self,
        key: UnitKey,
        *,
        card_id: str,
        card_preview: str,
        supplier_code: str,
        now: datetime,
        delivery_milliseconds: int | None = None,
    ) -> None:
        """Give a pending unit its card. A card that nobody waits for, or that another unit of the order has, is noted once;
        the unit's own card again is nothing. `delivery_milliseconds`: as was said before, where it was.
        """
        unit = self.units.get(key)
        if unit is not None and unit.card_id == card_id:
            return
        is_given = any(each.card_id == card_id for each in self.units.values())
        if self.state is OrderState.PAID and unit is not None and unit.state is UnitState.PENDING and not is_given:
            measured = max(0, int(self.since_payment(now) / timedelta(milliseconds=1)))
            self._delivered(
                shop_id=self.shop_id,
                product_code=unit.product_code,
                **key._asdict(),
                card_id=card_id,
                card_preview=card_preview,
                supplier_code=supplier_code,
                delivery_milliseconds=measured if delivery_milliseconds is None else delivery_milliseconds,
            )
        elif card_id in self.strays:
            return
        elif unit is not None and unit.card_id is not None and not is_given:
            self._card_contradicted(
                shop_id=self.shop_id,
                order_number=self.order_number,
                **key._asdict(),
                card_id=card_id,
                delivered_card_id=unit.card_id,
            )
        else:
            reason = "given_to_another_unit" if is_given else self._why_not(unit)
            self._card_not_awaited(**key._asdict(), card_id=card_id, reason=reason)

    def _why_not(self, unit: Entitlement | None) -> str:
        if unit is None:
            return "no_such_unit"
        return f"unit_{unit.state.value}" if self.state is OrderState.PAID else "not_paid"

    @event(UnitDelivered)
    def _delivered(
        self,
        shop_id: str,
        product_code: str,
        line: int,
        unit: int,
        card_id: str,
        card_preview: str,
        supplier_code: str,
        delivery_milliseconds: int,
    ) -> None:
        self._change(
            line,
            unit,
            state=UnitState.DELIVERED,
            card_id=card_id,
            card_preview=card_preview,
            delivered_at=self.modified_on,
            delivery_milliseconds=delivery_milliseconds,
        )

    @event(CardNotAwaited)
    def _card_not_awaited(self, line: int, unit: int, card_id: str, reason: str) -> None:
        self.strays |= {card_id}

    @event(CardContradicted)
    def _card_contradicted(self, shop_id: str, order_number: str, line: int, unit: int, card_id: str, delivered_card_id: str) -> None:
        self.strays |= {card_id}

    def reveal(self, key: UnitKey, card_id: str) -> None:
        """The buyer has seen the unit's card; anything but the first sight of its own card changes nothing."""
        unit = self.units.get(key)
        if unit is not None and unit.state is UnitState.DELIVERED and unit.card_id == card_id:
            self._revealed(**key._asdict())
            self._close_when_done()

    @event(UnitRevealed)
    def _revealed(self, line: int, unit: int) -> None:
        self._change(line, unit, state=UnitState.REVEALED)

    def fail(self, key: UnitKey, reason: str) -> None:
        """End a pending unit without its card; anything but a pending unit stays as it is."""
        unit = self.units.get(key)
        if unit is not None and unit in self.pending():
            self._fail(unit, reason)
            self._close_when_done()

    def _fail(self, unit: Entitlement, reason: str) -> None:
        self._failed(
            shop_id=self.shop_id,
            order_number=self.order_number,
            product_code=unit.product_code,
            **unit.key._asdict(),
            reason=reason,
        )

    @event(UnitFailed)
    def _failed(self, shop_id: str, order_number: str, product_code: str, line: int, unit: int, reason: str) -> None:
        self._change(line, unit, state=UnitState.FAILED, failure=reason)

    def _close_when_done(self) -> None:
        states = {unit.state for unit in self.units.values()}
        if self.outcome is not None or self.state is not OrderState.PAID or not states <= {UnitState.REVEALED, UnitState.FAILED}:
            return
        if states == {UnitState.REVEALED}:
            self._closed(outcome="delivered")
        else:
            self._closed(outcome="failed" if states == {UnitState.FAILED} else "partly_delivered")

    @event(Closed)
    def _closed(self, outcome: str) -> None:
        self.outcome = outcome

    def since_payment(self, now: datetime) -> timedelta:
        """How long ago the payment was confirmed."""
        assert self.confirmed_at is not None, "not paid"
        return now - self.confirmed_at

    def _change(self, line: int, unit: int, **values: object) -> None:
        key = UnitKey(line, unit)
        self.units[key] = self.units[key].changed(**values)
