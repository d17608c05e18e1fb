"""The people of a world: buyers who order and pay, providers that send notices, suppliers that sell. The shop's staff is in `staff.py`.

They know the services only by the requests of a `Shop` (see `shop.py`) and by what is answered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from chassis.store.rows import EventRow
from chassis.unit import Answered
from protocols.http import AnswerLost, HttpReply, HttpRequest, TransportFault
from redress.simulation.clock import START
from redress.simulation.front import FrontedShop
from redress.simulation.front_plans import Mood
from redress.simulation.misbehaviour import SupplierPlan
from redress.simulation.payers import Cashier, Payers
from redress.simulation.plan import OrderPlan, Plan
from redress.simulation.requests import Mailroom, Request, said_again
from redress.simulation.scene import Scene
from sandbox.behaviour.faults import PaymentFaults
from sandbox.behaviour.payments import DueNotice, PaymentProvider, PaymentRefused
from sandbox.behaviour.suppliers import CardSupplier, DueCallback

NOTICE_PATIENCE_SECONDS = 5.0
SEND_AGAIN_SECONDS = 15.0


class Shop(Cashier, Protocol):
    """How the people of a world speak to the services: the requests as the services' own routes make them."""

    def opened(self) -> list[Request]:
        """Own stock registered, products listed; like all lists of requests: each only after the one before was answered."""

    def supplier_joined(self, supplier: CardSupplier) -> list[Request]:
        """A supplier registered, and what it offers noted."""

    def offered(self, product_code: str, price: str, supplier_codes: list[str]) -> list[Request]: ...

    def supplier_suspended(self, supplier_code: str, is_suspended: bool) -> Request: ...

    def need_run_again(self, need_id: str) -> Request: ...

    def need_claimed(self, need_id: str, clerk: str) -> Request: ...

    def need_delivered(self, need_id: str, clerk: str, product_code: str) -> Request: ...

    def needs_run_again(self, need_ids: list[str]) -> list[Request]:
        """The button, for these needs."""

    def told(self, key: str, command: Any) -> Request: ...

    def cards_imported(self, product_code: str, batch: str, secrets: list[str], supplier_code: str | None = None) -> list[Request]: ...

    def fingerprint_of(self, secret: str) -> str: ...

    def order_placed(self, order: OrderPlan) -> Request: ...

    def notice_sent(self, provider: str, request: HttpRequest) -> Request: ...

    def notice_reply(self, provider: str, answer: Answered) -> HttpReply: ...

    def callback_sent(self, callback: DueCallback) -> Request: ...

    def callback_reply(self, answer: Answered) -> HttpReply: ...

    def card_opened(self, order: OrderPlan, card_id: str) -> Request: ...

    def delivered_cards(self, rows: list[EventRow]) -> list[str]:
        """Ids of the cards that the history of an order (rows of the order service) has delivered."""


@dataclass(frozen=True, slots=True)
class NoticeTaken:
    """A provider heard the success word."""

    at: datetime
    provider: str
    order_number: str


