"""Deposits: each entry once, the balance carried over the periods, and traffic that follows the floor."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest

from chassis.unit import Answered
from services.inventory.claims.commands import AnswerClaim
from services.inventory.deposits.commands import EnterDeposit, SetDepositLines
from services.inventory.deposits.domain.deposit import MAX_ENTRIES, Deposit
from services.inventory.sourcing.alerts import Alerts
from services.inventory.sourcing.domain.supplier import Supplier
from tests.desk import fold_views
from tests.inventory.rebuilding import assert_rebuilds
from tests.inventory.world import SHOP, World

BAD = "not a card"


def enter(world: World, amount_minor: int, *, kind: Any = "top_up", key: str | None = None) -> Answered:
    name = key or f"e{len(world.said('DepositChanged'))}"
    return world.bench.do(
        EnterDeposit(
            shop_id=SHOP,
            supplier_code="north",
            currency="CNY",
            key=name,
            kind=kind,
            amount_minor=amount_minor,
            reason="bank",
            staff="ann",
        )
    )


def draw(world: World, warning_minor: int, floor_minor: int) -> Answered:
    lines = SetDepositLines(
        shop_id=SHOP, supplier_code="north", currency="CNY", warning_minor=warning_minor, floor_minor=floor_minor, staff="ann"
    )
    return world.bench.do(lines)


def period(world: World, ordinal: int = 1) -> Deposit:
    return world.bench.aggregate(Deposit.create_id(SHOP, "north", "CNY", ordinal))  # type: ignore[no-any-return]


def supplier(world: World) -> Supplier:
    return world.bench.aggregate(Supplier.create_id(SHOP, "north"))  # type: ignore[no-any-return]


def claim(world: World, order: str) -> UUID:
    """North sends a bad card for an order; the claim's id."""
    world.buy(order)
    world.deliver(world.number_of(order), BAD + order)
    return UUID(world.said("ClaimRaised")[-1]["claim_id"])


def test_an_entry_is_made_once_under_its_key_and_never_as_another() -> None:
    world = World("north")
    assert enter(world, 500, key="bank-1").status == 201
    assert enter(world, 500, key="bank-1").status == 201
    assert enter(world, 400, key="bank-1").status == 409
    assert period(world).balance_minor == 500
    assert len(world.said("DepositChanged")) == 1
    world.bench.advance(days=400)
    assert enter(world, 500, key="bank-1").status == 201
    assert len(world.said("DepositChanged")) == 1


@pytest.mark.parametrize(("kind", "amount"), [("top_up", -1), ("top_up", 0), ("release", 1), ("correction", 0)])
def test_an_entry_has_the_sign_of_its_kind(kind: str, amount: int) -> None:
    world = World("north")
    assert enter(world, amount, kind=kind).status == 422
    assert world.said("DepositChanged") == []


def test_no_more_is_released_than_there_is() -> None:
    world = World("north")
    enter(world, 500)
    assert enter(world, -501, kind="release").status == 409
    assert enter(world, -500, kind="release").status == 201
    assert enter(world, -1, kind="correction").status == 201
    assert period(world).balance_minor == -1


def test_an_owed_claim_is_deducted_once_and_a_dropped_one_never() -> None:
    world = World("north")
    enter(world, 1_000)
    for order, is_accepted in (("A1", True), ("A2", False)):
        answer = AnswerClaim(claim_id=claim(world, order), is_accepted=is_accepted, reason="seen", answered_by="north")
        world.bench.do(answer)
        world.bench.do(answer)
    deducted = [each for each in world.said("DepositChanged") if each["kind"] == "claim"]
    assert [(each["amount_minor"], each["balance_minor"]) for each in deducted] == [(-100, 900)]


def test_a_supplier_without_a_deposit_owes_all_the_same() -> None:
    world = World("north")
    world.bench.do(AnswerClaim(claim_id=claim(world, "A1"), is_accepted=True, reason="seen", answered_by="north"))
    assert [each["outcome"] for each in world.said("ClaimSettled")] == ["accepted"]
    assert world.said("DepositChanged") == []


def test_below_the_warning_line_it_is_low_and_below_the_floor_the_supplier_gets_no_orders_until_a_top_up() -> None:
    world = World("north", "south")
    draw(world, 150, 50)
    assert supplier(world).is_stopped_for_deposit
    enter(world, 200)
    assert not supplier(world).is_stopped_for_deposit
    claim_ids = [claim(world, order) for order in ("A1", "A2")]
    for claim_id in claim_ids:
        world.bench.do(AnswerClaim(claim_id=claim_id, is_accepted=True, reason="seen", answered_by="north"))
    assert [each["level"] for each in world.said("DepositChanged")] == ["stopped", "in_order", "low", "stopped"]
    world.buy("A3")
    assert world.need("A3").orders[world.number_of("A3")].supplier_code == "south"
    enter(world, 50)
    world.buy("A4")
    assert world.need("A4").orders[world.number_of("A4")].supplier_code == "north"


def test_the_operators_are_alerted_to_a_low_and_to_a_stopped_deposit() -> None:
    world = World("north")
    enter(world, 500)
    draw(world, 600, 0)
    draw(world, 600, 550)
    enter(world, 200)
    fold_views(world.bench.service, world.bench.store)
    alerts = [msgspec.json.decode(data) for _, data in world.bench.store.view_rows(Alerts.NAME)]
    assert {each["kind"]: each["count"] for each in alerts} == {"deposit_low": 1, "deposit_stopped": 1}


def test_a_month_ends_a_period_and_its_balance_is_carried() -> None:
    world = World("north")
    draw(world, 100, 10)
    enter(world, 500)
    world.bench.advance(days=40)
    enter(world, 1)
    first, second = period(world), period(world, 2)
    assert (first.is_closed, first.balance_minor, second.balance_minor) == (True, 500, 501)
    assert (second.warning_minor, second.floor_minor) == (100, 10)
    assert_rebuilds(world.bench)


def test_a_busy_month_has_several_periods() -> None:
    world = World("north")
    for number in range(MAX_ENTRIES + 1):
        enter(world, 1, key=f"k{number}")
    assert (period(world).is_closed, period(world).entry_count, period(world, 2).balance_minor) == (True, MAX_ENTRIES, MAX_ENTRIES + 1)


def test_entries_and_lines_that_a_restore_lost_are_made_again_once() -> None:
    world = World("north")
    enter(world, 300)
    backup = world.bench.store.copy()
    claim_id = claim(world, "A1")
    draw(world, 500, 400)
    enter(world, 50)
    world.bench.do(AnswerClaim(claim_id=claim_id, is_accepted=True, reason="seen", answered_by="north"))
    world.bench.restore(backup)
    world.bench.release()
    assert (period(world).balance_minor, period(world).level) == (250, "stopped")
    assert supplier(world).is_stopped_for_deposit
    assert_rebuilds(world.bench)


def test_an_unknown_supplier_or_currency_has_no_deposit() -> None:
    world = World()
    assert enter(world, 5).status == 404
    world = World("north")
    unknown = EnterDeposit(
        shop_id=SHOP, supplier_code="north", currency="XQX", key="k", kind="top_up", amount_minor=5, reason="bank", staff="ann"
    )
    assert world.bench.do(unknown).status == 422
