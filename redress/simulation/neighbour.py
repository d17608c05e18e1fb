"""A second shop in the same installation, which does everything alike: product codes, batches, cards and order numbers are the first one's.

It buys nowhere and its payments are simply true, so that no book of a party outside is needed for it: what it is there for is to be
confused with. What it has in stock it delivers; the rest of its orders ends with a person or unpaid.
"""

from __future__ import annotations

from random import Random
from typing import Protocol

from chassis.unit import Answered
from redress.simulation.clock import Clock
from redress.simulation.plan import OrderPlan, Plan
from redress.simulation.requests import Mailroom, Request

NEIGHBOUR_ID = "shop-2"
SHARE_OF_SEEDS = 0.25
MOST_ORDERS = 3
STOCK = 2


def has_neighbour(plan: Plan) -> bool:
    """In some of the seeds without restores: after one, nobody would say the neighbour's orders again."""
    return not plan.restores and Random(f"neighbour {plan.seed}").random() < SHARE_OF_SEEDS


class Callers(Protocol):
    """How the neighbour speaks to the services."""

    def opened(self) -> list[Request]: ...

    def cards_imported(self, product_code: str, batch: str, secrets: list[str]) -> list[Request]: ...

    def order_placed(self, order: OrderPlan) -> Request: ...

    def paid_outright(self, order: OrderPlan) -> Request: ...


class Neighbour:
    """The people of the second shop."""

    def __init__(self, clock: Clock, plan: Plan, mailroom: Mailroom, requests: Callers) -> None:
        self._clock = clock
        self._plan = plan
        self._mailroom = mailroom
        self._requests = requests
        self._random = Random(f"neighbour's orders {plan.seed}")

    def begin(self) -> None:
        """Queue everything."""
        self._clock.after(0.2, lambda: self._tell(self._requests.opened() + self._stock()))
        for order in self._plan.orders[:MOST_ORDERS]:
            self._clock.after(order.placed_at, lambda order=order: self._place(order))  # type: ignore[misc]

    def _stock(self) -> list[Request]:
        """Cards that the first shop may have too, in a batch of the same name."""
        found: list[Request] = []
        for number, (_, code, _) in enumerate(self._plan.imports, 1):
            product = self._plan.products[code]
            if product.is_stocked:
                secrets = [product.secret(f"OWN{number}-{code[:4].upper()}-{index:04d}-{number:04d}") for index in range(1, STOCK + 1)]
                found += self._requests.cards_imported(code, f"batch-{number}", secrets)
        return found

    def _tell(self, requests: list[Request]) -> None:
        if requests:
            self._mailroom.ask(requests[0], lambda _: self._tell(requests[1:]))

    def _place(self, order: OrderPlan) -> None:
        is_paid = self._random.random() < 0.8

        def placed(answer: Answered) -> None:
            if is_paid and answer.status == 201:
                self._mailroom.ask(self._requests.paid_outright(order), lambda _: None)

        self._mailroom.ask(self._requests.order_placed(order), placed)
