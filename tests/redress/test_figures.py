"""The judge of the demo must see what it is there to see."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from redress.demo.figures import Figures, figures_of
from redress.demo.stores import Stores
from redress.history import Happening

AT = datetime(2026, 1, 1, tzinfo=UTC)
CARDS = {"c1": "p", "c2": "p"}


def said(name: str, order: str = "A", **facts: Any) -> Happening:
    whole = {"order_number": order, "line": 1, "unit": 1, "need_id": f"need of {order}", "product_code": "p", **facts}
    return Happening(AT, "service", 1, name, "", True, order, whole)


def placed(order: str = "A") -> Happening:
    return said("OrderPlaced", order)


def paid(order: str = "A", quantity: int = 1, *, is_late: bool = False) -> Happening:
    return said("PaymentConfirmed", order, is_late=is_late, provider="alipay", lines=[{"quantity": quantity}])


def allocated(card: str, order: str = "A", unit: int = 1, supplier: str = "own") -> Happening:
    return said("CardAllocated", order, card_id=card, unit=unit, supplier_code=supplier)


def delivered(card: str, order: str = "A", unit: int = 1, milliseconds: int = 100) -> Happening:
    return said("CardDelivered", order, card_id=card, unit=unit, delivery_milliseconds=milliseconds)


def judged(
    *happenings: Happening,
    cards: dict[str, str] | None = None,
    notices: tuple[dict[str, Any], ...] = (),
    **known: Any,
) -> Figures:
    numbers = {each.order_number for each in happenings if each.order_number is not None}
    return figures_of(numbers, list(happenings), Stores(CARDS if cards is None else cards, **known), notices)


def test_an_honest_order_counts_once() -> None:
    figures = judged(placed(), paid(), allocated("c1"), delivered("c1", milliseconds=250))
    assert (figures.orders, figures.delivered, figures.unpaid, figures.manual) == (1, 1, 0, 0)
    assert (figures.double_issued, figures.oversold) == (0, 0)
    assert (figures.median_delivery_seconds, figures.p99_delivery_seconds) == (0.25, 0.25)


def test_one_card_for_two_orders_is_seen() -> None:
    figures = judged(placed(), paid(), allocated("c1"), placed("B"), paid("B"), allocated("c1", "B"))
    assert figures.double_issued == 1


def test_two_cards_for_one_unit_and_a_unit_delivered_twice_are_seen() -> None:
    assert judged(placed(), paid(), allocated("c1"), allocated("c2")).double_issued == 1
    assert judged(placed(), paid(), delivered("c1"), delivered("c1")).double_issued == 1


def test_more_cards_given_than_there_were_is_seen() -> None:
    assert judged(placed(), paid(), allocated("c1"), allocated("c2", unit=2), cards={"c1": "p"}).oversold == 1
    assert judged(placed(), paid(), delivered("c9")).oversold == 1


def test_half_an_order_is_not_delivered() -> None:
    assert judged(placed(), paid(quantity=2), delivered("c1")).delivered == 0
    assert judged(placed(), paid(quantity=2), delivered("c1"), delivered("c2", unit=2)).delivered == 1


def test_a_need_waits_for_a_person_until_it_has_a_card_and_a_failed_one_for_ever() -> None:
    assert judged(placed(), paid(), said("NeedAwaitsPerson")).manual == 1
    assert judged(placed(), paid(), said("NeedAwaitsPerson"), allocated("c1")).manual == 0
    assert judged(placed(), paid(), said("DeliveryFailed"), said("NeedAwaitsPerson")).manual == 1


def test_only_further_accepted_notices_are_duplicates() -> None:
    notice = {"party": "alipay", "order_number": "A", "is_accepted": True}
    refused, other = {**notice, "is_accepted": False}, {**notice, "party": "north"}
    assert judged(placed(), notices=(notice, notice, notice, refused, other, other)).duplicates_ignored == 2


def test_late_unpaid_and_refused_are_counted() -> None:
    figures = judged(placed(), paid(is_late=True), placed("B"), said("PaymentRejected", "B"))
    assert (figures.late_accepted, figures.unpaid, figures.refused_notices) == (1, 1, 1)


def test_a_reusable_card_is_given_to_many_but_each_copy_to_one() -> None:
    listed = Happening(AT, "service", 1, "ProductListed", "", True, None, {"product_code": "p", "kind": "reusable"})
    two = (listed, allocated("c1"), delivered("c1"), allocated("c2", "B"), delivered("c2", "B"))
    assert judged(*two, cards={"c0": "p"}, copies=frozenset({"c1", "c2"})).oversold == 0
    assert judged(*two[1:], cards={"c0": "p"}, copies=frozenset({"c1", "c2"})).oversold == 1
    assert judged(listed, allocated("c1"), allocated("c1", "B"), copies=frozenset({"c1"})).double_issued == 1


def test_a_top_up_has_no_card_and_is_made_once() -> None:
    made, told = said("TopUpSucceeded", supplier_code="refill"), delivered("need of A")
    figures = judged(placed(), paid(), made, told, said("NeedAwaitsPerson"))
    assert (figures.top_ups, figures.delivered, figures.manual, figures.double_issued, figures.oversold) == (1, 1, 0, 0, 0)
    assert judged(placed(), paid(), made, made).double_issued == 1
    assert judged(placed(), paid(), told).oversold == 1


def test_only_what_a_person_gave_is_a_delivery_by_hand() -> None:
    waiting = said("HandDeliveryAwaited")
    assert (judged(paid(), waiting).manual, judged(paid(), waiting).manual_deliveries) == (1, 0)
    figures = judged(paid(), waiting, allocated("c1", supplier="by_hand"), allocated("c2", "B"))
    assert (figures.manual, figures.manual_deliveries) == (0, 1)


def test_a_switch_is_a_payment_over_another_channel_than_the_first_wanted() -> None:
    assert judged(paid(), paid("B"), first_channels={"A": "epay_v2", "B": "alipay"}).channels_switched == 1
    assert judged(paid()).channels_switched == 0


def test_a_need_that_was_run_again_counts_once_it_was_served() -> None:
    rerun = frozenset({"need of A", "need of B"})
    assert judged(paid(), allocated("c1"), paid("B"), rerun_needs=rerun).stuck_rerun == 1
    assert judged(paid(), allocated("c1"), settlement_difference=3).settlement_difference == 3
