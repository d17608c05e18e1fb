"""The payment of an order: one pays it, each further one is a fact whose money goes back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chassis.aggregate import Event, Part, event
from contracts.values import Money
from services.order.domain.after_sales import FrozenPolicy
from services.order.domain.limits import Limits
from services.order.domain.order_state import OrderState


class OrderPayment(Part):
    """Which payment the order is paid by, and under which limits it is fulfilled."""

    state: OrderState
    amount: Money
    provider: str | None
    trade_number: str | None
    confirmed_at: datetime | None
    gives_up_at: datetime | None
    paid_at: datetime | None
    is_late: bool
    limits: Limits | None
    rules_version: int | None
    expected_milliseconds: dict[str, int]
    policies: dict[str, FrozenPolicy]
    second_payments: tuple[tuple[str, str], ...]
    other_amounts: frozenset[tuple[str, str]]

    class Paid(Event):
        """The first event of the fulfilment saga. `expected_milliseconds`: each product's live p95 at this moment.

        `policies`: by product code, what is promised after the sale to this order for ever; a product without promises is absent.
        """

        TOPIC = "order.Order.Paid"
        class_version = 2
        provider: str
        trade_number: str
        amount: Money
        paid_at: datetime
        is_late: bool
        rules_version: int
        limits: Limits
        expected_milliseconds: dict[str, int]
        policies: dict[str, FrozenPolicy]

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> dict[str, Any]:
            return {**state, "policies": {}}

    class PaidAgain(Event):
        TOPIC = "order.Order.PaidAgain"
        provider: str
        trade_number: str
        amount: Money

    class OtherAmountPaid(Event):
        """A genuine payment of another amount: it pays nothing, and its money goes back."""

        TOPIC = "order.Order.OtherAmountPaid"
        PRIVATE = True  # told by the refusal of its notice
        provider: str
        trade_number: str

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
        policies: dict[str, FrozenPolicy],
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
            policies=policies,
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
        policies: dict[str, FrozenPolicy],
    ) -> None:
        self.state = OrderState.PAID
        self.provider = provider
        self.trade_number = trade_number
        self.paid_at = paid_at
        self.confirmed_at = self.modified_on
        self.gives_up_at = self.modified_on + limits.give_up
        self.is_late = is_late
        self.rules_version = rules_version
        self.limits = limits
        self.expected_milliseconds = expected_milliseconds
        self.policies = policies

    def note_second_payment(self, *, provider: str, trade_number: str, amount: Money) -> None:
        """A further payment that we have told of before is a fact again, whatever is known of the first."""
        if not self.knows_payment(provider, trade_number):
            self._paid_again(provider=provider, trade_number=trade_number, amount=amount)

    @event(PaidAgain)
    def _paid_again(self, provider: str, trade_number: str, amount: Money) -> None:
        self.second_payments = (*self.second_payments, (provider, trade_number))

    def note_other_amount(self, provider: str, trade_number: str) -> bool:
        """Note a genuine payment of another amount; False where it is known."""
        if (provider, trade_number) in self.other_amounts:
            return False
        self._other_amount_paid(provider=provider, trade_number=trade_number)
        return True

    @event(OtherAmountPaid)
    def _other_amount_paid(self, provider: str, trade_number: str) -> None:
        self.other_amounts |= {(provider, trade_number)}
