"""After a restore of this service's own store: orders and payments that it had told of are what they were."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chassis.activity import Refused
from chassis.unit import Away, Handled
from services.order.domain.order_state import OrderState
from services.order.indexes import ContactProofs, proof_key
from tests.harness import Bench
from tests.order.builders import (
    NUMBER,
    PAID_AT,
    SHOP,
    a_bench,
    a_line,
    allocated,
    amount_of,
    notice,
    opened,
    pay,
    place,
    the_order,
)
from tests.order.restoring import (
    ABSENT,
    NOT_CONFIGURED,
    NOT_PAID,
    paid,
    pay_by,
    questions,
    restore,
    said_since,
    say,
    say_all,
    the_search,
    words,
)


def a_lost_order(*, is_paid: bool = False, provider: str = "alipay") -> Bench:
    """A bench restored to before the order was placed (and paid)."""
    bench = a_bench()
    backup = bench.store.copy()
    place(bench)
    if is_paid:
        pay_by(bench, provider)
    bench.restore(backup)
    return bench


def test_a_lost_order_is_placed_again_word_for_word() -> None:
    bench = a_bench()
    backup = bench.store.copy()
    place(bench, lines=(a_line(quantity=2), a_line(line=2)), is_taken_over=True)
    (said,) = words(bench, "OrderPlaced")
    order_before = the_order(bench)
    bench.advance(seconds=40)

    bench.restore(backup)

    order = the_order(bench)
    assert words(bench, "OrderPlaced") == [said]
    assert (order.id, order.lines, order.amount, order.expires_at) == (
        order_before.id,
        order_before.lines,
        order_before.amount,
        order_before.expires_at,
    )
    assert order.contact_reference is None


def test_a_recovered_order_is_found_by_its_contacts_fingerprint() -> None:
    bench = a_lost_order()
    (row,) = bench.store.index_rows(ContactProofs.NAME, proof_key(SHOP, NUMBER, "v1:contact"))
    assert row.stream_id == the_order(bench).id


def test_a_shop_that_sends_the_order_again_finds_it_and_gives_its_contact_back() -> None:
    bench = a_bench()
    backup = bench.store.copy()
    first = place(bench)
    bench.restore(backup)

    again = place(bench)
    order = the_order(bench)
    assert (again.status, again.body) == (first.status, first.body)
    assert order.contact_reference is not None
    assert [row.kind for row in bench.store.vault([order.contact_reference])] == ["contact"]
    assert place(bench).body == first.body
    assert the_order(bench).version == order.version
    assert place(bench, lines=(a_line(quantity=3),)).status == 409
    assert said_since(bench) == ["OrderPlaced"]


@pytest.mark.parametrize("is_released", [True, False])
def test_a_recovered_order_does_not_expire_before_every_provider_has_denied_its_payment(is_released: bool) -> None:
    bench = a_bench()
    backup = bench.store.copy()
    place(bench)
    bench.restore(backup)
    if is_released:
        assert bench.release() == Handled()

    bench.advance(minutes=16)
    assert the_order(bench).state is OrderState.PLACED
    say(bench, "alipay", NOT_PAID, NOT_PAID)
    say(bench, "epay", NOT_CONFIGURED)
    assert the_order(bench).state is OrderState.EXPIRED
    assert said_since(bench) == ["OrderPlaced", "OrderExpired"]
    assert bench.store.oldest_timer() is None


def test_an_order_whose_time_is_long_over_is_asked_about_at_once_and_paid_by_what_is_found() -> None:
    bench = a_bench()
    backup = bench.store.copy()
    place(bench)
    bench.now = bench.now.replace(hour=5)
    bench.restore(backup)

    bench.advance(seconds=1)
    say(bench, "epay", paid("E1"))
    assert the_order(bench).state is OrderState.PAID
    (said,) = words(bench, "PaymentConfirmed")
    assert (said["provider"], said["provider_trade_number"], said["is_late"]) == ("epay", "E1", False)
    say(bench, "alipay", ABSENT, ABSENT)
    assert said_since(bench) == ["OrderPlaced", "PaymentConfirmed"]


def test_an_order_of_the_backup_that_was_due_during_the_downtime_is_asked_about_first() -> None:
    bench = a_bench()
    place(bench)
    backup = bench.store.copy()
    bench.now = bench.now.replace(hour=2)
    bench.restore(backup)

    bench.advance(seconds=1)
    assert set(questions(bench)) == {"alipay", "epay"}
    assert said_since(bench) == []
    say(bench, "alipay", paid("A1"))
    assert said_since(bench) == ["PaymentConfirmed"]


def test_all_that_the_shop_takes_payments_by_are_asked_and_nobody_else() -> None:
    bench = a_bench()
    place(bench)
    bench.restore(bench.store.copy())
    bench.committer.advice = {"limits": {SHOP: {"providers": ("wechat", "alipay")}, "other": {"providers": ("epay",)}}}
    bench.advance(minutes=16)
    assert set(questions(bench)) == {"wechat", "alipay"}
    say_all(bench, ABSENT)
    assert the_order(bench).state is OrderState.EXPIRED


def test_also_once_the_restore_is_released_an_order_of_before_is_asked_about_and_a_later_one_expires_as_ever() -> None:
    bench = a_bench()
    place(bench)
    bench.restore(bench.store.copy())
    bench.release()
    bench.advance(minutes=16)
    assert (the_order(bench).state, set(questions(bench))) == (OrderState.PLACED, {"alipay", "epay"})
    say_all(bench, ABSENT)
    assert the_order(bench).state is OrderState.EXPIRED

    bench.advance(minutes=1)
    place(bench, "R-2")
    bench.advance(minutes=16)
    assert the_order(bench, "R-2").state is OrderState.EXPIRED
    assert questions(bench) == {}


def test_an_order_that_is_sent_again_before_the_release_is_asked_about_also_where_the_clock_was_put_back() -> None:
    bench = a_bench()
    backup = bench.store.copy()
    bench.now -= timedelta(minutes=10)
    bench.restore(backup)
    place(bench)  # no earlier than its product was listed, by the clock as it was then
    bench.release()
    assert the_order(bench).placed_at > bench.now
    bench.advance(minutes=26)
    assert (the_order(bench).state, set(questions(bench))) == (OrderState.PLACED, {"alipay", "epay"})


def test_an_order_that_is_sent_again_before_the_release_may_have_been_paid_before_it_was_lost() -> None:
    bench = a_bench()
    bench.restore(bench.store.copy())
    place(bench)  # for the first time, as far as the store knows
    bench.release()
    bench.advance(minutes=16)
    assert (the_order(bench).state, set(questions(bench))) == (OrderState.PLACED, {"alipay", "epay"})
    say(bench, "alipay", paid("A1"))
    assert the_order(bench).state is OrderState.PAID


@pytest.mark.parametrize("provider", ["alipay", "epay"])
def test_a_lost_payment_is_confirmed_again_word_for_word_once_its_provider_says_so(provider: str) -> None:
    bench = a_bench()
    backup = bench.store.copy()
    place(bench)
    bench.advance(seconds=7)
    pay_by(bench, provider)
    (said,) = words(bench, "PaymentConfirmed")
    bench.advance(seconds=4)
    bench.restore(backup)

    bench.advance(minutes=5)
    assert set(questions(bench)) == {provider}
    assert the_order(bench).state is OrderState.PLACED
    say(bench, provider, paid())
    assert words(bench, "PaymentConfirmed") == [said]
    assert said_since(bench) == ["OrderPlaced", "PaymentConfirmed"]
    assert the_search(bench).result == "paid"


def test_where_the_provider_cannot_be_asked_our_own_word_pays_the_order_and_is_marked() -> None:
    bench = a_lost_order(is_paid=True)
    say(bench, "alipay", NOT_CONFIGURED)
    assert the_order(bench).state is OrderState.PAID
    (ended,) = [event for event in events_of_search(bench) if type(event).__name__ == "Ended"]
    assert (ended.result, ended.basis) == ("paid", "our_word")


def test_a_payment_that_its_provider_denies_waits_for_a_person_and_never_expires() -> None:
    bench = a_lost_order(is_paid=True)
    say(bench, "alipay", NOT_PAID)
    assert the_search(bench).doubt is None
    say(bench, "alipay", NOT_PAID)
    bench.release()
    bench.advance(hours=3)
    assert the_search(bench).doubt == "provider_denies"
    assert the_order(bench).state is OrderState.PLACED
    assert said_since(bench) == ["OrderPlaced"]


def test_a_provider_that_stays_silent_is_a_persons_business_and_its_late_answer_still_counts() -> None:
    bench = a_lost_order(is_paid=True)
    bench.advance(minutes=11)
    assert the_search(bench).doubt == "no_answer"
    say(bench, "alipay", paid())
    assert the_order(bench).state is OrderState.PAID
    assert (the_search(bench).doubt, bench.store.parked(None, 10)[0].status.value) == (None, "replayed")


def test_a_repeated_notice_pays_a_lost_payment_again_with_what_was_said_at_first() -> None:
    bench = a_bench()
    backup = bench.store.copy()
    place(bench)
    pay(bench, paid_at=None)
    (said,) = words(bench, "PaymentConfirmed")
    bench.advance(minutes=2)
    bench.restore(backup)

    assert pay(bench, paid_at=None).status == 200
    assert words(bench, "PaymentConfirmed") == [said]
    say(bench, "alipay", paid())
    assert said_since(bench) == ["OrderPlaced", "PaymentConfirmed"]


def test_another_payment_than_the_one_we_had_named_is_the_second_one() -> None:
    bench = a_lost_order(is_paid=True)
    pay_by(bench, "epay", "E9")
    assert [said["provider_trade_number"] for said in words(bench, "PaymentConfirmed")] == ["T1"]
    assert [said["provider_trade_number"] for said in words(bench, "PaymentDuplicated")] == ["E9"]


def test_another_amount_pays_nothing_and_waits_for_a_person() -> None:
    bench = a_bench()
    place(bench)
    bench.restore(bench.store.copy())
    bench.advance(minutes=16)
    say(bench, "epay", paid("E1", amount_of((a_line(quantity=2),))))
    say(bench, "alipay", ABSENT, ABSENT)
    bench.advance(hours=1)
    assert (the_order(bench).state, the_search(bench).doubt) == (OrderState.PLACED, "other_amount")


def test_an_order_that_we_said_had_expired_has_expired_and_a_late_payment_is_found() -> None:
    bench = a_bench()
    backup = bench.store.copy()
    place(bench)
    bench.advance(minutes=16)
    bench.restore(backup)

    assert said_since(bench) == ["OrderPlaced", "OrderExpired"]
    say(bench, "epay", paid("E1"))
    (said,) = words(bench, "PaymentConfirmed")
    assert said["is_late"] is True


def test_a_late_payment_that_was_lost_is_late_again() -> None:
    bench = a_bench()
    backup = bench.store.copy()
    place(bench)
    bench.advance(minutes=16)
    pay(bench)
    (said,) = words(bench, "PaymentConfirmed")
    bench.restore(backup)
    say(bench, "alipay", paid())
    say(bench, "epay", ABSENT, ABSENT)
    assert words(bench, "PaymentConfirmed") == [said]
    assert the_order(bench).is_late


def test_a_lost_second_payment_is_a_fact_again() -> None:
    bench = a_bench()
    place(bench)
    pay(bench)
    backup = bench.store.copy()
    pay(bench, trade_number="T2")
    (said,) = words(bench, "PaymentDuplicated")
    bench.restore(backup)
    assert words(bench, "PaymentDuplicated") == [said]
    assert pay(bench, trade_number="T2").status == 200
    assert said_since(bench) == ["PaymentDuplicated"]


def test_a_second_payment_is_a_fact_again_before_the_first_is_proven() -> None:
    bench = a_bench()
    backup = bench.store.copy()
    place(bench)
    pay(bench)
    pay(bench, trade_number="T2")
    bench.restore(backup)
    say(bench, "alipay", paid("T2"))
    assert said_since(bench) == ["OrderPlaced", "PaymentDuplicated", "PaymentConfirmed"]
    assert the_order(bench).trade_number == "T1"


def test_of_a_payment_that_is_lost_everywhere_what_inventory_says_is_evidence() -> None:
    """The record of the payment has left the topic: only inventory, which gave a card for it, still knows."""
    bench = a_bench()
    place(bench)
    bench.restore(bench.store.copy())
    bench.tell(allocated(), opened())
    assert set(questions(bench)) == {"alipay", "epay"}
    say_all(bench, ABSENT)
    bench.advance(hours=1)
    assert the_search(bench).doubt == "card_without_payment"
    assert the_order(bench).state is OrderState.PLACED


def test_what_inventory_says_while_the_payment_is_asked_about_is_delivered_with_it() -> None:
    bench = a_lost_order(is_paid=True)
    bench.tell(allocated(), opened())
    assert said_since(bench) == ["OrderPlaced"]
    say(bench, "alipay", paid())
    assert said_since(bench) == ["OrderPlaced", "PaymentConfirmed", "CardDelivered", "OrderClosed"]


def test_a_payment_that_takes_no_questions_leaves_a_note_for_a_person_when_the_order_expires() -> None:
    bench = a_bench()
    place(bench)
    bench.restore(bench.store.copy())
    bench.advance(minutes=16)
    say(bench, "alipay", Refused("not_askable"))
    say(bench, "epay", NOT_CONFIGURED)
    assert (the_order(bench).state, the_search(bench).doubt) == (OrderState.EXPIRED, "could_not_ask")


def test_a_question_that_was_never_put_is_no_denial() -> None:
    bench = a_lost_order(is_paid=True)
    for _ in range(5):
        say(bench, "alipay", Refused("deadline_passed", is_temporary=True))
    assert the_search(bench).answers == {"alipay": ()}
    say(bench, "alipay", paid())
    assert the_order(bench).state is OrderState.PAID


def test_a_payment_of_an_order_that_left_the_topic_waits_until_the_shop_sends_it_again() -> None:
    bench = a_bench()
    backup = bench.store.copy()
    place(bench)
    pay(bench)
    restore(bench, backup, lambda name, _: name != "OrderPlaced")
    assert isinstance(bench.release(), Away)
    place(bench)
    say(bench, "alipay", paid())
    assert said_since(bench) == ["OrderPlaced", "PaymentConfirmed"]
    assert bench.release() == Handled()


def test_a_rejection_that_was_lost_is_judged_again_when_it_is_said_again() -> None:
    bench = a_bench()
    place(bench)
    backup = bench.store.copy()
    wrong = notice(amount=amount_of((a_line(quantity=2),)), paid_at=PAID_AT)
    assert bench.do(wrong).status == 400
    bench.restore(backup)
    assert said_since(bench) == []
    assert bench.do(wrong).status == 400
    assert said_since(bench) == ["PaymentRejected"]


def test_a_store_restored_twice_says_the_same_for_the_third_time() -> None:
    bench = a_bench()
    backup = bench.store.copy()
    place(bench)
    pay(bench)
    (said,) = words(bench, "PaymentConfirmed")
    bench.restore(backup)
    second = bench.store.copy()
    say(bench, "alipay", paid())
    bench.tell(allocated())
    bench.restore(second)
    say(bench, "alipay", paid())
    assert words(bench, "PaymentConfirmed") == [said]
    assert said_since(bench, 3) == ["PaymentConfirmed", "CardDelivered"]


def events_of_search(bench: Bench) -> list[Any]:
    return bench.service.codec.decode_all(bench.store.stream(the_search(bench).id))
