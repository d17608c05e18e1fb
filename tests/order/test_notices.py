"""A notice is judged once: it pays, changes nothing, or is refused and recorded."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chassis.activity import Absent, Confirmed, Refused, Unknown, confirmed
from chassis.store.rows import IntentStatus
from contracts.values import Money
from services.order.domain.notice import NoticeState, PaymentNotice
from services.order.domain.order_state import OrderState
from services.order.notices.commands import RefuseNotice
from services.order.notices.intents import ConfirmPayment, PaymentProven
from tests.harness import Bench
from tests.order.builders import NUMBER, PRICE, SHOP, a_bench, notice, pay, place, the_order


@pytest.fixture
def placed() -> Bench:
    bench = a_bench()
    place(bench)
    return bench


def proven(trade_number: str = "E1", amount: Money = PRICE) -> Confirmed:
    return confirmed(PaymentProven(trade_number=trade_number, amount=amount))


def judged(answer: Any) -> tuple[int, str, str | None]:
    body = msgspec.json.decode(answer.body)
    return answer.status, body["state"], body["reason"]


def state_of(bench: Bench, provider: str = "epay", trade_number: str = "E1") -> NoticeState:
    identity = notice(provider=provider, trade_number=trade_number).identity
    found: PaymentNotice = bench.aggregate(PaymentNotice.create_id(SHOP, provider, identity))
    return found.state


def the_question(bench: Bench) -> str:
    (row,) = [row for row in bench.intents() if row.kind == ConfirmPayment.KIND]
    return row.key


# a signature that proves


def test_a_proven_notice_pays_the_order(placed: Bench) -> None:
    assert judged(pay(placed)) == (200, "accepted", None)
    name, paid = placed.said[-1]
    assert name == "PaymentConfirmed"
    assert (paid["provider"], paid["provider_trade_number"], paid["is_late"]) == ("alipay", "T1", False)


def test_a_duplicate_of_a_notice_is_accepted_and_changes_nothing(placed: Bench) -> None:
    pay(placed)
    said = placed.said
    assert judged(pay(placed)) == (200, "accepted", None)
    assert judged(pay(placed, identity="another status of the same trade")) == (200, "accepted", None)
    assert placed.said == said


def test_another_payment_of_a_paid_order_is_told_once(placed: Bench) -> None:
    pay(placed)
    for _ in range(2):
        assert judged(pay(placed, trade_number="T2")) == (200, "accepted", None)
    assert placed.said_names().count("PaymentDuplicated") == 1
    assert placed.said_names().count("PaymentConfirmed") == 1


def test_a_payment_of_a_lapsed_order_is_late_and_pays_it(placed: Bench) -> None:
    placed.advance(minutes=20)
    pay(placed)
    assert placed.said[-1][1]["is_late"] is True
    assert the_order(placed).state is OrderState.PAID


@pytest.mark.parametrize("amount", [Money(2_499, "CNY"), Money(2_501, "CNY"), Money(2_500, "USD")])
def test_a_payment_of_another_amount_is_refused_and_recorded(placed: Bench, amount: Money) -> None:
    assert judged(pay(placed, amount=amount)) == (400, "refused", "wrong_amount")
    name, rejected = placed.said[-1]
    assert (name, rejected["reason"]) == ("PaymentRejected", "wrong_amount")
    assert rejected["order_id"] == str(the_order(placed).id)
    assert the_order(placed).state is OrderState.PLACED
    said = placed.said
    assert judged(pay(placed, amount=amount)) == (400, "refused", "wrong_amount")
    assert placed.said == said


def test_a_notice_that_comes_before_its_order_is_refused_once_and_accepted_after_the_order() -> None:
    bench = a_bench()
    for _ in range(2):
        assert judged(pay(bench)) == (400, "refused", "unknown_order")
    assert [(name, said["order_id"]) for name, said in bench.said] == [("PaymentRejected", None)]
    place(bench)
    assert judged(pay(bench)) == (200, "accepted", None)
    assert bench.said_names() == ["PaymentRejected", "OrderPlaced", "PaymentConfirmed"]


def test_a_notice_that_says_nothing_of_a_payment_is_passed_over(placed: Bench) -> None:
    assert judged(pay(placed, is_payment=False)) == (200, "disregarded", None)
    assert the_order(placed).state is OrderState.PLACED
    assert placed.said_names() == ["OrderPlaced"]


# forged ones


@pytest.mark.parametrize("number", [NUMBER, "NOBODY"])
def test_a_forged_notice_is_recorded_once_and_refused_each_time(placed: Bench, number: str) -> None:
    forged = RefuseNotice(shop_id=SHOP, provider="alipay", identity="f", order_number=number, trade_number="T1", reason="forged_notice")
    for _ in range(2):
        assert judged(placed.do(forged)) == (400, "refused", "forged_notice")
    assert placed.said_names() == ["OrderPlaced", "PaymentRejected"]
    assert placed.said[-1][1]["order_id"] == (str(the_order(placed).id) if number == NUMBER else None)


# a signature that proves nothing


def test_a_signed_only_notice_pays_only_once_the_provider_confirms_it(placed: Bench) -> None:
    assert judged(pay(placed, provider="epay", trade_number="E1")) == (200, "awaiting", None)
    assert the_order(placed).state is OrderState.PLACED
    placed.outcome(the_question(placed), proven())
    assert the_order(placed).state is OrderState.PAID
    assert state_of(placed) is NoticeState.ACCEPTED


def test_a_repeat_while_the_provider_is_asked_asks_nothing_more(placed: Bench) -> None:
    pay(placed, provider="epay", trade_number="E1")
    assert judged(pay(placed, provider="epay", trade_number="E1")) == (200, "awaiting", None)
    assert len(placed.intents()) == 1


@pytest.mark.parametrize("outcome", [Refused("unpaid"), Refused("absent"), Refused("closed")])
def test_a_notice_that_the_provider_twice_does_not_confirm_is_refused(placed: Bench, outcome: Refused) -> None:
    pay(placed, provider="epay", trade_number="E1")
    placed.outcome(the_question(placed), outcome)
    assert state_of(placed) is NoticeState.AWAITING
    placed.outcome(the_question(placed), outcome)
    assert state_of(placed) is NoticeState.REFUSED
    assert placed.said[-1][0] == "PaymentRejected"
    assert placed.said[-1][1]["reason"] == "not_paid"
    assert the_order(placed).state is OrderState.PLACED


def test_a_provider_that_lags_behind_its_own_notice_is_believed_the_second_time(placed: Bench) -> None:
    pay(placed, provider="epay", trade_number="E1")
    placed.outcome(the_question(placed), Refused("unpaid"))
    placed.outcome(the_question(placed), proven())
    assert the_order(placed).state is OrderState.PAID


def test_an_unconfirmed_notice_that_is_said_again_is_asked_about_again(placed: Bench) -> None:
    pay(placed, provider="epay", trade_number="E1")
    for _ in range(2):
        placed.outcome(the_question(placed), Refused("unpaid"))
    assert judged(pay(placed, provider="epay", trade_number="E1")) == (200, "awaiting", None)
    placed.outcome(the_question(placed), proven())
    assert the_order(placed).state is OrderState.PAID


def test_an_unknown_answer_is_asked_about_until_it_is_known(placed: Bench) -> None:
    pay(placed, provider="epay", trade_number="E1")
    key = the_question(placed)
    placed.outcome(key, Unknown("answer_lost"))
    assert placed.intents()[0].status is IntentStatus.UNKNOWN
    placed.answer(key, Unknown("answer_lost"))
    assert state_of(placed) is NoticeState.AWAITING
    placed.answer(key, proven())
    assert the_order(placed).state is OrderState.PAID


def test_absent_is_taken_like_not_paid(placed: Bench) -> None:
    pay(placed, provider="epay", trade_number="E1")
    key = the_question(placed)
    placed.outcome(key, Unknown("answer_lost"))
    placed.answer(key, Absent())
    placed.outcome(key, Refused("absent"))
    assert state_of(placed) is NoticeState.REFUSED


def test_a_confirmation_of_another_amount_is_refused(placed: Bench) -> None:
    pay(placed, provider="epay", trade_number="E1")
    placed.outcome(the_question(placed), proven(amount=Money(100, "CNY")))
    assert placed.said[-1][1]["reason"] == "wrong_amount"
    assert the_order(placed).state is OrderState.PLACED


def test_the_providers_own_trade_number_counts_and_the_true_notice_is_then_a_duplicate(placed: Bench) -> None:
    pay(placed, provider="epay", trade_number="FORGED")
    placed.outcome(the_question(placed), proven("E1"))
    assert the_order(placed).trade_number == "E1"
    assert judged(pay(placed, provider="epay", trade_number="E1")) == (200, "accepted", None)
    assert placed.said_names().count("PaymentConfirmed") == 1
    assert "PaymentDuplicated" not in placed.said_names()


def test_a_second_trade_that_the_provider_does_not_name_is_refused(placed: Bench) -> None:
    pay(placed)
    pay(placed, provider="epay", trade_number="E1")
    placed.outcome(the_question(placed), proven("E1"))
    assert placed.said[-1][0] == "PaymentDuplicated"
    pay(placed, provider="epay", trade_number="E9")
    key = next(row.key for row in placed.intents(IntentStatus.PENDING))
    placed.outcome(key, proven("E1"))
    assert placed.said[-1][1]["reason"] == "trade_not_confirmed"


def test_an_answer_for_a_notice_that_is_settled_changes_nothing(placed: Bench) -> None:
    pay(placed, provider="epay", trade_number="E1")
    key = the_question(placed)
    attempt = placed.start(key)
    placed.outcome(key, proven(), attempt=attempt)
    said = placed.said
    placed.outcome(key, Refused("unpaid"), attempt=attempt)
    assert placed.said == said
