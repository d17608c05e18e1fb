"""A top-up is made once, by one supplier, to the account that the buyer named; there is no card."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from chassis.activity import Confirmed, Performed, Refused, Tools, Unknown, confirmed
from chassis.errors import Fault
from chassis.fingerprint import Fingerprints
from chassis.secret import Secret
from chassis.vault import DataKeysInMemory, Vault
from contracts.values import ProductField
from protocols.dujiao_next import SupplierAccess
from protocols.http import HttpRequest
from sandbox.behaviour.api_suppliers import ApiSupplier
from sandbox.behaviour.catalogue import SupplierProduct
from sandbox.behaviour.faults import SupplierFaults
from sandbox.behaviour.suppliers import CardSupplier
from services.inventory.by_hand.content import delivered_text
from services.inventory.settings import InventorySettings, SupplierAccount
from services.inventory.sourcing.activities import PlaceOrder
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.sourcing.intents import PlaceSupplierOrder, SupplierDelivery
from services.inventory.stock.commands import ListProduct
from services.inventory.stock.domain.product import Product
from services.inventory.stock.domain.product_kind import KindTerms, UnfitCardPattern, UnfitProductTerms, checked_listing
from tests.inventory.rebuilding import assert_rebuilds
from tests.inventory.restored import RestoredWorld, agree
from tests.inventory.test_by_hand import claim, deliver
from tests.inventory.world import SHOP, need_id

COINS = "COINS"
FIELDS = (ProductField("account", "QQ number", pattern="[1-9][0-9]{4,10}"), ProductField("server", "Server", is_required=False))
MADE: Confirmed = confirmed(SupplierDelivery((), is_topped_up=True))
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def a_world(*suppliers: str) -> RestoredWorld:
    world = RestoredWorld(*suppliers)
    world.bench.do(ListProduct(shop_id=SHOP, product_code=COINS, name="Coins", kind="top_up", fields=FIELDS))
    for code in suppliers:
        world.offer(code, COINS)
    return world


def buy(world: RestoredWorld, order: str) -> str:
    """The number of the supplier order that the payment led to."""
    world.tell(world.placed(order, product=COINS), world.paid(order, product=COINS))
    return world.number_of(order)


# the saga


def test_a_top_up_that_succeeds_ends_the_need_without_a_card() -> None:
    world = a_world("north", "south")
    number = buy(world, "A1")
    world.answer(number, Unknown("not_fulfilled", has_answered=True))
    world.told(number, MADE)
    assert world.names() == ["TopUpSucceeded"]
    assert (world.need("A1").status, world.need("A1").card_id) == (NeedStatus.ALLOCATED, None)
    assert world.open_intents() == []
    assert world.bench.store.oldest_timer() is None
    assert_rebuilds(world.bench)


def test_another_supplier_is_tried_only_when_the_first_has_failed() -> None:
    world = a_world("north", "south")
    first = buy(world, "A1")
    world.answer(first, Unknown("answer_lost"))
    world.bench.advance(minutes=20)
    assert world.number_of("A1") == first
    world.told(first, Refused("refused"))
    second = world.number_of("A1")
    assert second != first
    world.answer(second, MADE)
    assert world.names()[-1] == "TopUpSucceeded"


def test_a_supplier_that_failed_for_good_is_told_once_with_our_number_and_no_account() -> None:
    world = a_world("north", "south")
    first = buy(world, "A1")
    for _ in range(3):
        world.answer(first, Refused("temporary", is_temporary=True))
    second = world.number_of("A1")
    world.answer(second, Refused("no_balance"))
    told = [(each["supplier_code"], each["supplier_order_number"], each["reason"]) for each in world.said("TopUpFailed")]
    assert told == [("north", first, "temporary"), ("south", second, "no_balance")]
    assert set(world.said("TopUpFailed")[0]) == {
        *("shop_id", "order_number", "line", "unit", "need_id", "product_code", "supplier_code", "supplier_order_number", "reason"),
    }
    assert world.names()[-1] == "SourcingExhausted"
    assert_rebuilds(world.bench)


def test_a_card_that_failed_is_no_top_up() -> None:
    world = a_world("north")
    world.offer("north")
    world.buy("A1")
    world.answer(world.number_of("A1"), Refused("refused"))
    assert world.said("TopUpFailed") == []


def test_a_person_may_make_it_where_no_supplier_could_and_says_so_in_any_words() -> None:
    world = a_world("north")
    for order in ("A1", "A2"):
        world.answer(buy(world, order), Refused("out_of_stock"))
        claim(world, order)
        product = world.bench.aggregate(Product.create_id(SHOP, COINS))
        assert delivered_text(product, content="done", carrier=None, tracking_number=None) == "done"
        assert deliver(world, order, "done", product=COINS).status == 200


def test_at_the_last_deadline_a_top_up_under_way_is_asked_first_and_counts_when_it_was_made() -> None:
    world = a_world("north", "south")
    number = buy(world, "A1")
    world.answer(number, Unknown("answer_lost"))
    world.tell(world.timed_out("A1", product=COINS))
    world.bench.outcome(f"cancel-{number}", Refused("not_cancellable"))
    assert world.names() == ["SupplierCallFailed"]
    world.told(number, MADE)
    assert world.names() == ["SupplierCallFailed", "TopUpSucceeded"]
    assert world.open_intents() == []


def test_a_late_success_of_a_need_that_was_given_up_is_a_claim() -> None:
    world = a_world("north", "south")
    number = buy(world, "A1")
    world.answer(number, Unknown("answer_lost"))
    world.tell(world.failed("A1"))
    world.told(number, MADE)
    assert world.names()[-2:] == ["ClaimRaised", "NeedClosed"]
    assert world.said("ClaimRaised")[0]["reason"] == "late_top_up"


def test_after_a_restore_a_top_up_that_was_made_is_not_made_again() -> None:
    world = a_world("north")
    world.back_up()
    world.answer(buy(world, "A1"), MADE)
    world.restore()
    agree(world, "TopUpSucceeded")
    assert world.open_intents() == []


@pytest.mark.parametrize(
    ("pattern", "fields", "error"),
    [
        (None, (), UnfitProductTerms),
        ("x", FIELDS, UnfitProductTerms),
        (None, (ProductField("account", "A", pattern="("),), UnfitCardPattern),
    ],
)
def test_a_listing_without_a_sound_form_is_refused(pattern: str | None, fields: tuple[ProductField, ...], error: type[Exception]) -> None:
    with pytest.raises(error):
        checked_listing("top_up", pattern, KindTerms(fields))


# the call


class Market:
    """One supplier and the activity that calls it."""

    def __init__(self, kind: str, *, account: Any = (200, b'{"fields":{"account":"123456789"}}')) -> None:
        product = SupplierProduct(7, COINS, "10.00", 5, is_top_up=True)
        supplier_class = ApiSupplier if kind == "supplier_api" else CardSupplier
        self.supplier = supplier_class("north", SupplierAccess("key", "api-secret"), [product])
        self.bodies: list[bytes] = []
        self.asked: list[Any] = []
        self.account = account
        self.settings = InventorySettings(
            suppliers={"north": SupplierAccount(kind=kind, base_url="http://north", api_key="key", api_secret=Secret("api-secret"))}  # type: ignore[arg-type]
        )
        vault = Vault("inventory", b"m" * 32, DataKeysInMemory())
        fingerprints = Fingerprints({1: b"f" * 32})
        self.activity = PlaceOrder(Tools(self.settings, self._http, vault, fingerprints, lambda: NOW, peer=self._peer))

    async def _http(self, base_url: str, request: HttpRequest) -> Any:
        self.bodies.append(request.body)
        result = self.supplier.handle(request, NOW).result
        if isinstance(result, Exception):
            raise result
        return result

    async def _peer(self, service: str, method: str, path: str, body: Any) -> tuple[int, bytes]:
        self.asked.append((service, method, path, msgspec.to_builtins(body)))
        if isinstance(self.account, Exception):
            raise self.account
        return self.account  # type: ignore[no-any-return]

    async def order(self) -> Any:
        intent = PlaceSupplierOrder(
            key="A1-1-1-1",
            target="north",
            shop_id=SHOP,
            need_id=need_id("A1"),
            product_code=COINS,
            sku_id=7,
            card_pattern=None,
            order_number="A1",
            line=1,
            is_top_up=True,
        )
        made = await self.activity.perform(intent)
        return made.outcome if isinstance(made, Performed) else made


@pytest.mark.parametrize("kind", ["supplier_api", "dujiao_next"])
async def test_the_account_goes_to_the_supplier_and_nowhere_else(kind: str) -> None:
    market = Market(kind)
    assert await market.order() == MADE
    assert b"123456789" in market.bodies[0]
    assert market.asked == [("order", "POST", "/vault/open", {"shop_id": SHOP, "order_number": "A1", "line": 1, "purpose": "top_up"})]


@pytest.mark.parametrize("kind", ["supplier_api", "dujiao_next"])
async def test_a_top_up_that_is_not_made_yet_is_asked_about(kind: str) -> None:
    market = Market(kind)
    market.supplier.faults.set(SupplierFaults(late_seconds=60.0))
    assert await market.order() == Unknown("not_fulfilled", has_answered=True)


@pytest.mark.parametrize(
    ("account", "outcome"),
    [
        ((404, b"{}"), Refused("account_not_open")),
        ((409, b"{}"), Refused("account_not_open")),
        ((200, b"[]"), Refused("account_not_open")),
        ((503, b"{}"), Refused("temporary", is_temporary=True)),
        (Fault(peer="order"), Refused("temporary", is_temporary=True)),
    ],
)
async def test_without_the_account_no_supplier_is_called(account: Any, outcome: Refused) -> None:
    market = Market("supplier_api", account=account)
    assert await market.order() == outcome
    assert market.bodies == []


async def test_a_site_that_cannot_be_told_whom_it_is_for_is_not_ordered_from() -> None:
    market = Market("acg_faka")
    assert await market.order() == Refused("refused")
    assert market.bodies == []
