"""The card supplier's behaviour, without a network: the honest way, every fault, every lie."""

import re
from dataclasses import replace
from datetime import datetime

import pytest

from protocols import dujiao_next as next_site
from protocols.dujiao_next import ErrorClass, SupplierAccess, SupplierError, SupplierOrder, SupplierOrderStatus
from protocols.http import AnswerLost, HttpReply, HttpRequest, NotSent
from sandbox.behaviour.catalogue import CARD_PATTERN, card_secret
from sandbox.behaviour.faults import SupplierFaults
from sandbox.behaviour.suppliers import CardSupplier
from tests.sandbox.parties import ACCESS, GAME, MUSIC, START, at, supplier


def create(number: str = "RD1-1-1", *, sku_id: int = 7, quantity: int = 1, now: datetime = START, url: str | None = None) -> HttpRequest:
    return next_site.build_create_order(ACCESS, sku_id=sku_id, quantity=quantity, downstream_order_no=number, now=now, callback_url=url)


def answer(party: CardSupplier, request: HttpRequest, now: datetime = START) -> HttpReply:
    result = party.handle(request, now).result
    assert isinstance(result, HttpReply)
    return result


def ordered(party: CardSupplier, number: str = "RD1-1-1", *, sku_id: int = 7, quantity: int = 1) -> SupplierOrder:
    order = next_site.parse_create_reply(answer(party, create(number, sku_id=sku_id, quantity=quantity)))
    assert isinstance(order, SupplierOrder), order
    return order


def refused(party: CardSupplier, request: HttpRequest | None = None) -> SupplierError:
    error = next_site.parse_create_reply(answer(party, request or create()))
    assert isinstance(error, SupplierError), error
    return error


def found(party: CardSupplier, number: str = "RD1-1-1", now: datetime = START) -> SupplierOrder | SupplierError:
    reply = answer(party, next_site.build_find_order(ACCESS, number, now=now), now)
    return next_site.parse_find_reply(reply, downstream_order_no=number)


def delivered(party: CardSupplier, number: str = "RD1-1-1") -> SupplierOrder:
    order = found(party, number)
    assert isinstance(order, SupplierOrder)
    assert order.status is SupplierOrderStatus.DELIVERED
    return order


def cards(party: CardSupplier, now: datetime = START) -> list[str]:
    return [delivery.card for delivery in party.deliveries(now)]


def test_an_order_is_made_paid_and_delivered_and_can_be_asked_for_by_both_numbers() -> None:
    party = supplier()
    order = ordered(party, quantity=2)
    assert (order.status, order.amount) == (SupplierOrderStatus.OPEN, "90.00")
    told = next_site.parse_get_reply(answer(party, next_site.build_get_order(ACCESS, order.order_id, now=START)))
    assert told == delivered(party)
    assert isinstance(told, SupplierOrder)
    assert list(told.cards) == cards(party)
    assert len(told.cards) == 2
    assert all(re.fullmatch(CARD_PATTERN, card) for card in told.cards)
    assert [(item.sku_id, item.quantity) for item in told.items] == [(7, 2)]
    assert party.ledger.stock_counts[7] == 3
    assert party.ledger.balance == 910


def test_cards_are_the_same_in_every_run_and_differ_by_supplier_product_and_number() -> None:
    one, other = supplier(), supplier()
    for party in (one, other):
        ordered(party)
    assert cards(one) == cards(other) == [card_secret("north", "game-50", 1)]
    made = {card_secret(s, p, n) for s in ("north", "south") for p in ("a", "b") for n in range(500)}
    assert len(made) == 2_000


def test_the_same_number_never_orders_twice() -> None:
    party = supplier()
    assert ordered(party).order_id == ordered(party).order_id
    assert len(cards(party)) == 1


