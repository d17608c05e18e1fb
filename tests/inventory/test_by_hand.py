"""A person delivers: exactly one of two hands, of a hand and a deadline, of a supplier and a deadline wins."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chassis.activity import Absent, Confirmed, Refused, Unknown
from services.inventory.by_hand.commands import ClaimNeed, DeliverByHand, RefuseNeed
from services.inventory.by_hand.content import UnfitDelivery, delivered_text, seal_delivery
from services.inventory.sourcing.commands import RerunNeed
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.stock.commands import ListProduct
from services.inventory.stock.domain.card_status import CardStatus
from services.inventory.stock.domain.product import Product
from tests.inventory.rebuilding import assert_rebuilds
from tests.inventory.served import Shop
from tests.inventory.world import PRODUCT, SHOP, World, need_id, vault_rows

BY_HAND, PARCEL = "HAND", "PARCEL"


def a_world(*suppliers: str) -> World:
    world = World(*suppliers)
    world.bench.do(ListProduct(shop_id=SHOP, product_code=BY_HAND, name="By hand", kind="manual"))
    world.bench.do(ListProduct(shop_id=SHOP, product_code=PARCEL, name="A parcel", kind="manual", is_sent=True))
    return world


def buy(world: World, order: str, product: str = BY_HAND, **options: Any) -> None:
    world.tell(world.placed(order, product=product), world.paid(order, product=product, **options))


def claim(world: World, order: str, staff: str = "ann", **options: Any) -> int:
    return world.bench.do(ClaimNeed(need_id=need_id(order), staff=staff, **options)).status


def product_of(world: World, code: str) -> Product:
    return world.bench.aggregate(Product.create_id(SHOP, code))  # type: ignore[no-any-return]


def deliver(world: World, order: str, text: str = "done", staff: str = "ann", product: str = BY_HAND) -> Any:
    fingerprint, sealed, preview = seal_delivery(text, product_of(world, product), need_id(order), world.vault, world.fingerprints)
    command = DeliverByHand(need_id=need_id(order), staff=staff, fingerprint=fingerprint, reference=sealed.reference, preview=preview)
    return world.bench.do(command, sealed=vault_rows((sealed,), world))


def code_of(answer: Any) -> str:
    return str(msgspec.json.decode(answer.body).get("code"))


def test_a_paid_unit_waits_for_a_person_and_is_delivered_once() -> None:
    world = a_world()
    buy(world, "A1")
    assert world.names() == ["HandDeliveryAwaited"]
    assert claim(world, "A1") == 200
    assert deliver(world, "A1").status == 200
    assert world.names() == ["HandDeliveryAwaited", "CardAllocated"]
    assert code_of(deliver(world, "A1", "again")) == "need-not-waiting"
    assert world.names()[2:] == []
    assert world.bench.store.oldest_timer() is None
    assert_rebuilds(world.bench)


def test_a_late_payment_is_delivered_by_hand_as_well() -> None:
    world = a_world()
    world.tell(world.placed("A1", product=BY_HAND), world.expired("A1", product=BY_HAND))
    world.tell(world.paid("A1", product=BY_HAND, is_late=True))
    assert world.names() == ["HandDeliveryAwaited"]


def test_the_same_text_is_delivered_to_many() -> None:
    world = a_world()
    for order in ("A1", "A2"):
        buy(world, order)
        claim(world, order)
        assert deliver(world, order).status == 200
    assert world.need("A1").card_id != world.need("A2").card_id


def test_another_person_is_refused_while_it_is_claimed_and_may_when_it_is_given_back() -> None:
    world = a_world()
    buy(world, "A1")
    assert code_of(deliver(world, "A1")) == "need-not-claimed"
    assert [claim(world, "A1"), claim(world, "A1"), claim(world, "A1", "bob")] == [200, 200, 409]
    assert code_of(deliver(world, "A1", staff="bob")) == "need-claimed"
    assert claim(world, "A1", "bob", is_given_back=True) == 409
    assert claim(world, "A1", is_given_back=True) == 200
    assert claim(world, "A1", "bob") == 200
    assert code_of(world.bench.do(RerunNeed(need_id=need_id("A1"), staff="ann"))) == "need-claimed"


def test_the_deadline_wins_where_nobody_claimed_and_the_hand_comes_too_late() -> None:
    world = a_world()
    buy(world, "A1")
    world.tell(world.timed_out("A1", product=BY_HAND))
    assert world.names() == ["HandDeliveryAwaited", "NeedClosed"]
    assert claim(world, "A1") == 409
    assert code_of(deliver(world, "A1")) == "need-not-waiting"


def test_the_hand_wins_where_it_claimed_before_the_deadline() -> None:
    world = a_world()
    buy(world, "A1")
    claim(world, "A1")
    world.tell(world.timed_out("A1", product=BY_HAND))
    assert world.names() == ["HandDeliveryAwaited"]
    assert deliver(world, "A1").status == 200
    assert world.names() == ["HandDeliveryAwaited", "CardAllocated"]
    world.bench.advance(hours=1)
    assert world.need("A1").status is NeedStatus.ALLOCATED


@pytest.mark.parametrize("is_given_back", [True, False])
def test_a_claim_that_ends_without_a_delivery_ends_the_need_whose_deadline_has_passed(is_given_back: bool) -> None:
    world = a_world()
    buy(world, "A1")
    claim(world, "A1")
    world.tell(world.timed_out("A1", product=BY_HAND))
    if is_given_back:
        claim(world, "A1", is_given_back=True)
    else:
        world.bench.advance(minutes=30)
    assert world.names() == ["HandDeliveryAwaited", "NeedClosed"]
    assert code_of(deliver(world, "A1")) == "need-not-waiting"
    assert world.bench.store.oldest_timer() is None


def test_a_claim_that_is_over_before_the_deadline_frees_the_need() -> None:
    world = a_world()
    buy(world, "A1")
    claim(world, "A1")
    world.bench.advance(minutes=30)
    assert (world.need("A1").status, world.need("A1").claimed_by) == (NeedStatus.MANUAL, None)
    assert claim(world, "A1", "bob") == 200


def test_a_need_that_will_not_be_delivered_is_refused_by_its_claimant_at_once() -> None:
    world = a_world()
    buy(world, "A1")
    claim(world, "A1")
    assert world.bench.do(RefuseNeed(need_id=need_id("A1"), staff="bob")).status == 409
    assert world.bench.do(RefuseNeed(need_id=need_id("A1"), staff="ann")).status == 202
    assert world.said("AllocationFailed")[0]["reason"] == "refused_by_staff"
    assert world.bench.store.oldest_timer() is None


# needs of other kinds that nobody is left to ask for


def test_a_card_is_handed_over_for_a_need_that_no_supplier_could_meet() -> None:
    world = a_world("north")
    world.buy("A1")
    world.answer(world.number_of("A1"), Refused("out_of_stock"))
    assert claim(world, "A1") == 200
    assert deliver(world, "A1", "GAME-0900-AAAA-BBBB", product=PRODUCT).status == 200
    card = world.card_of("GAME-0900-AAAA-BBBB")
    assert card is not None
    assert (card.status, card.supplier_code, card.order_number) == (CardStatus.ALLOCATED, "by_hand", "A1")


def test_a_card_that_somebody_has_is_not_handed_over_again() -> None:
    world = a_world("north")
    world.stock("GAME-0900-AAAA-BBBB")
    world.buy("A1", "A2")
    world.answer(world.number_of("A2"), Refused("out_of_stock"))
    claim(world, "A2")
    assert code_of(deliver(world, "A2", "GAME-0900-AAAA-BBBB", product=PRODUCT)) == "card-known"
    assert world.need("A2").claimed_by == "ann"


# a supplier order under way at the last deadline


def test_a_card_that_comes_of_the_order_under_way_is_given_though_the_deadline_has_passed() -> None:
    world = a_world("north", "south")
    world.buy("A1")
    number = world.number_of("A1")
    world.answer(number, Unknown("answer_lost"))
    world.tell(world.timed_out("A1"))
    assert world.need("A1").status is NeedStatus.ENDING
    world.deliver(number, "GAME-0101-CCCC-DDDD", is_asked=True)
    assert world.names() == ["SupplierCallFailed", "CardAllocated"]
    assert world.need("A1").status is NeedStatus.ALLOCATED


@pytest.mark.parametrize("outcome", [Refused("refused"), Absent()])
def test_the_deadline_wins_when_the_order_under_way_brings_nothing_and_nobody_else_is_asked(outcome: Any) -> None:
    world = a_world("north", "south")
    world.buy("A1")
    number = world.number_of("A1")
    world.answer(number, Unknown("answer_lost"))
    world.tell(world.timed_out("A1"), world.timed_out("A1"))
    world.bench.outcome(f"cancel-{number}", Confirmed())
    world.told(number, outcome)
    assert world.names() == ["SupplierCallFailed", "SupplierCallFailed", "NeedClosed"]
    assert world.open_intents() == []


def test_an_order_that_nobody_sent_yet_is_taken_back_at_the_deadline() -> None:
    world = a_world("north")
    world.buy("A1")
    world.tell(world.timed_out("A1"))
    assert world.names() == ["NeedClosed"]


# what is delivered


@pytest.mark.parametrize(
    ("code", "given"),
    [
        (BY_HAND, {"content": None, "carrier": "SF", "tracking_number": "1"}),
        (BY_HAND, {"content": "a\x00b", "carrier": None, "tracking_number": None}),
        (PARCEL, {"content": "sent", "carrier": None, "tracking_number": None}),
        (PARCEL, {"content": None, "carrier": "SF", "tracking_number": None}),
        (PRODUCT, {"content": "no card of the product", "carrier": None, "tracking_number": None}),
    ],
)
def test_a_delivery_that_does_not_fit_the_product_is_refused(code: str, given: dict[str, Any]) -> None:
    with pytest.raises(UnfitDelivery):
        delivered_text(product_of(a_world(), code), **given)


async def test_the_buyer_of_goods_is_shown_carrier_and_tracking_number() -> None:
    shop = Shop()
    listing = {"shop_id": SHOP, "product_code": PARCEL, "name": "A parcel", "kind": "manual", "is_sent": True}
    assert (await shop.call("POST", "/products", listing)).status_code == 201
    buy(shop.world, "A1", PARCEL)
    need = need_id("A1")
    assert (await shop.call("POST", f"/needs/{need}/claim")).json()["claimed_by"] == "ann"
    parcel = {"carrier": "SF Express", "tracking_number": "SF1234567890"}
    assert (await shop.call("POST", f"/needs/{need}/delivery", {"content": "sent"})).status_code == 422
    assert (await shop.call("POST", f"/needs/{need}/delivery", parcel)).status_code == 200
    (card,) = (await shop.open(str(shop.world.need("A1").card_id))).json()["cards"]
    assert card["fields"] == [{"name": "carrier", "value": "SF Express"}, {"name": "tracking_number", "value": "SF1234567890"}]
    assert "SF1234567890" not in str(shop.world.bench.said)
