"""The people of a shop beside us: buyers, those who deliver by hand, and the operator who has Redress watch it, help out, take over.

The operator runs the product's own commands (`redress.connecting`), again and again until each has done what it is for.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from chassis.unit import Answered
from redress.connecting.pages import ShopPages
from redress.connecting.switching import Switch
from redress.errors import UserError
from redress.simulation.beside_plans import BESIDE_ID, BesideOrder, BesidePlan
from redress.simulation.beside_requests import BesideRequests, TerminalCaller
from redress.simulation.beside_shop import KIND, BesideShop
from redress.simulation.clock import START
from redress.simulation.requests import Mailroom, Request
from redress.simulation.scene import Scene
from redress.simulation.terminal import Terminal

CONNECTED_AT = 2.0
AGAIN_SECONDS = 5.0
PAUSE_SECONDS = 1.0
TURN_OFF_SECONDS = 0.5
LOOKS_AT_THE_END = 2


class Beside(NamedTuple):
    """A shop beside us, and how whoever keeps it speaks to the services."""

    plan: BesidePlan
    shop: BesideShop
    requests: BesideRequests


class BesidePeople:
    """See the module."""

    def __init__(self, scene: Scene, mailroom: Mailroom, beside: Beside) -> None:
        self._scene = scene
        self._clock = scene.clock
        self._mailroom = mailroom
        self._plan, self._shop, self._requests = beside
        self._terminal = Terminal()
        inventory, order = (TerminalCaller(name, self._requests, mailroom, self._terminal) for name in ("inventory", "order"))
        self._inventory, self._order = inventory, order
        self._switch = Switch(inventory, order, BESIDE_ID, lambda: self._sleep(PAUSE_SECONDS), lambda: self._clock.seconds)
        self._steps = [(CONNECTED_AT, "connect"), *self._plan.steps]
        self._stocked_count = 0

    def begin(self) -> None:
        """Queue everything."""
        clock, plan = self._clock, self._plan
        self._stock(plan.cards)
        for order in plan.orders:
            clock.after(order.placed_at, lambda order=order: self._place(order))  # type: ignore[misc]
        for at, count in plan.restocks:
            clock.after(at, lambda count=count: self._stock(count))  # type: ignore[misc]
        if plan.reserve_at is not None:
            clock.after(plan.reserve_at, self._import_reserve)
        self._go_on()

    def close(self) -> None:
        """The world is over."""
        self._terminal.close()

    # the shop's own business

    def _stock(self, count: int) -> None:
        secrets = [_card(self._stocked_count + number) for number in range(count)]
        self._stocked_count += count
        self._shop.stock({secret: self._requests.fingerprint_of(secret) for secret in secrets})

    def _place(self, order: BesideOrder) -> None:
        self._shop.place(order.number, order.quantity, is_craft=order.is_craft)
        if order.pays_at is not None:
            self._clock.after(order.pays_at - order.placed_at, lambda: self._pay(order))

    def _pay(self, order: BesideOrder) -> None:
        self._shop.take_money(order.number, is_stuck=order.is_stuck)
        self._scene.trace.note("shop beside", f"{order.number} is paid")
        if not order.is_stuck and self._shop.books.orders[order.number].is_automatic:
            self._clock.after(order.delivery_seconds, lambda: self._deliver(order))
        if order.by_hand_at is not None:
            self._clock.after(order.by_hand_at - self._clock.seconds, lambda: self._deliver(order))

    def _deliver(self, order: BesideOrder) -> None:
        self._shop.deliver(order.number)
        self._scene.trace.note("shop beside", f"{order.number} is {self._shop.books.orders[order.number].state}")

    # the operator

    def _import_reserve(self) -> None:
        def answered(answer: Answered) -> None:
            if answer.status >= 300:  # its product is not listed yet
                self._clock.after(AGAIN_SECONDS, self._import_reserve)

        self._mailroom.ask(self._reserve(), answered)

    def _reserve(self) -> Request:
        """Cards of our own; a few stand in the shop, too."""
        secrets = [f"RESERVE-{number:02}" for number in range(self._plan.reserve)]
        return self._requests.reserve_imported(secrets + [_card(number) for number in range(self._plan.shared)])

    def _go_on(self) -> None:
        """The next step, when it is time; after the last one the world waits until the shop was looked at as often as it takes."""
        if not self._steps:
            self._await_looks()
            return
        at, what = self._steps[0]
        self._clock.after(max(0.0, at - self._clock.seconds), lambda: self._run(what))

    def _run(self, what: str) -> None:
        self._scene.trace.note("operator beside", what)

        def ended(failure: UserError | None) -> None:
            if failure is not None:
                self._scene.trace.note("operator beside", f"{what}: {failure}")
                self._clock.after(AGAIN_SECONDS, lambda: self._run(what))
                return
            self._steps.pop(0)
            self._go_on()

        self._terminal.run(self._command(what), ended)

    def _command(self, what: str) -> Callable[[], None]:
        return self._connect if what == "connect" else self._take_over if what == "take_over" else lambda: self._leave_to_shop(what)

    def _connect(self) -> None:
        pages = ShopPages(self._inventory, self._order, BESIDE_ID, KIND)
        with self._shop.opened() as reading:
            pages.goods(reading)
            if self._plan.reserve_at is None:
                self._terminal.wait(lambda resume: self._mailroom.ask(self._reserve(), resume))
            pages.cards(reading, lambda count: None)
            pages.orders(reading, 0, lambda count: None)
        pages.order.send("PUT", "/connection", {"kind": KIND, "after_row": pages.sent.last_order, "shop_id": BESIDE_ID})

    def _take_over(self) -> None:
        if self._switch.mode() == "take_over":
            return
        self._shop.turn_off()
        self._sleep(TURN_OFF_SECONDS)
        self._switch.take_over(self._shop.opened, lambda count: None)

    def _leave_to_shop(self, mode: str) -> None:
        """Watch it, or fill in: from a shop that was taken over by giving it back."""
        if self._switch.mode() not in ("watch", "fill_in"):
            while rows := self._switch.give_back(self._shop.opened, mode, lambda count: None):
                self._shop.remove([row["shop_row"] for row in rows])
        self._switch.change(mode, fill_in_after_seconds=self._plan.fill_in_after_seconds)
        self._shop.turn_on()

    def _sleep(self, seconds: float) -> None:
        self._terminal.wait(lambda resume: self._clock.after(seconds, lambda: resume(None)))

    def _await_looks(self) -> None:
        """What changed last in the shop is seen, and what is to be filled in was due at a look."""
        plan, last = self._plan, max(each.by_hand_at or each.pays_at or each.placed_at for each in self._plan.orders)
        ripe_at = max(last, self._shop.changed_at) + plan.fill_in_after_seconds + 2 * plan.poll_seconds
        looks = sum(at > START + timedelta(seconds=ripe_at) for at, _ in self._shop.books.looks)
        if looks < LOOKS_AT_THE_END:
            self._clock.after(plan.poll_seconds, self._await_looks)


def _card(number: int) -> str:
    return f"BESIDE-{number:03}"
