"""Placing supplier orders: against the sandbox's supplier, and against answers that no honest one gives."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from chassis.activity import Absent, Confirmed, Outcome, Performed, Refused, Tools, Unknown
from chassis.fingerprint import Fingerprints
from chassis.secret import Secret
from chassis.vault import DataKeysInMemory, Vault
from protocols.dujiao_next import SupplierAccess
from protocols.http import AnswerLost, HttpReply, HttpRequest, NotSent
from sandbox.behaviour.catalogue import CARD_PATTERN
from sandbox.behaviour.faults import SupplierFaults
from sandbox.behaviour.suppliers import CardSupplier, SupplierProduct
from services.inventory.settings import InventorySettings, SupplierAccount
from services.inventory.sourcing.activities import NOT_FULFILLED, FindDeliveries, PlaceOrder
from services.inventory.sourcing.intents import FoundDeliveries, PlaceSupplierOrder, SeekDeliveries, SupplierDelivery

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NUMBER = "A1-1-1-aaaaaaaaaaaaaaaaaaaaaaaaaa-1"
Http = Callable[[str, HttpRequest], Awaitable[HttpReply]]


class Site:
    """The sandbox's supplier behind the activity; `requests`: what it was sent."""

    def __init__(self, faults: SupplierFaults | None = None) -> None:
        access = SupplierAccess("key", "secret")
        products = (SupplierProduct(7, "GAME", "1.00", 5), SupplierProduct(8, "OTHER", "1.00", 5, card_prefix="OTHER"))
        self.supplier = CardSupplier("north", access, products)
        if faults is not None:
            self.supplier.faults.set(faults)
        self.now = NOW
        self.requests: list[HttpRequest] = []
        self.activity = activity(self.http, lambda: self.now)

    async def http(self, base_url: str, request: HttpRequest) -> HttpReply:
        assert base_url == "http://north"
        self.requests.append(request)
        result = self.supplier.handle(request, self.now).result
        if isinstance(result, HttpReply):
            return result
        raise result


def activity(http: Http, now: Callable[[], datetime] = lambda: NOW) -> PlaceOrder:
    account = SupplierAccount(base_url="http://north", api_key="key", api_secret=Secret("secret"))
    vault = Vault("inventory", b"m" * 32, DataKeysInMemory())
    settings = InventorySettings(suppliers={"north": account})
    return PlaceOrder(Tools(settings, http, vault, Fingerprints({1: b"f" * 32}), now))


def intent(target: str = "north", sku_id: int = 7) -> PlaceSupplierOrder:
    return PlaceSupplierOrder(
        key=NUMBER,
        target=target,
        shop_id="shop",
        need_id=UUID(int=1),
        product_code="GAME",
        sku_id=sku_id,
        card_pattern=CARD_PATTERN,
    )


def outcome(brought: Outcome | Performed) -> Any:
    return brought.outcome if isinstance(brought, Performed) else brought


def delivery(brought: Outcome | Performed) -> SupplierDelivery:
    found = outcome(brought)
    assert isinstance(found, Confirmed)
    return msgspec.json.decode(found.reply, type=SupplierDelivery)


async def test_a_delivered_card_comes_home_sealed() -> None:
    site = Site()
    brought = await site.activity.perform(intent())
    (card,) = delivery(brought).cards
    assert card.is_valid
    assert isinstance(brought, Performed)
    (sealed,) = brought.sealed
    assert sealed.reference == card.reference
    (handed,) = site.supplier.deliveries(NOW)
    assert site.activity.tools.vault.open(sealed).decode() == handed.card
    assert handed.card.encode() not in msgspec.json.encode(brought.outcome)


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        (SupplierFaults(is_down=True), Refused("temporary", is_temporary=True)),
        (SupplierFaults(is_failing=True), Unknown("http_500")),
        (SupplierFaults(is_failing_after_success=True), Unknown("http_502")),
        (SupplierFaults(is_answer_lost=True), Unknown("answer_lost")),
        (SupplierFaults(is_out_of_stock=True), Refused("out_of_stock")),
        (SupplierFaults(is_without_balance=True), Refused("no_balance")),
        (SupplierFaults(is_delisted=True), Refused("delisted")),
        (SupplierFaults(late_seconds=5), Unknown(NOT_FULFILLED, has_answered=True)),
        (SupplierFaults(is_denying_orders=True), Unknown(NOT_FULFILLED, has_answered=True)),
    ],
)
async def test_each_fault_is_what_it_means(faults: SupplierFaults, expected: Outcome) -> None:
    assert outcome(await Site(faults).activity.perform(intent())) == expected


@pytest.mark.parametrize("faults", [SupplierFaults(is_answer_lost=True), SupplierFaults(is_failing_after_success=True)])
async def test_an_order_whose_answer_was_lost_is_found_by_asking_and_not_made_again(faults: SupplierFaults) -> None:
    site = Site(faults)
    await site.activity.perform(intent())
    assert delivery(await site.activity.ask(intent())).cards
    assert len(site.supplier.ledger.orders) == 1


async def test_a_late_order_is_unknown_until_it_is_delivered() -> None:
    site = Site(SupplierFaults(late_seconds=5))
    await site.activity.perform(intent())
    assert await site.activity.ask(intent()) == Unknown(NOT_FULFILLED, has_answered=True)
    site.now = NOW + timedelta(seconds=6)
    assert delivery(await site.activity.ask(intent())).cards