class People:
    """Everybody, following the plan."""

    def __init__(
        self,
        scene: Scene,
        plan: Plan,
        mailroom: Mailroom,
        shop: Shop,
        providers: dict[str, PaymentProvider],
        suppliers: dict[str, CardSupplier],
        cards_of: Callable[[str], list[str]],
        fronted: FrontedShop,
    ) -> None:
        self._scene = scene
        self._plan = plan
        self._mailroom = mailroom
        self._shop = shop
        self._providers = providers
        self._suppliers = suppliers
        self._cards_of = cards_of
        self._fronted = fronted
        self.payers = Payers(scene, plan, mailroom, shop)
        self._armed: dict[str, datetime] = {}
        self.placed: dict[str, OrderPlan] = {}
        """Orders whose placing was accepted."""
        self.taken: list[NoticeTaken] = []
        self.unanswered: set[tuple[str, int]] = set()
        """Orders that were sent again after a restore and are not accepted yet."""

    def begin(self) -> None:
        """Queue everything that the plan says."""
        clock = self._scene.clock
        for order in self._plan.orders:
            clock.after(order.placed_at, lambda order=order: self._place(order))  # type: ignore[misc]
        for planned in self._plan.suppliers:
            self._spells_of_supplier(planned)
        for name, start, end, faults in self._plan.provider_spells:
            clock.after(start, lambda name=name, faults=faults: self._providers[name].faults.set(faults))  # type: ignore[misc]
            clock.after(end, lambda name=name: self._providers[name].faults.set(PaymentFaults()))  # type: ignore[misc]

    def behave(self) -> None:
        """The hostile phase is over: no party misbehaves any more."""
        for supplier in self._suppliers.values():
            supplier.faults.clear()
        for provider in self._providers.values():
            provider.faults.clear()

    def _spells_of_supplier(self, planned: SupplierPlan) -> None:
        faults = self._suppliers[planned.code].faults
        for start, end, spell in planned.spells:
            self._scene.clock.after(start, lambda spell=spell, end=end: faults.set(spell, until=START + timedelta(seconds=end)))  # type: ignore[misc]

    # buyers

    def _place(self, order: OrderPlan) -> None:
        self._scene.trace.note("buyer", f"orders {order.number}")
        self._mailroom.ask(self._shop.order_placed(order), lambda answer: self._is_placed(order, answer))

    def say_again(self, count: int) -> None:
        """The shops send again what was accepted, under the same numbers: the order service may have forgotten it."""
        for order in self.placed.values():
            self.unanswered.add((order.number, count))
            self._send_again(order, self._shop.order_placed(order), count)

    def _send_again(self, order: OrderPlan, request: Request, count: int) -> None:
        """Until it is accepted: what the order service has yet to hear of again (its products) it refuses."""

        def answered(answer: Answered) -> None:
            if answer.status >= 300:
                self._scene.clock.after(SEND_AGAIN_SECONDS, lambda: self._send_again(order, said_again(request, count), count))
            else:
                self.unanswered.discard((order.number, count))

        self._mailroom.ask(request, answered)

    def _is_placed(self, order: OrderPlan, answer: Answered) -> None:
        if answer.status >= 300:
            self._scene.trace.note("buyer", f"{order.number} refused: {answer.status}")
            return
        self.placed[order.number] = order
        self.payers.begin(order)
        clock = self._scene.clock
        if order.forged_at is not None:
            clock.after(order.forged_at - clock.seconds, lambda: self._forge(order))
        if order.pays_at is not None:
            clock.after(order.pays_at - clock.seconds, lambda: self._pay(order, self.payers.provider_of(order)))
        if order.pays_again_at is not None:
            clock.after(order.pays_again_at - clock.seconds, lambda: self._pay(order, self._plan.channels.other_than(order.provider)))

    def _forge(self, order: OrderPlan) -> None:
        provider = self._providers[order.provider]
        provider.forge_notice(order.number, order.total, self._scene.clock.now)
        self._send_notices(provider)

    def _pay(self, order: OrderPlan, provider_name: str) -> None:
        provider = self._providers[provider_name]
        provider.faults.set(order.faults, order_number=order.number)
        try:
            provider.pay(order.number, order.total, self._scene.clock.now)
        except PaymentRefused:
            return
        self._scene.trace.note("buyer", f"pays {order.number} by {provider_name}")
        self._send_notices(provider)
        if order.reveals_after is not None:
            self._scene.clock.after(order.reveals_after, lambda: self._open(order))

    def _open(self, order: OrderPlan) -> None:
        """The buyer looks at the cards that were delivered by now."""
        for card_id in self._cards_of(order.number):
            self._mailroom.ask(self._shop.card_opened(order, card_id), lambda _: None)

    # providers

    def _send_notices(self, provider: PaymentProvider) -> None:
        for notice in provider.due_notices(self._scene.clock.now):
            self._send(provider, notice)
        self._arm(provider)

    def _arm(self, provider: PaymentProvider) -> None:
        due_at = provider.next_due_at()
        if due_at is not None:
            self._scene.clock.at(due_at, lambda: self._send_due(provider, due_at))

    def _send_due(self, provider: PaymentProvider, due_at: datetime) -> None:
        if provider.next_due_at() == due_at:
            self._send_notices(provider)

    def _send(self, provider: PaymentProvider, notice: DueNotice) -> None:
        clock, replies = self._scene.clock, [0]

        def replied(reply: HttpReply | TransportFault) -> None:
            if replies[0]:
                return
            replies[0] = 1
            if provider.answered(notice, reply):
                self.taken.append(NoticeTaken(clock.now, provider.name, notice.order_number))

        request = self._shop.notice_sent(provider.name, notice.request)
        self._mailroom.ask(request, lambda answer: replied(self._reply_to(provider, answer)), tries=1)
        clock.after(NOTICE_PATIENCE_SECONDS, lambda: replied(AnswerLost("timed out")))

    def _reply_to(self, provider: PaymentProvider, answer: Answered) -> HttpReply:
        """Ours; or the error of the shop that we stand in front of, as if it had come while the provider waited."""
        reply = self._shop.notice_reply(provider.name, answer)
        if self._plan.front.is_in_front and self._fronted.mood(self._scene.clock.now) is Mood.FAILING:
            return HttpReply(500)
        return reply

    # suppliers

    def arm_callbacks(self) -> None:
        """A supplier may have something to tell by now, or later."""
        for supplier in self._suppliers.values():
            due_at = supplier.next_callback_at()
            if due_at is not None and self._armed.get(supplier.code) != due_at:
                self._armed[supplier.code] = due_at
                self._scene.clock.at(due_at, lambda supplier=supplier: self._call_back(supplier))  # type: ignore[misc]

    def _call_back(self, supplier: CardSupplier) -> None:
        for callback in supplier.due_callbacks(self._scene.clock.now):
            self._tell_of(supplier, callback)
        self.arm_callbacks()

    def _tell_of(self, supplier: CardSupplier, callback: DueCallback) -> None:
        def answered(answer: Answered) -> None:
            supplier.callback_answered(callback, self._shop.callback_reply(answer))

        self._mailroom.ask(self._shop.callback_sent(callback), answered, tries=1)