def test_ping_and_products_tell_balance_and_stock() -> None:
    party = supplier()
    ordered(party)
    account = next_site.parse_ping_reply(answer(party, next_site.build_ping(ACCESS, now=START)))
    assert account == next_site.SupplierAccount("955.00", "CNY")
    listings = next_site.parse_products_reply(answer(party, next_site.build_products(ACCESS, now=START)))
    assert isinstance(listings, tuple)
    assert [(listing.sku_id, listing.stock_count) for listing in listings] == [(7, 4), (8, 5)]


def test_unauthentic_and_unfit_calls_are_refused_and_change_nothing() -> None:
    party = supplier()
    other = SupplierAccess(ACCESS.api_key, "guess")
    guess = next_site.build_create_order(other, sku_id=7, quantity=1, downstream_order_no="X", now=START)
    assert refused(party, guess).code == "invalid_signature"
    assert refused(party, create(now=at(-61))).code == "timestamp_expired"
    assert refused(party, replace(create(), headers=())).code == "missing_auth_headers"
    assert refused(party, create(quantity=0)).code == "bad_request"
    assert refused(party, create(sku_id=99)).error_class is ErrorClass.DELISTED
    assert party.ledger.orders == {}


def test_stock_and_balance_run_out() -> None:
    assert refused(supplier(), create(quantity=6)).error_class is ErrorClass.OUT_OF_STOCK
    assert refused(supplier(balance="44.99")).error_class is ErrorClass.NO_BALANCE


@pytest.mark.parametrize(
    ("faults", "error_class"),
    [
        (SupplierFaults(is_out_of_stock=True), ErrorClass.OUT_OF_STOCK),
        (SupplierFaults(is_without_balance=True), ErrorClass.NO_BALANCE),
        (SupplierFaults(is_delisted=True), ErrorClass.DELISTED),
        (SupplierFaults(is_failing=True), ErrorClass.TEMPORARY),
    ],
)
def test_a_switched_on_refusal_makes_no_order(faults: SupplierFaults, error_class: ErrorClass) -> None:
    party = supplier()
    party.faults.set(faults)
    assert refused(party).error_class is error_class
    assert party.ledger.orders == {}


def test_a_supplier_that_is_down_does_nothing() -> None:
    party = supplier()
    party.faults.set(SupplierFaults(is_down=True), until=at(10))
    assert isinstance(party.handle(create(), START).result, NotSent)
    assert party.ledger.orders == {}
    assert isinstance(party.handle(create(now=at(10)), at(10)).result, HttpReply)


def test_a_slow_supplier_takes_its_time() -> None:
    party = supplier()
    party.faults.set(SupplierFaults(slow_seconds=8))
    assert party.handle(create(), START).latency_seconds == 8


@pytest.mark.parametrize("faults", [SupplierFaults(is_answer_lost=True), SupplierFaults(is_failing_after_success=True)])
def test_an_order_whose_answer_is_lost_is_found_by_our_number(faults: SupplierFaults) -> None:
    party = supplier()
    party.faults.set(faults)
    result = party.handle(create(), START).result
    if isinstance(result, HttpReply):
        error = next_site.parse_create_reply(result)
        assert isinstance(error, SupplierError)
        assert error.is_effect_possible
    else:
        assert isinstance(result, AnswerLost)
    assert list(delivered(party).cards) == cards(party)


def test_a_supplier_lying_about_idempotency_orders_and_charges_again() -> None:
    party = supplier()
    party.faults.set(SupplierFaults(is_ordering_twice=True))
    assert ordered(party).order_id != ordered(party).order_id
    assert party.ledger.balance == 910
    assert len(set(cards(party))) == 2


def test_a_wrong_product_shows_in_the_items_and_in_the_card() -> None:
    party = supplier()
    party.faults.set(SupplierFaults(is_wrong_product=True))
    ordered(party)
    order = delivered(party)
    assert order.items[0].sku_id == MUSIC.sku_id
    assert order.cards[0].startswith("MUSIC-")
    [delivery] = party.deliveries(START)
    assert (delivery.product_code, delivery.ordered_product_code) == (MUSIC.product_code, GAME.product_code)


