"""While units are pending: they are asked for again, told of as slow and as overdue, and given up in the end."""

from __future__ import annotations

from datetime import datetime, timedelta

from chassis.aggregate import Event, event
from services.order.domain.entitlement import Entitlement
from services.order.domain.order_units import OrderUnits


class OrderWaiting(OrderUnits):
    """What the deadlines do to pending units."""

    is_give_up_postponed: bool

    class UnitAskedAgain(Event):
        TOPIC = "order.Order.UnitAskedAgain"
        line: int
        unit: int
        asked_count: int

    class UnitSlow(Event):
        TOPIC = "order.Order.UnitSlow"
        line: int
        unit: int
        expected_milliseconds: int

    class UnitOverdue(Event):
        TOPIC = "order.Order.UnitOverdue"
        line: int
        unit: int
        overdue_seconds: int

    class GiveUpPostponed(Event):
        """After a restore inventory's words are heard again first; put off once."""

        TOPIC = "order.Order.GiveUpPostponed"
        PRIVATE = True

    def ask_again(self) -> None:
        """Ask once more for each pending unit: the same need."""
        for unit in self.pending():
            self._asked_again(**unit.key._asdict(), asked_count=unit.asked_count + 1)

    @event(UnitAskedAgain)
    def _asked_again(self, line: int, unit: int, asked_count: int) -> None:
        self._change(line, unit, asked_count=asked_count)

    def next_slow_at(self) -> datetime | None:
        """When the next pending unit passes its product's usual time; None where none will, or is not known."""
        moments = [at for unit in self.pending() if (at := self._slow_at(unit)) is not None]
        return min(moments, default=None)

    def tell_slow(self, now: datetime) -> None:
        """Tell, once each, the pending units that by now take longer than usual."""
        for unit in self.pending():
            slow_at = self._slow_at(unit)
            if slow_at is not None and slow_at <= now:
                expected = self.expected_milliseconds[unit.product_code]
                self._slow(**unit.key._asdict(), expected_milliseconds=expected)

    def _slow_at(self, unit: Entitlement) -> datetime | None:
        expected = self.expected_milliseconds.get(unit.product_code)
        if expected is None or unit.is_slow or self.confirmed_at is None:
            return None
        return self.confirmed_at + timedelta(milliseconds=expected)

    @event(UnitSlow)
    def _slow(self, line: int, unit: int, expected_milliseconds: int) -> None:
        self._change(line, unit, is_slow=True)

    def tell_overdue(self, now: datetime) -> None:
        """Tell, once each, the pending units that are past their limit."""
        for unit in self.pending():
            if not unit.is_overdue:
                seconds = int(self.since_payment(now).total_seconds())
                self._overdue(**unit.key._asdict(), overdue_seconds=seconds)

    @event(UnitOverdue)
    def _overdue(self, line: int, unit: int, overdue_seconds: int) -> None:
        self._change(line, unit, is_overdue=True)

    def postpone_give_up(self) -> bool:
        """Whether the end of the saga may be put off: once, and only while a unit is pending."""
        if self.is_give_up_postponed or not self.pending():
            return False
        self._give_up_postponed()
        return True

    @event(GiveUpPostponed)
    def _give_up_postponed(self) -> None:
        self.is_give_up_postponed = True