async def test_asking_for_what_was_never_ordered_is_absent() -> None:
    assert await Site().activity.ask(intent()) == Absent()


@pytest.mark.parametrize(
    ("faults", "is_valid", "is_ordered_item"),
    [(SupplierFaults(is_card_invalid=True), False, True), (SupplierFaults(is_wrong_product=True), True, False)],
)
async def test_a_bad_card_is_told_as_such(faults: SupplierFaults, is_valid: bool, is_ordered_item: bool) -> None:
    found = delivery(await Site(faults).activity.perform(intent()))
    assert (found.cards[0].is_valid, found.is_ordered_item) == (is_valid, is_ordered_item)


async def test_a_cancelled_order_is_refused() -> None:
    site = Site(SupplierFaults(late_seconds=5))
    await site.activity.perform(intent())
    site.supplier.ledger.cancel(site.supplier.ledger.orders[1], NOW)
    assert await site.activity.ask(intent()) == Refused("refused")


async def test_a_supplier_without_an_account_is_not_called() -> None:
    site = Site()
    assert await site.activity.perform(intent("south")) == Refused("refused")
    assert await site.activity.ask(intent("south")) == Unknown("no_account")
    assert site.requests == []


@pytest.mark.parametrize(
    ("status", "body", "performed", "asked"),
    [
        (200, b"<html>", Unknown("http_200"), Unknown("http_200")),
        (404, b"404 page not found", Unknown("http_404"), Unknown("http_404")),
        (429, b"", Refused("temporary", is_temporary=True), Unknown("http_429")),
        (401, b'{"ok":false,"error_code":"invalid_signature"}', Refused("refused"), Unknown("invalid_signature")),
        (200, b'{"ok":false,"error_code":"payment_failed"}', Refused("no_balance"), Unknown("payment_failed")),
    ],
)
async def test_answers_that_say_little_rule_nothing_out(status: int, body: bytes, performed: Outcome, asked: Outcome) -> None:
    async def http(_base_url: str, _request: HttpRequest) -> HttpReply:
        return HttpReply(status, body=body)

    assert await activity(http).perform(intent()) == performed
    assert await activity(http).ask(intent()) == asked


@pytest.mark.parametrize("fault", [NotSent("test"), AnswerLost("test")])
async def test_a_question_that_fails_leaves_everything_unknown(fault: Exception) -> None:
    async def http(_base_url: str, _request: HttpRequest) -> HttpReply:
        raise fault

    assert isinstance(await activity(http).ask(intent()), Unknown)


# finding what was ordered before


def search(*numbers: str, target: str = "north", card_id: UUID | None = None) -> SeekDeliveries:
    return SeekDeliveries(
        key="seek-1",
        target=target,
        shop_id="shop",
        need_id=UUID(int=1),
        numbers=numbers,
        sku_id=None,
        card_pattern=CARD_PATTERN,
        card_id=card_id,
    )


def finding(site: Site) -> FindDeliveries:
    return FindDeliveries(site.activity.tools)


async def test_what_was_delivered_under_any_of_the_numbers_is_found_and_nothing_is_ordered() -> None:
    site = Site()
    await site.activity.perform(intent())
    brought = await finding(site).perform(search("never", NUMBER))
    found = outcome(brought)
    assert isinstance(found, Confirmed)
    (one,) = msgspec.json.decode(found.reply, type=FoundDeliveries).found
    assert (one.number, len(one.delivery.cards), one.delivery.is_ordered_item) == (NUMBER, 1, True)
    assert isinstance(brought, Performed)
    assert [each.reference for each in brought.sealed] == [one.delivery.cards[0].reference]
    assert len(site.supplier.ledger.orders) == 1


async def test_a_supplier_that_knows_no_number_has_delivered_nothing() -> None:
    site = Site()
    assert await finding(site).ask(search("never", "either")) == Absent()
    assert site.supplier.ledger.orders == {}


async def test_a_cancelled_order_is_nothing_and_one_that_stands_is_waited_for() -> None:
    site = Site(SupplierFaults(late_seconds=5))
    await site.activity.perform(intent())
    assert await finding(site).ask(search(NUMBER)) == Unknown(NOT_FULFILLED, has_answered=True)
    site.supplier.ledger.cancel(site.supplier.ledger.orders[1], NOW)
    assert await finding(site).ask(search(NUMBER)) == Absent()


async def test_a_supplier_without_an_account_may_have_had_one_and_a_card_lost_from_it_is_shown_to_a_person() -> None:
    assert await finding(Site()).ask(search(NUMBER, target="south")) == Unknown("no_account")
    assert await finding(Site()).ask(search(NUMBER, target="south", card_id=UUID(int=2))) == Refused("no_account")


@pytest.mark.parametrize("status", [404, 429, 500])
async def test_an_answer_that_says_little_leaves_it_unknown(status: int) -> None:
    async def http(_base_url: str, _request: HttpRequest) -> HttpReply:
        return HttpReply(status, body=b"")

    assert isinstance(await FindDeliveries(activity(http).tools).ask(search(NUMBER)), Unknown)


async def test_a_question_that_is_lost_leaves_it_unknown() -> None:
    async def http(_base_url: str, _request: HttpRequest) -> HttpReply:
        raise AnswerLost("test")

    assert await FindDeliveries(activity(http).tools).ask(search(NUMBER)) == Unknown("answer_lost")
