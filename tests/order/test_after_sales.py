"""What a frozen policy allows: the arithmetic, its laws, and that an order keeps the version it was paid under."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.inventory import AfterSalesPolicyChanged
from contracts.values import AfterSalesPolicy, Money
from services.order.domain.after_sales import Allowed, Ground, UnitFacts, allowed, refundable_until, warranty_until
from services.order.lookup.shown import shown
from tests.harness import Bench
from tests.order.builders import ONLY_UNIT, PRODUCT, SHOP, a_bench, allocated, card_id, opened, pay, place, the_order

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WEEK = AfterSalesPolicy(refund="within_days", refund_days=7, fee_basis_points=60)
UNUSED = AfterSalesPolicy(refund="unused")
ACCOUNT = AfterSalesPolicy(refund="none", warranty_days=30, is_pro_rata=True)
NEVER = AfterSalesPolicy(refund="none")


def what_is_allowed(
    policy: AfterSalesPolicy | None, ground: Ground, days: float, *, price: int = 2_500, is_revealed: bool = False
) -> Allowed:
    return allowed(policy, UnitFacts(Money(price, "CNY"), AT, is_revealed), ground, AT + days * DAY)


@pytest.mark.parametrize(
    ("policy", "ground", "days", "is_revealed", "refund", "reason"),
    [
        (NEVER, Ground.CHANGED_MIND, 0, False, 0, "no_refunds"),
        (None, Ground.CHANGED_MIND, 0, False, 0, "no_refunds"),
        (NEVER, Ground.NEVER_WORKED, 400, True, 2_500, "never_worked"),
        (None, Ground.NOT_DELIVERED, 400, True, 2_500, "not_delivered"),
        (WEEK, Ground.CHANGED_MIND, 6.9, True, 2_485, "refund_period"),
        (WEEK, Ground.CHANGED_MIND, 7, True, 0, "period_over"),
        (UNUSED, Ground.CHANGED_MIND, 400, False, 2_500, "unused"),
        (UNUSED, Ground.CHANGED_MIND, 0, True, 0, "card_was_shown"),
        (ACCOUNT, Ground.STOPPED, 0, True, 2_500, "warranty"),
        (ACCOUNT, Ground.STOPPED, 9.5, True, 1_750, "warranty"),  # 21 of 30 days are left, the one under way included
        (ACCOUNT, Ground.STOPPED, 29.9, True, 83, "warranty"),
        (ACCOUNT, Ground.STOPPED, 30, True, 0, "no_refunds"),
        (WEEK, Ground.STOPPED, 1, True, 2_485, "refund_period"),
    ],
)
def test_what_may_be_given(policy: AfterSalesPolicy, ground: Ground, days: float, is_revealed: bool, refund: int, reason: str) -> None:
    found = what_is_allowed(policy, ground, days, is_revealed=is_revealed)
    assert (found.refund.amount_minor, found.reason) == (refund, reason)


def test_what_was_never_delivered_comes_back_in_full_whatever_was_promised() -> None:
    facts = UnitFacts(Money(2_500, "CNY"), None, False)
    assert allowed(NEVER, facts, Ground.CHANGED_MIND, AT).refund == facts.price


def test_the_dates_follow_from_the_delivery() -> None:
    assert refundable_until(WEEK, AT) == AT + 7 * DAY
    assert (refundable_until(UNUSED, AT), refundable_until(NEVER, AT)) == (None, None)
    assert (warranty_until(ACCOUNT, AT), warranty_until(WEEK, AT)) == (AT + 30 * DAY, None)


@st.composite
def policies(draw: st.DrawFn) -> AfterSalesPolicy:
    refund = draw(st.sampled_from(["none", "within_days", "unused"]))
    days = draw(st.integers(1, 60)) if refund == "within_days" or (refund == "unused" and draw(st.booleans())) else None
    warranty = draw(st.integers(0, 400))
    return AfterSalesPolicy(
        refund=refund,  # type: ignore[arg-type]
        refund_days=days,
        fee_basis_points=draw(st.integers(0, 10_000)) if refund != "none" else 0,
        warranty_days=warranty,
        is_pro_rata=warranty > 0 and draw(st.booleans()),
        is_exchangeable=draw(st.booleans()),
    )


@given(policies(), st.sampled_from(Ground), st.integers(0, 10**9), st.floats(-1, 500), st.floats(0, 100), st.booleans())
def test_no_more_than_the_price_and_less_as_time_goes_by(
    policy: AfterSalesPolicy, ground: Ground, price: int, days: float, later: float, is_revealed: bool
) -> None:
    now = what_is_allowed(policy, ground, days, price=price, is_revealed=is_revealed)
    then = what_is_allowed(policy, ground, days + later, price=price, is_revealed=is_revealed)
    assert 0 <= then.refund.amount_minor <= now.refund.amount_minor <= price
    assert now.refund.currency == "CNY"


@given(policies(), st.integers(1, 10**9), st.floats(0, 500), st.booleans())
def test_a_card_that_stopped_is_never_worth_less_than_a_change_of_mind(
    policy: AfterSalesPolicy, price: int, days: float, is_revealed: bool
) -> None:
    stopped = what_is_allowed(policy, Ground.STOPPED, days, price=price, is_revealed=is_revealed)
    changed = what_is_allowed(policy, Ground.CHANGED_MIND, days, price=price, is_revealed=is_revealed)
    assert stopped.refund >= changed.refund


@given(st.integers(1, 400), st.integers(0, 10**9), st.floats(0, 500))
def test_a_share_is_never_more_than_the_days_that_are_left_and_never_a_minor_unit_less_than_they_are_worth(
    warranty_days: int, price: int, days: float
) -> None:
    policy = AfterSalesPolicy(refund="none", warranty_days=warranty_days, is_pro_rata=True)
    refund = what_is_allowed(policy, Ground.STOPPED, days, price=price).refund.amount_minor
    left = max(timedelta(0), AT + warranty_days * DAY - (AT + days * DAY))
    whole_days = -(-left // DAY)
    assert refund * warranty_days <= price * whole_days < (refund + 1) * warranty_days


# frozen at the payment


def hear(bench: Bench, version: int, policy: AfterSalesPolicy) -> None:
    bench.tell(AfterSalesPolicyChanged(shop_id=SHOP, product_id=card_id(PRODUCT), product_code=PRODUCT, version=version, policy=policy))


def test_an_order_keeps_the_version_that_held_when_it_was_paid() -> None:
    bench = a_bench()
    hear(bench, 1, WEEK)
    place(bench, "K1")
    hear(bench, 2, ACCOUNT)
    hear(bench, 2, ACCOUNT)
    pay(bench, "K1")
    place(bench, "K2")
    hear(bench, 3, NEVER)
    pay(bench, "K2")
    assert [the_order(bench, number).policies[PRODUCT].version for number in ("K1", "K2")] == [2, 3]
    confirmed = [message for name, message in bench.said if name == "PaymentConfirmed"]
    assert [each["policy_versions"] for each in confirmed] == [[{"product_code": PRODUCT, "version": version}] for version in (2, 3)]
    assert [each for each in bench.said_names() if each == "PaymentConfirmed"] == ["PaymentConfirmed"] * 2


def test_an_order_of_a_product_that_promises_nothing_has_no_policy() -> None:
    bench = a_bench()
    place(bench)
    pay(bench)
    assert the_order(bench).policies == {}
    line, unit = shown(the_order(bench)).lines[0], shown(the_order(bench)).units[0]
    assert (line.policy_version, line.policy, unit.refundable_until, unit.warranty_until) == (None, None, None, None)


def test_the_lookup_shows_the_policy_of_each_line_and_the_dates_that_follow_from_it() -> None:
    bench = a_bench()
    hear(bench, 4, AfterSalesPolicy(refund="within_days", refund_days=7, warranty_days=30))
    place(bench)
    pay(bench)
    assert shown(the_order(bench)).units[0].warranty_until is None
    bench.tell(allocated(), opened())
    order = shown(the_order(bench))
    assert (order.lines[0].policy_version, order.lines[0].unit_price) == (4, Money(2_500, "CNY"))
    delivered_at = the_order(bench).units[ONLY_UNIT].delivered_at
    assert delivered_at is not None
    assert (order.units[0].refundable_until, order.units[0].warranty_until) == (delivered_at + 7 * DAY, delivered_at + 30 * DAY)
