"""While units are pending: they are asked for again, told of as slow, as overdue and as timed out, and fail in the end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from chassis.aggregate import Event, event
from services.order.domain.entitlement import Entitlement
from services.order.domain.lines import UnitKey
from services.order.domain.order_units import OrderUnits

SOURCING_EXHAUSTED, TIMEOUT = "sourcing_exhausted", "timeout"


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

    class UnitStuck(Event):
        """No supplier that was asked had its card: a person may have them tried again, until the last deadline."""

        TOPIC = "order.Order.UnitStuck"
        PRIVATE = True
        line: int
        unit: int

    class UnitTimedOut(Event):
        """Its last deadline has passed; what is under way is cancelled or asked first, so it has not failed yet."""

        TOPIC = "order.Order.UnitTimedOut"
        line: int
        unit: int

    class GiveUpPostponed(Event):
        """After a restore inventory's words are heard again first; put off once."""

        TOPIC = "order.Order.GiveUpPostponed"
        PRIVATE = True

    def next_deadline(self) -> datetime | None:
        """When something is to be done about a pending unit next; None where none is pending."""
        moments = [at for unit in self.pending() for at in self._deadlines(unit)]
        return min(moments, default=None)

    def _deadlines(self, unit: Entitlement) -> Iterator[datetime]:
        assert self.limits is not None, "not paid"
        assert self.confirmed_at is not None, "not paid"
        assert self.gives_up_at is not None, "not paid"
        if unit.is_timed_out:
            return
        if unit.asked_count == 1:
            yield self.confirmed_at + self.limits.redelivery
        slow_at = self._slow_at(unit)
        if slow_at is not None:
            yield slow_at
        if not unit.is_overdue:
            yield self.confirmed_at + self.limits.overdue
        yield self.gives_up_at

    def ask_again(self, now: datetime) -> None:
        """Ask once more for each unit that by now is pending too long: the same need."""
        for unit in self.pending():
            assert self.limits is not None, "not paid"
            if unit.asked_count == 1 and self.since_payment(now) >= self.limits.redelivery:
                self._asked_again(**unit.key._asdict(), asked_count=unit.asked_count + 1)

    @event(UnitAskedAgain)
    def _asked_again(self, line: int, unit: int, asked_count: int) -> None:
        self._change(line, unit, asked_count=asked_count)

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
        """Tell, once each, the units that by now are pending past their limit."""
        for unit in self.pending():
            assert self.limits is not None, "not paid"
            if not unit.is_overdue and self.since_payment(now) >= self.limits.overdue:
                seconds = int(self.since_payment(now).total_seconds())
                self._overdue(**unit.key._asdict(), overdue_seconds=seconds)

    @event(UnitOverdue)
    def _overdue(self, line: int, unit: int, overdue_seconds: int) -> None:
        self._change(line, unit, is_overdue=True)

    def note_stuck(self, key: UnitKey) -> None:
        """No supplier had the card of a pending unit; anything but a pending unit stays as it is."""
        unit = self.units.get(key)
        if unit is not None and unit in self.pending() and not unit.is_stuck:
            self._stuck(**key._asdict())

    @event(UnitStuck)
    def _stuck(self, line: int, unit: int) -> None:
        self._change(line, unit, is_stuck=True)

    def time_out(self) -> None:
        """Have the needs of all pending units ended, once each: inventory says which got a card."""
        for unit in self.pending():
            if not unit.is_timed_out:
                self._timed_out(**unit.key._asdict())

    @event(UnitTimedOut)
    def _timed_out(self, line: int, unit: int) -> None:
        self._change(line, unit, is_timed_out=True)

    def fail_closed(self, key: UnitKey) -> None:
        """Inventory has closed the need of a unit: where it is still pending, it has failed."""
        unit = self.units.get(key)
        if unit is not None:
            self.fail(key, SOURCING_EXHAUSTED if unit.is_stuck else TIMEOUT)

    def postpone_give_up(self) -> bool:
        """Put the end of the saga off, once, and only while a unit is pending; False where it is not put off."""
        if self.is_give_up_postponed or not self.pending():
            return False
        self._give_up_postponed()
        return True

    @event(GiveUpPostponed)
    def _give_up_postponed(self) -> None:
        assert self.limits is not None, "not paid"
        self.is_give_up_postponed = True
        self.gives_up_at = self.modified_on + self.limits.give_up
