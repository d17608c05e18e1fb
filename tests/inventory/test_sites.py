"""Every adapter against the supplier of the sandbox that speaks its protocol: one port, one behaviour."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import get_args

import pytest

from protocols.errors import MalformedNotice
from protocols.http import AnswerLost, HttpReply, HttpRequest, NotSent
from protocols.supplier import SignatureRefused
from sandbox.behaviour.faults import SupplierFaults
from services.inventory.settings import SiteKind
from services.inventory.sourcing.domain.supplier import Supplier
from services.inventory.sourcing.sites.kinds import SITES
from services.inventory.sourcing.sites.port import (
    ErrorClass,
    NewOrder,
    SiteBalance,
    SiteOrder,
    SupplierError,
    SupplierOrderStatus,
    TakesNoCallbacks,
)
from tests.inventory.sites import ASKABLE, NOW, OTHER_SKU_ID, SKU_ID, Supplied

NUMBER = "A1-1-1-aaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbb-1"
ORDER = NewOrder(NUMBER, SKU_ID)
KINDS: tuple[SiteKind, ...] = get_args(SiteKind)
CALLING_BACK = ASKABLE

every_kind = pytest.mark.parametrize("kind", KINDS)
every_askable = pytest.mark.parametrize("kind", ASKABLE)


def test_there_is_one_adapter_for_every_kind_of_supplier() -> None:
    assert set(SITES) == set(KINDS) == Supplier.KINDS - Supplier.IMPORTED
    assert {kind for kind, site in SITES.items() if site.is_askable} == set(ASKABLE)


@every_kind
async def test_an_order_brings_its_card_at_once(kind: SiteKind) -> None:
    supplied = Supplied(kind)
    order = await supplied.site.create(ORDER)
    assert isinstance(order, SiteOrder)
    (handed,) = supplied.party.deliveries(NOW)
    assert (order.status, order.cards) == (SupplierOrderStatus.DELIVERED, (handed.card,))
    assert set(order.sku_ids) <= {SKU_ID}
    assert handed.card not in repr(order)


@every_kind
@pytest.mark.parametrize(
    ("faults", "error_class", "is_effect_possible"),
    [
        (SupplierFaults(is_failing=True), ErrorClass.TEMPORARY, True),
        (SupplierFaults(is_failing_after_success=True), ErrorClass.TEMPORARY, True),
        (SupplierFaults(is_out_of_stock=True), ErrorClass.OUT_OF_STOCK, False),
        (SupplierFaults(is_without_balance=True), ErrorClass.NO_BALANCE, False),
        (SupplierFaults(is_delisted=True), ErrorClass.DELISTED, False),
    ],
)
async def test_each_fault_has_its_class(kind: SiteKind, faults: SupplierFaults, error_class: ErrorClass, is_effect_possible: bool) -> None:
    answer = await Supplied(kind).misbehave(faults).site.create(ORDER)
    assert isinstance(answer, SupplierError)
    assert (answer.error_class, answer.is_effect_possible) == (error_class, is_effect_possible)


@every_kind
async def test_where_there_is_no_answer_the_fault_says_whether_it_may_have_arrived(kind: SiteKind) -> None:
    with pytest.raises(NotSent):
        await Supplied(kind).misbehave(SupplierFaults(is_down=True)).site.create(ORDER)
    lost = Supplied(kind).misbehave(SupplierFaults(is_answer_lost=True))
    with pytest.raises(AnswerLost):
        await lost.site.create(ORDER)
    assert lost.order_count == 1


@every_kind
async def test_an_order_that_is_not_ready_is_open(kind: SiteKind) -> None:
    order = await Supplied(kind).misbehave(SupplierFaults(late_seconds=5)).site.create(ORDER)
    assert order == SiteOrder(SupplierOrderStatus.OPEN, number=order.number, sku_ids=order.sku_ids)  # type: ignore[union-attr]


@every_kind
async def test_the_same_number_again_sells_nothing_twice(kind: SiteKind) -> None:
    supplied = Supplied(kind)
    first = await supplied.site.create(ORDER)
    again = await supplied.site.create(ORDER)
    assert supplied.order_count == 1
    assert again == first if kind in ASKABLE else isinstance(again, SupplierError)


async def test_a_shared_shop_that_knows_the_number_already_has_made_the_order() -> None:
    supplied = Supplied("acg_faka").misbehave(SupplierFaults(is_answer_lost=True))
    with pytest.raises(AnswerLost):
        await supplied.site.create(ORDER)
    supplied.party.faults.clear()
    again = await supplied.site.create(ORDER)
    assert again == SupplierError(ErrorClass.TEMPORARY, "request_known", is_effect_possible=True)


async def test_a_card_that_a_shared_shop_shows_a_moment_later_is_found_by_its_own_number() -> None:
    supplied = Supplied("acg_faka").misbehave(SupplierFaults(late_seconds=1))
    answer = supplied.http

    async def http(base_url: str, request: HttpRequest) -> HttpReply:
        reply = await answer(base_url, request)
        supplied.now += timedelta(seconds=2)
        return reply

    site = type(supplied.site)(supplied.account, http, lambda: supplied.now)
    order = await site.create(ORDER)
    assert isinstance(order, SiteOrder)
    assert order.status is SupplierOrderStatus.DELIVERED
    assert [each.url_path.rsplit("/", 1)[-1] for each in supplied.requests] == ["trade", "query"]


async def test_an_article_that_the_settings_do_not_name_is_not_ordered_at_a_shared_shop() -> None:
    supplied = Supplied("acg_faka")
    answer = await supplied.site.create(NewOrder(NUMBER, 99))
    assert isinstance(answer, SupplierError)
    assert (answer.error_class, supplied.requests) == (ErrorClass.DELISTED, [])


@every_askable
async def test_an_order_is_found_by_our_number(kind: SiteKind) -> None:
    supplied = Supplied(kind)
    absent = await supplied.site.find(NUMBER)
    assert isinstance(absent, SupplierError)
    assert absent.error_class is ErrorClass.NOT_FOUND
    made = await supplied.site.create(ORDER)
    assert await supplied.site.find(NUMBER) == made


@every_askable
async def test_what_is_not_delivered_is_cancelled_and_what_is_delivered_is_not(kind: SiteKind) -> None:
    supplied = Supplied(kind).misbehave(SupplierFaults(late_seconds=5))
    await supplied.site.create(ORDER)
    for _ in range(2):
        cancelled = await supplied.site.cancel(NUMBER)
        assert isinstance(cancelled, SiteOrder)
        assert cancelled.status is SupplierOrderStatus.CANCELLED
    supplied.party.faults.clear()
    await supplied.site.create(replace(ORDER, number="A2"))
    delivered = await supplied.site.cancel("A2")
    unknown = await supplied.site.cancel("A3")
    assert isinstance(delivered, SupplierError)
    assert isinstance(unknown, SupplierError)
    assert (delivered.error_class, unknown.error_class) == (ErrorClass.NOT_CANCELLABLE, ErrorClass.NOT_FOUND)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - set(ASKABLE)))
async def test_an_acg_faka_site_cancels_nothing_and_calls_nobody(kind: SiteKind) -> None:
    supplied = Supplied(kind)
    refused = await supplied.site.cancel(NUMBER)
    assert isinstance(refused, SupplierError)
    assert (refused.error_class, supplied.requests) == (ErrorClass.NOT_CANCELLABLE, [])
    with pytest.raises(TakesNoCallbacks):
        supplied.site.read_callback(HttpRequest("POST", "/"), supplied.account, now=NOW)


@every_kind
async def test_balance_and_stock_are_told(kind: SiteKind) -> None:
    supplied = Supplied(kind)
    await supplied.site.create(ORDER)
    balance = await supplied.site.balance()
    assert isinstance(balance, SiteBalance)
    assert (balance.amount, balance.currency) == (Decimal("99"), "CNY" if kind in ASKABLE else None)
    assert await supplied.site.stock([SKU_ID, OTHER_SKU_ID, 99]) == {SKU_ID: 4, OTHER_SKU_ID: 5}
    supplied.misbehave(SupplierFaults(is_out_of_stock=True))
    assert await supplied.site.stock([SKU_ID]) == {SKU_ID: 0}
    supplied.misbehave(SupplierFaults(is_delisted=True))
    assert await supplied.site.stock([SKU_ID]) == {}
    supplied.misbehave(SupplierFaults(is_failing=True))
    for told in (await supplied.site.balance(), await supplied.site.stock([SKU_ID])):
        assert isinstance(told, SupplierError)
        assert told.error_class is ErrorClass.TEMPORARY


@pytest.mark.parametrize("kind", CALLING_BACK)
async def test_a_delivery_is_told_by_a_signed_callback_until_it_is_taken(kind: SiteKind) -> None:
    supplied = Supplied(kind).misbehave(SupplierFaults(late_seconds=5))
    await supplied.site.create(replace(ORDER, callback_url="http://shop/suppliers/north/callback"))
    assert supplied.party.due_callbacks(NOW) == []
    supplied.now += timedelta(seconds=6)
    (callback,) = supplied.party.due_callbacks(supplied.now)
    told = supplied.site.read_callback(callback.request, supplied.account, now=supplied.now)
    assert (told.status, told.number, len(told.cards)) == (SupplierOrderStatus.DELIVERED, NUMBER, 1)
    assert not supplied.party.callback_answered(callback, HttpReply(503))
    assert supplied.party.next_callback_at() is not None
    assert supplied.party.callback_answered(callback, supplied.site.callback_reply())
    assert supplied.party.next_callback_at() is None


@pytest.mark.parametrize("kind", CALLING_BACK)
async def test_a_changed_foreign_or_old_callback_is_refused(kind: SiteKind) -> None:
    supplied = Supplied(kind)
    await supplied.site.create(replace(ORDER, callback_url="http://shop/suppliers/north/callback"))
    ((request,),) = [[each.request for each in supplied.party.due_callbacks(NOW)]]
    for forged, later in (
        (replace(request, body=request.body.replace(b"A1", b"A2")), 0),
        (replace(request, url_path="/suppliers/south/callback"), 0),
        (replace(request, headers=()), 0),
        (request, 3_600),
    ):
        with pytest.raises(SignatureRefused):
            supplied.site.read_callback(forged, supplied.account, now=NOW + timedelta(seconds=later))
    with pytest.raises((MalformedNotice, SignatureRefused)):
        supplied.site.read_callback(replace(request, body=b"{}"), supplied.account, now=NOW)
