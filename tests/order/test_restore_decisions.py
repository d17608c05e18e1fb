"""A person ends what a restore has left in doubt."""

from __future__ import annotations

from typing import Any

import pytest

from services.order.domain.order_state import OrderState
from services.order.search.commands import DecidePayment
from services.order.views import Doubts
from tests.harness import Bench
from tests.order.builders import NUMBER, SHOP, a_bench, allocated, pay, place, the_order
from tests.order.restoring import ABSENT, paid, restore, said_since, say, say_all, the_search, words
from tests.order.test_views import documents


def decide(bench: Bench, *, is_paid: bool, provider: str | None = None, trade_number: str | None = None) -> Any:
    return bench.do(
        DecidePayment(shop_id=SHOP, order_number=NUMBER, is_paid=is_paid, provider=provider, trade_number=trade_number, decided_by="mei")
    )


def a_denied_payment() -> Bench:
    bench = a_bench()
    backup = bench.store.copy()
    place(bench)
    pay(bench)
    bench.restore(backup)
    bench.tell(allocated())
    say_all(bench, ABSENT)
    return bench


def a_card_without_payment() -> Bench:
    bench = a_bench()
    place(bench)
    bench.restore(bench.store.copy())
    bench.tell(allocated())
    say_all(bench, ABSENT)
    return bench


def test_a_payment_in_doubt_is_listed_until_it_is_decided() -> None:
    bench = a_denied_payment()
    (doubt,) = documents(bench, Doubts.NAME, f"{SHOP}/")
    assert (doubt["order_number"], doubt["reason"]) == (NUMBER, "provider_denies")
    assert decide(bench, is_paid=True).status == 200
    assert documents(bench, Doubts.NAME) == []


def test_a_person_who_finds_the_money_has_the_order_delivered_as_we_had_said() -> None:
    bench = a_denied_payment()
    decide(bench, is_paid=True)
    assert said_since(bench) == ["OrderPlaced", "PaymentConfirmed", "CardDelivered"]
    assert words(bench, "PaymentConfirmed")[0]["provider_trade_number"] == "T1"
    assert decide(bench, is_paid=False).status == 409


def test_a_person_who_finds_no_money_lets_the_order_expire() -> None:
    bench = a_denied_payment()
    decide(bench, is_paid=False)
    assert said_since(bench) == ["OrderPlaced", "OrderExpired"]
    assert bench.store.oldest_timer() is None


def test_money_that_is_found_after_all_still_pays_late_and_hands_on_what_was_kept() -> None:
    bench = a_denied_payment()
    decide(bench, is_paid=False)
    pay(bench)
    assert said_since(bench) == ["OrderPlaced", "OrderExpired", "PaymentConfirmed", "CardDelivered"]


def test_a_payment_that_we_had_not_named_must_be_named() -> None:
    bench = a_card_without_payment()
    before = the_search(bench).version
    assert decide(bench, is_paid=True).status == 422
    assert the_search(bench).version == before
    assert decide(bench, is_paid=True, provider="epay", trade_number="E1").status == 200
    assert the_order(bench).state is OrderState.PAID
    assert the_order(bench).trade_number == "E1"


@pytest.mark.parametrize("is_paid", [True, False])
def test_there_is_nothing_to_decide_about_an_order_without_doubt(is_paid: bool) -> None:
    bench = a_bench()
    place(bench)
    assert decide(bench, is_paid=is_paid).status == 409
    bench.restore(bench.store.copy())
    bench.advance(minutes=16)
    assert decide(bench, is_paid=is_paid).status == 409
    say(bench, "epay", paid("E1"))
    assert decide(bench, is_paid=is_paid).status == 409


def test_the_only_payment_we_know_of_may_not_be_the_second_one_as_well() -> None:
    """The first payment's record has left the topic; a person has to find out by which one the order was paid."""
    bench = a_bench()
    place(bench)
    backup = bench.store.copy()
    pay(bench)
    pay(bench, trade_number="T2")
    restore(bench, backup, lambda name, _: name == "PaymentDuplicated")
    say(bench, "alipay", paid("T2"))
    say(bench, "epay", ABSENT, ABSENT)
    assert the_search(bench).doubt == "first_payment_lost"
    assert decide(bench, is_paid=True, provider="alipay", trade_number="T2").status == 422
    assert decide(bench, is_paid=True, provider="alipay", trade_number="T1").status == 200
    assert said_since(bench) == ["PaymentDuplicated", "PaymentConfirmed"]
