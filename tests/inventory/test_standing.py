"""Suppliers that fail are suspended, prove themselves by one order at a time, and are taken back; or a person decides."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from chassis.activity import Absent, Refused, Unknown
from services.inventory.sourcing.commands import SuspendSupplier
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.sourcing.domain.standing import SupplierStatus
from services.inventory.sourcing.domain.supplier import Supplier
from services.inventory.sourcing.tallies import supplier_tallies
from tests.desk import fold_views
from tests.inventory.rebuilding import assert_rebuilds
from tests.inventory.world import SHOP, World, scores

LIMITS = {"suspend_fault_count": 2, "suspension_seconds": 60.0, "trial_count": 2, "trial_seconds": 100.0, "temporary_retry_count": 0}
BROKEN = Refused("refused")


class Watched(World):
    """The advice is what the views say, as far as they were read."""

    def __init__(self, *suppliers: str, **limits: Any) -> None:
        super().__init__(*suppliers)
        self.limits = {**LIMITS, **limits}
        self.read()

    def read(self) -> None:
        fold_views(self.bench.service, self.bench.store)
        self.bench.committer.advice = {"limits": self.limits, "supplier_scores": supplier_tallies(self.bench.store)}

    def order(self, order: str) -> str:
        """An order is bought after the views were read; the number at the supplier."""
        self.read()
        self.buy(order)
        return self.number_of(order)

    def fail(self, *orders: str) -> None:
        for order in orders:
            self.answer(self.order(order), BROKEN)
        self.read()

    def supplier(self, code: str = "north") -> Supplier:
        return self.bench.aggregate(Supplier.create_id(SHOP, code))  # type: ignore[no-any-return]

    def asked(self) -> list[str]:
        return [target for target, _ in self.open_intents()]


def suspended() -> Watched:
    """north failed so often that it is suspended."""
    world = Watched("north")
    world.fail("F1", "F2", "F3")
    assert world.supplier().is_suspended
    return world


def on_probation() -> Watched:
    world = suspended()
    world.bench.advance(seconds=60)
    assert world.supplier().status is SupplierStatus.ON_PROBATION
    return world


def test_faults_in_a_row_suspend_a_supplier_and_it_gets_no_new_orders() -> None:
    world = suspended()
    (told,) = world.said("SupplierSuspended")
    assert (told["reason"], told["faults_in_row"]) == ("faults_in_row", 2)
    assert told["probation_at"] == (world.bench.now + timedelta(seconds=60)).isoformat().replace("+00:00", "Z")
    world.buy("A1")
    assert world.asked() == []
    assert world.need("A1").status is NeedStatus.MANUAL
    assert_rebuilds(world.bench)


def test_a_low_score_suspends_a_supplier() -> None:
    world = Watched("north")
    world.bench.committer.advice = {"limits": LIMITS, "supplier_scores": scores(north=30)}
    world.buy("A1")
    world.deliver(world.number_of("A1"), world.new_secret())
    (told,) = world.said("SupplierSuspended")
    assert (told["reason"], told["score"], told["sample_count"]) == ("low_score", 30, 20)


def test_want_of_stock_suspends_nobody() -> None:
    world = Watched("north")
    for order in ("A1", "A2", "A3", "A4"):
        world.answer(world.order(order), Refused("out_of_stock"))
    assert not world.supplier().is_suspended


def test_what_was_ordered_before_is_still_asked_about_and_its_card_given() -> None:
    world = Watched("north")
    number = world.order("A1")
    world.answer(number, Unknown("answer_lost"))
    world.fail("F1", "F2", "F3")
    world.deliver(number, world.new_secret(), is_asked=True)
    assert world.need("A1").status is NeedStatus.ALLOCATED
    assert world.supplier().is_suspended


def test_on_probation_a_supplier_has_one_trial_order_at_a_time_and_is_taken_back_after_enough() -> None:
    world = on_probation()
    for trial in ("T1", "T2"):
        number = world.order(trial)
        world.buy(f"{trial}-more")
        assert world.need(f"{trial}-more").status is NeedStatus.MANUAL
        world.deliver(number, world.new_secret())
    assert [each["reason"] for each in world.said("SupplierResumed")] == ["probation_passed"]
    world.buy("A1", "A2")
    assert world.asked() == ["north", "north"]
    assert_rebuilds(world.bench)


def test_a_failed_trial_suspends_for_twice_as_long() -> None:
    world = on_probation()
    world.answer(world.order("T1"), BROKEN)
    assert world.said("SupplierSuspended")[1]["reason"] == "probation_failed"
    world.bench.advance(seconds=119)
    assert world.supplier().is_suspended
    world.bench.advance(seconds=1)
    assert world.supplier().status is SupplierStatus.ON_PROBATION


def test_a_trial_without_an_answer_has_failed() -> None:
    world = on_probation()
    number = world.order("T1")
    world.answer(number, Unknown("answer_lost"))
    world.bench.advance(seconds=100)
    assert world.supplier().is_suspended
    world.deliver(number, world.new_secret(), is_asked=True)
    assert world.supplier().is_suspended
    assert world.need("T1").status is NeedStatus.ALLOCATED


def test_want_of_stock_or_an_order_that_was_taken_back_makes_room_for_another_trial() -> None:
    world = on_probation()
    world.answer(world.order("T1"), Refused("out_of_stock"))
    world.order("T2")
    world.tell(world.failed("T2"))
    assert world.need("T2").status is NeedStatus.CLOSED
    world.order("T3")
    assert world.asked() == ["north"]


def test_what_was_read_before_a_supplier_came_to_stand_so_does_not_count() -> None:
    world = suspended()
    stale = world.bench.committer.advice
    world.bench.do(SuspendSupplier(shop_id=SHOP, supplier_code="north", is_suspended=False, reason="mended", staff="kim"))
    world.bench.committer.advice = stale
    world.buy("A1")
    world.answer(world.number_of("A1"), Absent())
    assert not world.supplier().is_suspended
    assert [each["reason"] for each in world.said("SupplierResumed")] == ["mended"]


def test_who_is_suspended_by_hand_stays_so_until_a_person_says_otherwise() -> None:
    world = Watched("north")
    for _ in range(2):
        world.bench.do(SuspendSupplier(shop_id=SHOP, supplier_code="north", reason="holiday", staff="kim"))
    world.bench.advance(days=2)
    assert world.supplier().is_suspended
    assert len(world.said("SupplierSuspended")) == 1


def test_a_person_makes_a_suspension_by_the_rules_one_without_end() -> None:
    world = suspended()
    world.bench.do(SuspendSupplier(shop_id=SHOP, supplier_code="north", reason="fraud", staff="kim"))
    world.bench.advance(days=1)
    assert world.supplier().is_suspended


def test_a_choice_is_recorded_with_what_it_rests_on() -> None:
    world = Watched("north", "south")
    world.order("A1")
    (ordered,) = [row for row in world.bench.store.events_after(0, 1_000) if row.topic == "inventory.Need.Ordered@2"]
    state = msgspec.json.decode(ordered.state)
    assert (state["score"], state["points"], state["tilt"], state["rival_count"]) == (90, 10_200, 0, 1)
    assert state["price"] == {"amount_minor": 100, "currency": "CNY"}
