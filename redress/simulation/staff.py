"""The shop's own staff: opens the shop, brings card files in, and changes its mind about suppliers and prices."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from redress.simulation.beside_plans import BESIDE_ID
from redress.simulation.node import Node
from redress.simulation.people import Shop
from redress.simulation.plan import Plan
from redress.simulation.quality_acts import queue_quality
from redress.simulation.requests import Mailroom, Request, said_again
from redress.simulation.scene import Scene
from redress.simulation.supply_plans import TopUp
from sandbox.behaviour.suppliers import CardSupplier

ROUND_SECONDS = 1.5
EXHAUSTED = "redress.inventory.SourcingExhausted.v1"
BY_HAND = "redress.inventory.HandDeliveryAwaited.v1"
CLERKS = ("ann", "bob")
CLAIM_RATE, DELIVERY_RATE = 0.7, 0.7
DELIVERED_AFTER = (0.5, 5.0, 60.0, 1_795.0, 2_000.0)
"""Seconds; the limit of a claim and the usual last deadline lie among them."""


class Staff:
    """Everybody who works for the shop, following the plan."""

    def __init__(
        self, scene: Scene, plan: Plan, mailroom: Mailroom, shop: Shop, inventory: Node, suppliers: dict[str, CardSupplier]
    ) -> None:
        self._scene = scene
        self._plan = plan
        self._changes = plan.changes
        self._mailroom = mailroom
        self._shop = shop
        self._inventory = inventory
        self._suppliers = suppliers
        self._joined: list[str] = []
        self._read_to = 0
        self._said: list[Request] = []

    def begin(self) -> None:
        """Queue everything that the plan says."""
        clock, supply = self._scene.clock, self._plan.supply
        clock.after(0.1, lambda: self._tell(self._shop.opened(), self._open))
        for number, (at, code, count) in enumerate(self._plan.imports, 1):
            product = self._plan.products[code]
            if not product.is_stocked:
                continue
            secrets = [product.secret(f"OWN{number}-{code[:4].upper()}-{index:04d}-{number:04d}") for index in range(1, count + 1)]
            requests = self._shop.cards_imported(code, f"batch-{number}", secrets)
            clock.after(at, lambda requests=requests: self._tell(requests))  # type: ignore[misc]
        queue_quality(self._plan, clock, self._shop, self._tell)
        for price in self._changes.prices:
            clock.after(price.at, lambda each=price: self._tell(self._shop.offered(each.product_code, each.price, self._joined)))  # type: ignore[misc]
        for each in self._changes.suspensions:
            clock.after(each.at, lambda each=each: self._suspend(each.supplier_code, each.is_suspended))  # type: ignore[misc]
        for up in supply.top_ups:
            clock.after(up.at, lambda up=up: self._top_up(up))  # type: ignore[misc]
        for at in supply.presses:
            clock.after(at, self._press)
        if self._changes.rerun_rate or self._plan.has_clerks:
            clock.after(ROUND_SECONDS, self._look_at_queue, is_background=True)

    def _tell(self, requests: list[Request], then: Callable[[], None] = lambda: None) -> None:
        """One request after the other."""
        if requests:
            self._said.append(requests[0])
            self._mailroom.ask(requests[0], lambda _: self._tell(requests[1:], then))
        else:
            then()

    def say_again(self, count: int) -> None:
        """After a restore of inventory, everything is said again that may be forgotten, in the old order; `count` tells the times apart."""
        self._read_to = 0
        repeated = [said_again(each, count) for each in self._said]

        def one_after_the_other() -> None:
            if repeated:
                self._mailroom.ask(repeated.pop(0), lambda _: one_after_the_other())

        one_after_the_other()

    def _open(self) -> None:
        """Products are listed: suppliers join, now or when the plan says."""
        joining = dict(self._changes.joining)
        for code, supplier in self._suppliers.items():
            seconds = max(0.0, joining.get(code, 0.0) - self._scene.clock.seconds)
            self._scene.clock.after(seconds, lambda supplier=supplier: self._join(supplier))  # type: ignore[misc]

    def _join(self, supplier: CardSupplier) -> None:
        self._tell(self._shop.supplier_joined(supplier), lambda: self._joined.append(supplier.code))

    def _suspend(self, code: str, is_suspended: bool) -> None:
        if code in self._joined:
            self._tell([self._shop.supplier_suspended(code, is_suspended)])

    def _top_up(self, up: TopUp) -> None:
        self._suppliers[up.supplier_code].ledger.balance += up.amount
        self._scene.trace.note("shop", f"sends {up.amount} to {up.supplier_code}")

    def _press(self) -> None:
        """The button: whatever was ever stuck is to be tried again, as from a list that is long out of date."""
        if self._inventory.store.is_away:
            return
        rows = self._inventory.store.events_after(0, 100_000)
        stuck = dict.fromkeys(str(row.stream_id) for row in rows if row.type == EXHAUSTED)
        for request in self._shop.needs_run_again(list(stuck)):
            self._mailroom.ask(request, lambda _: None)

    def _look_at_queue(self) -> None:
        """What nobody is left to ask for is tried again at once, now and then, while the order may hear that it failed."""
        chance = self._scene.chance
        if not chance.is_hostile and self._scene.clock.seconds > self._plan.hostile_seconds:
            return
        self._scene.clock.after(ROUND_SECONDS, self._look_at_queue, is_background=True)
        if self._inventory.store.is_away:
            return
        for row in self._inventory.store.events_after(self._read_to, 1_000):
            self._read_to = row.log_id
            if row.type == EXHAUSTED and row.value is not None and chance.strikes("rerun", self._changes.rerun_rate):
                self._mailroom.ask(self._shop.need_run_again(msgspec.json.decode(row.value)["need_id"]), lambda _: None)
            elif row.type in (EXHAUSTED, BY_HAND) and row.value is not None and self._plan.has_clerks and row.shop_id != BESIDE_ID:
                self._deliver_by_hand(**msgspec.json.decode(row.value))

    def _deliver_by_hand(self, need_id: str, product_code: str, **_: object) -> None:
        """Clerks go for the need; one of them may claim it, and delivers in time, too late, or never."""
        chance = self._scene.chance.stream("clerks")
        for clerk in CLERKS:
            if chance.random() < CLAIM_RATE:
                self._mailroom.ask(self._shop.need_claimed(need_id, clerk), lambda _: None)
            if chance.random() < DELIVERY_RATE:
                request = self._shop.need_delivered(need_id, clerk, product_code)
                self._scene.clock.after(chance.choice(DELIVERED_AFTER), lambda request=request: self._mailroom.ask(request, lambda _: None))  # type: ignore[misc]