def test_invalid_cards_violate_the_pattern_and_differ() -> None:
    party = supplier()
    party.faults.set(SupplierFaults(is_card_invalid=True))
    ordered(party, quantity=2)
    assert all(re.fullmatch(CARD_PATTERN, card) is None for card in cards(party))
    assert len(set(cards(party))) == 2


def test_a_duplicate_card_is_one_delivered_before() -> None:
    party = supplier()
    ordered(party, "RD1-1-1")
    party.faults.set(SupplierFaults(is_card_duplicate=True), order_number="RD2")
    ordered(party, "RD2-1-1")
    ordered(party, "RD3-1-1")
    first, second, third = cards(party)
    assert first == second != third


def test_a_denied_order_exists_all_the_same() -> None:
    party = supplier()
    party.faults.set(SupplierFaults(is_denying_orders=True))
    order = ordered(party)
    answers = [
        found(party),
        next_site.parse_get_reply(answer(party, next_site.build_get_order(ACCESS, order.order_id, now=START))),
        next_site.parse_cancel_reply(answer(party, next_site.build_cancel_order(ACCESS, order.order_id, now=START))),
    ]
    for denied in answers:
        assert isinstance(denied, SupplierError)
        assert denied.error_class is ErrorClass.NOT_FOUND
    assert len(cards(party)) == 1


def test_a_late_card_comes_late_and_its_order_can_be_cancelled_before() -> None:
    party = supplier()
    party.faults.set(SupplierFaults(late_seconds=90))
    late, cancelled = ordered(party, "RD1-1-1"), ordered(party, "RD2-1-1")
    reply = answer(party, next_site.build_cancel_order(ACCESS, cancelled.order_id, now=START))
    order = next_site.parse_cancel_reply(reply)
    assert isinstance(order, SupplierOrder)
    assert order.status is SupplierOrderStatus.CANCELLED
    before, after = found(party, now=at(89)), found(party, now=at(90))
    assert isinstance(before, SupplierOrder)
    assert isinstance(after, SupplierOrder)
    assert (before.status, before.cards) == (SupplierOrderStatus.OPEN, ())
    assert (after.status, len(after.cards)) == (SupplierOrderStatus.DELIVERED, 1)
    assert [delivery.order_id for delivery in party.deliveries(at(90))] == [late.order_id]
    assert party.ledger.balance == 955
    assert party.ledger.stock_counts[7] == 4


def test_a_delivered_order_cannot_be_cancelled() -> None:
    party = supplier()
    order = ordered(party)
    error = next_site.parse_cancel_reply(answer(party, next_site.build_cancel_order(ACCESS, order.order_id, now=START)))
    assert isinstance(error, SupplierError)
    assert error.error_class is ErrorClass.NOT_CANCELLABLE


def test_delivery_is_told_to_the_callback_url_until_the_shop_accepts() -> None:
    party = supplier()
    party.handle(create(url="https://shop.example/hooks/north"), START)
    [callback] = party.due_callbacks(START)
    assert callback.url == "https://shop.example/hooks/north"
    order = next_site.parse_callback(callback.request, ACCESS, now=START)
    assert (order.downstream_order_no, list(order.cards)) == ("RD1-1-1", cards(party))
    assert not party.callback_answered(callback, HttpReply(500))
    assert party.next_callback_at() == at(5)
    [again] = party.due_callbacks(at(5))
    assert party.callback_answered(again, next_site.callback_reply())
    assert party.next_callback_at() is None


def test_an_unknown_route_is_answered_without_the_envelope() -> None:
    party = supplier()
    path = "/api/v1/upstream/moon"
    headers = next_site.signed_headers(ACCESS.api_key, ACCESS.api_secret, "GET", path, b"", now=START)
    unknown = HttpRequest("GET", path, headers=headers)
    assert answer(party, unknown).status == 404
    assert answer(party, replace(unknown, url_path="/elsewhere")).status == 401
