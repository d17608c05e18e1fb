"""An order is taken in once, lapses when it is not paid, and is refused for what nobody lists."""

from __future__ import annotations

import msgspec

from contracts.values import Money
from services.order.domain.limits import DEFAULT_LIMITS, limits_of
from services.order.domain.order_state import OrderState
from tests.order.builders import NUMBER, SHOP, a_bench, a_line, pay, place, product_listed, the_order


def test_a_placed_order_is_published_with_its_lines_and_the_time_it_can_be_paid_until() -> None:
    bench = a_bench()
    answer = place(bench, lines=(a_line(quantity=2),))
    name, placed = bench.said[-1]
    assert (answer.status, name) == (201, "OrderPlaced")
    assert placed["lines"] == [
        {"line": 1, "product_code": "steam-50", "quantity": 2, "unit_price": {"amount_minor": 2_500, "currency": "CNY"}}
    ]
    assert placed["expires_at"] == "2026-01-01T00:15:00Z"
    assert "contact_reference" not in placed


def test_the_contact_is_kept_in_the_vault_in_the_same_commit() -> None:
    bench = a_bench()
    place(bench)
    reference = the_order(bench).contact_reference
    assert reference is not None
    assert [row.kind for row in bench.store.vault([reference])] == ["contact"]


def test_the_same_order_sent_again_gets_the_same_answer_and_changes_nothing() -> None:
    bench = a_bench()
    first = place(bench)
    said = bench.said
    bench.advance(minutes=1)
    again = place(bench)
    assert (again.status, again.body) == (first.status, first.body)
    assert bench.said == said


def test_a_number_that_belongs_to_another_order_is_refused() -> None:
    bench = a_bench()
    place(bench)
    said = bench.said
    for changed in (
        {"lines": (a_line(quantity=2),)},
        {"contact_fingerprint": "v1:other"},
        {"is_taken_over": True},
        {"amount": Money(1, "CNY")},
    ):
        answer = place(bench, **changed)
        assert (answer.status, msgspec.json.decode(answer.body)["code"]) == (409, "order-number-taken")
    assert bench.said == said


def test_an_order_for_a_product_that_nobody_lists_is_refused_until_it_is_listed() -> None:
    bench = a_bench()
    lines = (a_line(), a_line(line=2, product_code="office"))
    answer = place(bench, lines=lines)
    assert (answer.status, msgspec.json.decode(answer.body)["product_code"]) == (422, "office")
    assert bench.said == []
    bench.tell(product_listed("office"), product_listed("office"))
    assert place(bench, lines=lines).status == 201


def test_an_order_of_too_many_cards_or_of_no_amount_or_of_two_currencies_is_refused() -> None:
    bench = a_bench()
    assert place(bench, lines=(a_line(quantity=41),)).status == 422
    assert place(bench, amount=Money(0, "CNY")).status == 422
    assert place(bench, amount=Money(2_500, "USD")).status == 422
    assert bench.said == []


def test_an_order_that_is_not_paid_in_time_lapses_once() -> None:
    bench = a_bench()
    place(bench)
    bench.advance(minutes=14, seconds=59)
    assert bench.said_names() == ["OrderPlaced"]
    bench.advance(seconds=1)
    bench.advance(hours=1)
    assert bench.said_names() == ["OrderPlaced", "OrderExpired"]
    assert the_order(bench).state is OrderState.EXPIRED


def test_a_paid_order_never_lapses() -> None:
    bench = a_bench()
    place(bench)
    pay(bench)
    bench.advance(hours=1)
    assert "OrderExpired" not in bench.said_names()


def test_limits_come_from_advice_for_all_shops_and_for_one() -> None:
    advice = {"expiry_seconds": 60.0, SHOP: {"give_up_seconds": 90.0}, "unknown": 1}
    assert limits_of({}, SHOP) == DEFAULT_LIMITS
    assert limits_of(advice, SHOP).expiry_seconds == 60.0
    assert limits_of(advice, SHOP).give_up_seconds == 90.0
    assert limits_of(advice, "other").give_up_seconds == DEFAULT_LIMITS.give_up_seconds


def test_a_scaled_limit_is_taken_at_the_placing() -> None:
    bench = a_bench()
    bench.committer.advice = {"limits": {"expiry_seconds": 3.0}}
    place(bench, NUMBER)
    bench.advance(seconds=3)
    assert bench.said_names() == ["OrderPlaced", "OrderExpired"]
