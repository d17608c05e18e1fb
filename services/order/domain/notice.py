"""A payment notice: what a provider (or somebody in its name) said about a payment, and what became of it.

One stream per shop, provider and identity, so the same notice said again finds its own history. It is received, then

    accepted · disregarded (says nothing about a payment) · refused, with a reason · awaiting the provider's confirmation

Only the reasons in `PASSING_REASONS` may be otherwise tomorrow (the order comes after its notice, the gateway lags behind itself);
a notice refused for one of those is judged again when it is said again. All other verdicts stand.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from contracts.values import Money
from services.order.domain.limits import Limits

UNKNOWN_ORDER = "unknown_order"
WRONG_AMOUNT = "wrong_amount"
NOT_PAID = "not_paid"
TRADE_NOT_CONFIRMED = "trade_not_confirmed"
PASSING_REASONS = frozenset({UNKNOWN_ORDER, NOT_PAID})


class NoticeState(StrEnum):
    RECEIVED = "received"
    AWAITING = "awaiting"
    ACCEPTED = "accepted"
    DISREGARDED = "disregarded"
    REFUSED = "refused"


class PaymentNotice(Aggregate):
    """One notice by its identity (a hash of what it says; see `notices/reading.py`)."""

    TOPIC = "order.PaymentNotice"

    class Received(Created):
        """`order_number` and `trade_number` are the notice's own words; `amount` is None where it was not read."""

        TOPIC = "order.PaymentNotice.Received"
        PRIVATE = True
        shop_id: str
        provider: str
        identity: str
        order_number: str
        trade_number: str | None
        amount: Money | None
        paid_at: datetime | None

    class Awaited(Event):
        """Rightly signed, but only the provider's own confirmation proves it."""

        TOPIC = "order.PaymentNotice.Awaited"
        PRIVATE = True
        limits: Limits

    class NotConfirmedYet(Event):
        TOPIC = "order.PaymentNotice.NotConfirmedYet"
        PRIVATE = True
        check_count: int

    class AmountProven(Event):
        """The payment is genuine, and of another amount than the order's: so much was paid, and must go back."""

        TOPIC = "order.PaymentNotice.AmountProven"
        PRIVATE = True  # told by the refusal that follows
        trade_number: str
        amount: Money

    class Accepted(Event):
        TOPIC = "order.PaymentNotice.Accepted"
        PRIVATE = True  # the order says what its payment changed

    class Disregarded(Event):
        TOPIC = "order.PaymentNotice.Disregarded"
        PRIVATE = True

    class Refused(Event):
        TOPIC = "order.PaymentNotice.Refused"
        order_id: str | None
        reason: str

    @event(Received)
    def __init__(
        self,
        shop_id: str,
        provider: str,
        identity: str,
        order_number: str,
        trade_number: str | None,
        amount: Money | None,
        paid_at: datetime | None,
    ) -> None:
        self.shop_id = shop_id
        self.provider = provider
        self.identity = identity
        self.order_number = order_number
        self.trade_number = trade_number
        self.amount = amount
        self.paid_at = paid_at
        self.state = NoticeState.RECEIVED
        self.reason: str | None = None
        """Why it is refused; None in every other state."""
        self.limits: Limits | None = None
        self.check_count = 0
        self.proven_trade_number: str | None = None
        self.proven_amount: Money | None = None
        """Of a genuine payment that is refused for its amount."""

    @staticmethod
    def create_id(shop_id: str, provider: str, identity: str) -> UUID:
        return stream_id(shop_id, "notice", provider, identity)

    @property
    def slot_key(self) -> str:
        return self.order_number

    @property
    def subject(self) -> str | None:
        return self.order_number

    @property
    def is_open_to_judgement(self) -> bool:
        """Not judged yet, or refused for a reason that time may change."""
        if self.state is NoticeState.REFUSED:
            return self.reason in PASSING_REASONS
        return self.state is NoticeState.RECEIVED

    def accept(self) -> None:
        self._accepted()

    @event(Accepted)
    def _accepted(self) -> None:
        self.state = NoticeState.ACCEPTED
        self.reason = None

    def disregard(self) -> None:
        self._disregarded()

    @event(Disregarded)
    def _disregarded(self) -> None:
        self.state = NoticeState.DISREGARDED

    def prove_amount(self, *, trade_number: str, amount: Money) -> None:
        self._amount_proven(trade_number=trade_number, amount=amount)

    @event(AmountProven)
    def _amount_proven(self, trade_number: str, amount: Money) -> None:
        self.proven_trade_number = trade_number
        self.proven_amount = amount

    def refuse(self, reason: str, order_id: UUID | None) -> None:
        """Refuse; the same verdict again is not said twice."""
        if (self.state, self.reason) != (NoticeState.REFUSED, reason):
            self._refused(reason=reason, order_id=None if order_id is None else str(order_id))

    @event(Refused)
    def _refused(self, reason: str, order_id: str | None) -> None:
        self.state = NoticeState.REFUSED
        self.reason = reason

    def await_confirmation(self, limits: Limits) -> None:
        self._awaited(limits=limits)

    @event(Awaited)
    def _awaited(self, limits: Limits) -> None:
        self.state = NoticeState.AWAITING
        self.reason = None
        self.limits = limits
        self.check_count = 0

    def is_worth_another_check(self) -> bool:
        """Count one "not paid" of the provider; whether it is asked once more before that is believed."""
        assert self.limits is not None, "not awaited"
        self._not_confirmed_yet(check_count=self.check_count + 1)
        return self.check_count < self.limits.confirmation_checks

    @event(NotConfirmedYet)
    def _not_confirmed_yet(self, check_count: int) -> None:
        self.check_count = check_count
