"""Buyers who want something to pay by: they have a payment created and, where they have the choice, take another channel when it fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from chassis.unit import Answered
from redress.simulation.plan import OrderPlan, Plan
from redress.simulation.requests import Mailroom, Request
from redress.simulation.scene import Scene

LOOK_SECONDS = 2.0
MOST_LOOKS = 5


@dataclass(frozen=True, slots=True)
class ChoiceSeen:
    """What a buyer was shown who looked by what an order can be paid. `log_id`: of the last event that was there then.

    `channels`: those that were offered; `opened` and `failed`: those at which a payment of the order is open, or could not be created.
    """

    order_number: str
    log_id: int
    is_payable: bool
    channels: tuple[str, ...]
    opened: frozenset[str]
    failed: frozenset[str]


class Cashier(Protocol):
    """How payers speak to the services."""

    def payment_wanted(self, order: OrderPlan, provider: str) -> Request: ...

    def payments_shown(self, order: OrderPlan, see: Callable[[ChoiceSeen], None]) -> Request: ...


class Payers:
    """All buyers; `seen` is everything that they were shown."""

    def __init__(self, scene: Scene, plan: Plan, mailroom: Mailroom, cashier: Cashier) -> None:
        self._scene = scene
        self._plan = plan
        self._mailroom = mailroom
        self._cashier = cashier
        self._tried: dict[str, list[str]] = {}
        self.seen: list[ChoiceSeen] = []

    def begin(self, order: OrderPlan) -> None:
        """The order is placed."""
        if order.is_payment_wanted or self._plan.channels.has_choice:
            self._want(order, order.provider)

    def provider_of(self, order: OrderPlan) -> str:
        """By which the buyer pays in the end."""
        return self._tried.get(order.number, [order.provider])[-1]

    def _want(self, order: OrderPlan, provider: str) -> None:
        self._tried.setdefault(order.number, []).append(provider)
        self._mailroom.ask(self._cashier.payment_wanted(order, provider), lambda answer: self._answered(order, answer))

    def _answered(self, order: OrderPlan, answer: Answered) -> None:
        if self._plan.channels.has_choice:
            self._scene.clock.after(0.0 if answer.status >= 300 else LOOK_SECONDS, lambda: self._look(order, MOST_LOOKS))

    def _look(self, order: OrderPlan, left: int) -> None:
        found: list[ChoiceSeen] = []

        def see(choice: ChoiceSeen) -> None:
            found.append(choice)
            self.seen.append(choice)

        self._mailroom.ask(self._cashier.payments_shown(order, see), lambda _: self._choose(order, found, left))

    def _choose(self, order: OrderPlan, found: list[ChoiceSeen], left: int) -> None:
        """Another channel where nothing can be paid at this one; and a later look while its provider has not answered yet."""
        if not found or not found[-1].is_payable:
            return
        choice, provider = found[-1], self.provider_of(order)
        if provider in choice.opened:
            return
        others = [each for each in choice.channels if each not in self._tried[order.number]]
        if others and (provider in choice.failed or provider not in choice.channels):
            self._scene.trace.note("buyer", f"has {order.number} paid by {others[0]}, not by {provider}")
            self._want(order, others[0])
        elif left:
            self._scene.clock.after(LOOK_SECONDS, lambda: self._look(order, left - 1))
