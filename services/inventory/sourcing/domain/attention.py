"""When a need wants a person: nobody is left to ask, or a supplier does not say what it did."""

from __future__ import annotations

from typing import Any

from chassis.aggregate import Event, event
from chassis.errors import Refusal
from services.inventory.sourcing.domain.forgotten import ForgottenOrders
from services.inventory.sourcing.domain.need_status import NeedStatus


class NeedNotWaiting(Refusal):
    code = "need-not-waiting"
    title = "The need does not wait for a person"


class NothingAsked(Refusal):
    code = "supplier-not-awaited"
    title = "No person is asked what this supplier did for the need"


class Attention(ForgottenOrders):
    """Where the machine ends: shown to a person, tried again by one, told by one."""

    rerun_count: int
    """So often a person had it tried again."""

    class Exhausted(Event):
        """`passed_over`: suppliers that took no orders, with the reason in a word."""

        TOPIC = "inventory.Need.Exhausted"
        class_version = 2
        shop_id: str
        product_code: str
        tried_suppliers: tuple[str, ...]
        passed_over: dict[str, str]

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> dict[str, Any]:
            return {**state, "shop_id": "", "product_code": "", "passed_over": {}}

    class Failed(Event):
        TOPIC = "inventory.Need.Failed"
        reason: str

    class AwaitsPerson(Event):
        TOPIC = "inventory.Need.AwaitsPerson"
        class_version = 2
        shop_id: str
        product_code: str
        supplier_code: str
        reason: str

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> dict[str, Any]:
            return {**state, "shop_id": "", "product_code": ""}

    class RunAgain(Event):
        TOPIC = "inventory.Need.RunAgain"
        PRIVATE = True
        staff: str

    class ToldByPerson(Event):
        """A person found out what became of a supplier order (or of forgotten ones: then `number` is empty), and said so."""

        TOPIC = "inventory.Need.ToldByPerson"
        PRIVATE = True
        supplier_code: str
        number: str
        staff: str

    def exhaust(self, passed_over: dict[str, str]) -> None:
        """Nobody is left to ask."""
        self._exhaust(tuple(self.tried), passed_over)

    def exhaust_again(self, tried_suppliers: tuple[str, ...], passed_over_suppliers: tuple[str, ...]) -> None:
        """That nobody was left to ask was said before a restore; why some were passed over is not known any more."""
        self._exhaust(tried_suppliers, dict.fromkeys(passed_over_suppliers, "not_known"))

    def _exhaust(self, tried_suppliers: tuple[str, ...], passed_over: dict[str, str]) -> None:
        self._exhausted(shop_id=self.shop_id, product_code=self.product_code, tried_suppliers=tried_suppliers, passed_over=passed_over)

    @event(Exhausted)
    def _exhausted(self, shop_id: str, product_code: str, tried_suppliers: tuple[str, ...], passed_over: dict[str, str]) -> None:
        self.status = NeedStatus.MANUAL
        self.awaited = None

    def fail(self, reason: str) -> None:
        """There is no card, and none is looked for."""
        self._failed(reason=reason)

    @event(Failed)
    def _failed(self, reason: str) -> None:
        self.status = NeedStatus.MANUAL
        self.awaited = None

    def show_to_person(self, reason: str) -> None:
        """A supplier order, or a question about a forgotten one, goes on without an answer; it is still awaited."""
        assert self.is_waiting
        supplier_code = self.orders[self.awaited].supplier_code if self.awaited is not None else next(iter(self.searches.values()))
        self.await_person(supplier_code, reason)

    def await_person(self, supplier_code: str, reason: str) -> None:
        """A person has to look, about something of this supplier; where the need stands does not change."""
        self._shown_to_person(shop_id=self.shop_id, product_code=self.product_code, supplier_code=supplier_code, reason=reason)

    @event(AwaitsPerson)
    def _shown_to_person(self, shop_id: str, product_code: str, supplier_code: str, reason: str) -> None:
        self.is_shown_to_person = True

    def run_again(self, *, staff: str) -> None:
        """A person has it tried again, with every supplier; raises NeedNotWaiting."""
        if self.status is not NeedStatus.MANUAL:
            raise NeedNotWaiting(need_id=self.id, need_status=self.status)
        self._ran_again(staff=staff)

    @event(RunAgain)
    def _ran_again(self, staff: str) -> None:
        self.status = NeedStatus.SOURCING
        self.tried = []
        self.rerun_count += 1

    def hear_person(self, *, supplier_code: str, staff: str) -> None:
        """A person tells what a supplier did that does not say it itself; raises NothingAsked unless a person is asked about that."""
        is_awaited = self.awaited is not None and self.orders[self.awaited].supplier_code == supplier_code
        if not self.is_shown_to_person or not (is_awaited or supplier_code in self.searches.values()):
            raise NothingAsked(need_id=self.id, supplier_code=supplier_code)
        self._told_by_person(supplier_code=supplier_code, number=(self.awaited or "") if is_awaited else "", staff=staff)

    @event(ToldByPerson)
    def _told_by_person(self, supplier_code: str, number: str, staff: str) -> None: ...
