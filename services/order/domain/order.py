"""An order with its payment, its fulfilment saga and what the buyer is entitled to, unit by unit.

The order is placed, then paid or expired; an expired one may still be paid, late. From the payment on each unit is pending until
it is delivered (and later revealed) or has failed; those two never meet in one unit. The order is closed once no unit can change
by itself any more.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from contracts.values import Money
from services.order.domain.entitlement import Entitlement, UnitState
from services.order.domain.limits import Limits
from services.order.domain.lines import Line, UnitKey, need_id, units_of


class OrderState(StrEnum):
    PLACED = "placed"
    EXPIRED = "expired"
    PAID = "paid"


class Order(Aggregate):
    """One order of one shop, by the shop's own number."""

    TOPIC = "order.Order"

    class Placed(Created):
        TOPIC = "order.Order.Placed"
        shop_id: str
        order_number: str
        lines: tuple[Line, ...]
        amount: Money
        contact_fingerprint: str
        contact_reference: str | None  # None: taken back from its message after a restore, which carries the fingerprint only
        origin_reference: str | None
        expires_at: datetime
        is_taken_over: bool

    class ContactSealedAgain(Event):
        """The shop sent an order again whose sealed contact a restore had lost."""

        TOPIC = "order.Order.ContactSealedAgain"
        PRIVATE = True
        contact_reference: str
        origin_reference: str | None

    class SearchBegun(Event):
        """From here on the order has a `PaymentSearch`."""

        TOPIC = "order.Order.SearchBegun"
        PRIVATE = True

    class Expired(Event):
        TOPIC = "order.Order.Expired"

    class Paid(Event):
        """The first event of the fulfilment saga. `expected_milliseconds`: each product's live p95 at this moment."""

        TOPIC = "order.Order.Paid"
        provider: str
        trade_number: str
        amount: Money
        paid_at: datetime
        is_late: bool
        rules_version: int
        limits: Limits
        expected_milliseconds: dict[str, int]

    class PaidAgain(Event):
        TOPIC = "order.Order.PaidAgain"
        provider: str
        trade_number: str
        amount: Money

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

    class GiveUpPostponed(Event):
        """After a restore inventory's words are heard again first; put off once."""

        TOPIC = "order.Order.GiveUpPostponed"
        PRIVATE = True

    class Closed(Event):
        TOPIC = "order.Order.Closed"
        outcome: str

    @event(Placed)
    def __init__(
        self,
        shop_id: str,
        order_number: str,
        lines: tuple[Line, ...],
        amount: Money,
        contact_fingerprint: str,
        contact_reference: str | None,
        origin_reference: str | None,
        expires_at: datetime,
        is_taken_over: bool,
    ) -> None:
        self.shop_id = shop_id
        self.order_number = order_number
        self.lines = lines
        self.amount = amount
        self.contact_fingerprint = contact_fingerprint
        self.contact_reference = contact_reference
        self.origin_reference = origin_reference
        self.expires_at = expires_at
        self.is_taken_over = is_taken_over
        self.is_recovered = contact_reference is None
        """Whether a restore had lost it, and its message gave it back."""
        self.has_search = False
        self.is_give_up_postponed = False
        self.placed_at = self.modified_on
        self.state = OrderState.PLACED
        self.units = {key: Entitlement(key, product_code) for key, product_code in units_of(lines)}
        self.provider: str | None = None
        self.trade_number: str | None = None
        self.confirmed_at: datetime | None = None
        self.paid_at: datetime | None = None
        self.is_late = False
        self.limits: Limits | None = None
        self.rules_version: int | None = None
        self.expected_milliseconds: dict[str, int] = {}
        self.second_payments: tuple[tuple[str, str], ...] = ()
        self.strays: frozenset[str] = frozenset()
        self.outcome: str | None = None

    @staticmethod
    def create_id(shop_id: str, order_number: str) -> UUID:
        return stream_id(shop_id, "order", order_number)

    @property
    def slot_key(self) -> str:
        return self.order_number

    @property
    def subject(self) -> str | None:
        return self.order_number

    def need_id(self, unit: UnitKey) -> UUID:
        """The need that asks for the unit's card."""
        return need_id(self.shop_id, self.order_number, unit)

    # before the money

    def is_same_as(self, *, lines: tuple[Line, ...], amount: Money, contact_fingerprint: str, is_taken_over: bool) -> bool:
        """Whether a placing with this content is this very order, sent again."""
        asked = (lines, amount, contact_fingerprint, is_taken_over)
        return asked == (self.lines, self.amount, self.contact_fingerprint, self.is_taken_over)

    def seal_contact_again(self, contact_reference: str, origin_reference: str | None) -> bool:
        """Take a contact whose earlier sealing was lost; False where it was not."""
        if self.contact_reference is not None:
            return False
        self._contact_sealed_again(contact_reference=contact_reference, origin_reference=origin_reference)
        return True

    @event(ContactSealedAgain)
    def _contact_sealed_again(self, contact_reference: str, origin_reference: str | None) -> None:
        self.contact_reference = contact_reference
        self.origin_reference = origin_reference

    def note_search(self) -> None:
        if not self.has_search:
            self._search_begun()

    @event(SearchBegun)
    def _search_begun(self) -> None:
        self.has_search = True

    def expire(self) -> bool:
        """Let an unpaid order lapse; False where it is no longer unpaid."""
        if self.state is not OrderState.PLACED:
            return False
        self._expired()
        return True

    @event(Expired)
    def _expired(self) -> None:
        self.state = OrderState.EXPIRED

    # the money

    def knows_payment(self, provider: str, trade_number: str) -> bool:
        """Whether this very payment was taken already, as the first or as a further one."""
        payment = (provider, trade_number)
        return payment == (self.provider, self.trade_number) or payment in self.second_payments

    def take_payment(
        self,
        *,
        provider: str,
        trade_number: str,
        amount: Money,
        paid_at: datetime,
        rules_version: int,
        limits: Limits,
        expected_milliseconds: dict[str, int],
        is_late: bool | None = None,
    ) -> bool:
        """Take a proven payment of the exact amount; True where it is the one that pays the order.

        A known one changes nothing; one more for an order that is paid is recorded, so that its money goes back. `is_late`: as was
        said before, where it was; else it follows from the order.
        """
        if self.knows_payment(provider, trade_number):
            return False
        assert amount == self.amount, "only a payment of the exact amount is taken"
        if self.state is OrderState.PAID:
            self._paid_again(provider=provider, trade_number=trade_number, amount=amount)
            return False
        self._paid(
            provider=provider,
            trade_number=trade_number,
            amount=amount,
            paid_at=paid_at,
            is_late=self.state is OrderState.EXPIRED if is_late is None else is_late,
            rules_version=rules_version,
            limits=limits,
            expected_milliseconds=expected_milliseconds,
        )
        return True

    @event(Paid)
    def _paid(
        self,
        provider: str,
        trade_number: str,
        amount: Money,
        paid_at: datetime,
        is_late: bool,
        rules_version: int,
        limits: Limits,
        expected_milliseconds: dict[str, int],
    ) -> None:
        self.state = OrderState.PAID
        self.provider = provider
        self.trade_number = trade_number
        self.paid_at = paid_at
        self.confirmed_at = self.modified_on
        self.is_late = is_late
        self.rules_version = rules_version
        self.limits = limits
        self.expected_milliseconds = expected_milliseconds

    def note_second_payment(self, *, provider: str, trade_number: str, amount: Money) -> None:
        """A further payment that we have told of before is a fact again, whatever is known of the first."""
        if not self.knows_payment(provider, trade_number):
            self._paid_again(provider=provider, trade_number=trade_number, amount=amount)

    @event(PaidAgain)
    def _paid_again(self, provider: str, trade_number: str, amount: Money) -> None:
        self.second_payments = (*self.second_payments, (provider, trade_number))

    # the saga

    def pending(self) -> list[Entitlement]:
        """The units that are paid for and still wait for their card."""
        if self.state is not OrderState.PAID:
            return []
        return [unit for unit in self.units.values() if unit.state is UnitState.PENDING]

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

    def postpone_give_up(self) -> bool:
        """Whether the end of the saga may be put off: once, and only while a unit is pending."""
        if self.is_give_up_postponed or not self.pending():
            return False
        self._give_up_postponed()
        return True

    @event(GiveUpPostponed)
    def _give_up_postponed(self) -> None:
        self.is_give_up_postponed = True

    def give_up(self, reason: str) -> None:
        """End every pending unit."""
        for unit in self.pending():
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
