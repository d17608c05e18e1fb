"""Stock: importing, reserving, allocating, giving back. No card twice, none that is not there."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chassis.group import Group
from chassis.unit import Handled
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.stock.commands import MAX_CHUNK_CARDS, CompleteBatch, ImportCards, ListProduct, OfferProduct
from services.inventory.stock.domain.batch import CardBatch
from services.inventory.stock.domain.card_status import CardStatus
from tests.inventory.world import OWN, PRODUCT, SHOP, World


def test_an_order_reserves_a_card_and_its_payment_allocates_it() -> None:
    world = World(cards=1)
    world.tell(world.placed("A1"))
    card = world.card_of("GAME-0001-AAAA-BBBB")
    assert card is not None
    assert card.status is CardStatus.RESERVED
    world.tell(world.paid("A1"))
    assert world.names() == ["CardAllocated"]
    allocated = world.said("CardAllocated")[0]
    assert allocated["card_id"] == str(card.id)
    assert allocated["supplier_code"] == OWN
    assert (allocated["line"], allocated["unit"], allocated["attempt"]) == (1, 1, 1)
    assert "0001-AAAA" not in allocated["card_preview"]


def test_two_orders_in_one_group_race_for_the_last_card_and_one_gets_it() -> None:
    world = World(cards=1)
    first, second = world.placed("A1"), world.placed("A2")
    world.bench.commit(world.record(first), world.record(second))
    world.bench.commit(world.record(world.paid("A2")), world.record(world.paid("A1")))
    assert world.need("A1").status is NeedStatus.ALLOCATED
    assert world.need("A2").status is NeedStatus.MANUAL
    assert sorted(world.names()) == ["CardAllocated", "SourcingExhausted"]


def test_several_cards_of_one_order_are_different_cards() -> None:
    world = World(cards=5)
    world.tell(world.placed("A1", 3), world.paid("A1", 3))
    given = [each["card_id"] for each in world.said("CardAllocated")]
    assert len(set(given)) == 3
    assert [each["unit"] for each in world.said("CardAllocated")] == [1, 2, 3]


def test_an_expired_order_gives_its_cards_back_for_the_next_one() -> None:
    world = World(cards=1)
    world.tell(world.placed("A1"), world.expired("A1"))
    assert world.need("A1").status is NeedStatus.LAPSED
    world.buy("A2")
    assert world.need("A2").status is NeedStatus.ALLOCATED
    assert world.names() == ["CardAllocated"]


def test_cards_are_given_away_first_in_first_out() -> None:
    world = World()
    world.stock("GAME-0009-AAAA-BBBB")
    world.bench.advance(seconds=1)
    world.stock("GAME-0001-AAAA-BBBB", "GAME-0002-AAAA-BBBB")
    world.buy("A1", "A2")
    for secret, order in (("GAME-0009-AAAA-BBBB", "A1"), ("GAME-0001-AAAA-BBBB", "A2")):
        card = world.card_of(secret)
        assert card is not None
        assert card.order_number == order


def test_an_order_that_is_paid_after_it_expired_gets_a_card_of_own_stock_only() -> None:
    world = World("north")
    world.tell(world.placed("A1"), world.expired("A1"), world.paid("A1", is_late=True))
    assert world.said("AllocationFailed")[0]["reason"] == "late_no_stock"
    assert world.open_intents() == []
    world.stock("GAME-0001-AAAA-BBBB")
    world.tell(world.placed("A2"), world.expired("A2"), world.paid("A2", is_late=True))
    assert world.need("A2").status is NeedStatus.ALLOCATED


def test_an_expiry_after_the_payment_changes_nothing() -> None:
    world = World(cards=1)
    world.buy("A1")
    world.tell(world.expired("A1"))
    assert world.need("A1").status is NeedStatus.ALLOCATED


def test_a_second_payment_message_gives_no_second_card() -> None:
    world = World(cards=2)
    world.buy("A1")
    world.tell(world.paid("A1"), world.placed("A1"))
    assert world.names() == ["CardAllocated"]


def test_a_message_that_comes_twice_is_dropped() -> None:
    world = World(cards=2)
    record = world.record(world.placed("A1"))
    world.bench.commit(record)
    before = world.bench.store.last_log_id()
    world.bench.commit(record)
    assert world.bench.store.last_log_id() == before


def test_a_payment_of_an_order_that_was_never_placed_with_us_gets_a_card() -> None:
    world = World(cards=1)
    world.tell(world.paid("A1"))
    assert world.names() == ["CardAllocated"]


def test_a_payment_for_a_product_nobody_listed_goes_to_a_person() -> None:
    world = World(has_product=False)
    world.tell(world.placed("A1", product="NONE"), world.paid("A1", product="NONE"))
    assert world.said("SourcingExhausted")[0]["tried_suppliers"] == []


@pytest.mark.parametrize("quantity", [40, 41, 100])
def test_an_order_wider_than_one_unit_of_work_is_served_in_steps(quantity: int) -> None:
    world = World()
    for _ in range(0, quantity, 50):
        world.stock(*(world.new_secret() for _ in range(50)))
    assert world.tell(world.placed("A1", quantity)) == [Handled()]
    assert world.tell(world.paid("A1", quantity)) == [Handled()]
    world.bench.advance(seconds=1)
    given = [each["card_id"] for each in world.said("CardAllocated")]
    assert len(given) == len(set(given)) == quantity


def test_a_wide_order_that_expires_between_two_steps_keeps_no_card() -> None:
    world = World()
    world.stock(*(world.new_secret() for _ in range(60)))
    world.tell(world.placed("A1", 60), world.expired("A1", 60))
    world.bench.advance(seconds=1)
    assert {world.need("A1", unit).status for unit in range(1, 61)} == {NeedStatus.LAPSED}
    assert len(world.bench.store.index_rows("free_cards", f"{SHOP}|{PRODUCT}")) == 60


# importing


def test_a_card_that_is_known_already_is_told_by_its_line_and_stays_one_card() -> None:
    world = World()
    world.stock("GAME-0001-AAAA-BBBB")
    answer = world.stock("GAME-0002-AAAA-BBBB", "GAME-0001-AAAA-BBBB", "GAME-0002-AAAA-BBBB")
    assert answer["imported"] == 1
    first, second = (str(CardBatch.create_id(SHOP, f"batch-{number}")) for number in (1, 2))
    assert answer["duplicates"] == [
        {"line": 2, "product_code": PRODUCT, "origin": first},
        {"line": 3, "product_code": PRODUCT, "origin": second},
    ]
    assert len(world.bench.store.index_rows("free_cards")) == 2


def test_a_chunk_that_is_sent_again_is_answered_as_the_first_time() -> None:
    world = World()
    first = world.stock("GAME-0001-AAAA-BBBB")
    world._batches = 0
    assert world.stock("GAME-0001-AAAA-BBBB") == first


def test_what_a_chunk_needs_comes_with_a_few_queries_however_many_cards_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    fetched: list[int] = []
    take_in = Group.take_in

    def counted(group: Group, *arguments: Any) -> None:
        fetched.append(1)
        take_in(group, *arguments)

    monkeypatch.setattr(Group, "take_in", counted)
    assert world.stock(*(world.new_secret() for _ in range(MAX_CHUNK_CARDS)))["imported"] == MAX_CHUNK_CARDS
    assert len(fetched) <= 3


def test_a_completed_batch_says_how_many_cards_it_brought_once() -> None:
    world = World(cards=3)
    for _ in range(2):
        answer = world.bench.do(CompleteBatch(shop_id=SHOP, batch_id="batch-1"))
        assert msgspec.json.decode(answer.body)["imported"] == 3
    assert [each["card_count"] for each in world.said("CardsImported")] == [3]


def test_a_batch_of_which_chunks_are_missing_is_not_complete_until_they_came() -> None:
    world = World(cards=3)  # chunk 1 of batch-1
    end = CompleteBatch(shop_id=SHOP, batch_id="batch-1", chunk_count=3)
    assert msgspec.json.decode(world.bench.do(end).body)["missing_chunks"] == [2, 3]
    assert world.said("CardsImported") == []
    for number in (3, 2):
        world.bench.do(chunk(chunk_number=number))
    for _ in range(2):
        assert msgspec.json.decode(world.bench.do(end).body)["missing_chunks"] == []
    assert len(world.said("CardsImported")) == 1
    later = CompleteBatch(shop_id=SHOP, batch_id="batch-1", chunk_count=9)
    assert msgspec.json.decode(world.bench.do(later).body)["missing_chunks"] == []


def chunk(**changed: object) -> ImportCards:
    values = {"shop_id": SHOP, "batch_id": "batch-1", "product_code": PRODUCT, "supplier_code": OWN, "chunk_number": 2}
    return ImportCards(**(values | changed), cards=())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"product_code": "NONE"}, "not-found"),
        ({"supplier_code": "nobody"}, "not-found"),
        ({"supplier_code": "north"}, "batch-of-another"),
        ({}, "batch-completed"),
    ],
)
def test_a_chunk_that_does_not_belong_is_refused_and_nothing_is_recorded(changed: dict[str, str], code: str) -> None:
    world = World("north", cards=1)
    world.bench.do(CompleteBatch(shop_id=SHOP, batch_id="batch-1"))
    before = world.bench.store.last_log_id()
    answer = world.bench.do(chunk(**changed))
    assert msgspec.json.decode(answer.body)["code"] == code
    assert world.bench.store.last_log_id() == before


def test_cards_are_kept_sealed_and_only_sealed() -> None:
    world = World(cards=2)
    tables = world.bench.store.tables
    assert len(tables.vault) == 2
    assert not any(b"GAME-0001" in event.state for event in tables.events)


# products


def test_a_product_is_listed_once_and_listed_alike_again_gets_the_same_answer() -> None:
    world = World()
    again = ListProduct(shop_id=SHOP, product_code="P", name="P")
    assert world.bench.do(again) == world.bench.do(again)
    assert len(world.said("ProductListed")) == 2
    other = world.bench.do(ListProduct(shop_id=SHOP, product_code="P", name="Another"))
    assert msgspec.json.decode(other.body)["code"] == "product-listed-differently"


@pytest.mark.parametrize(
    ("kind", "pattern", "code"),
    [
        ("card", "([A-Z]", "card-pattern-unfit"),
        ("card", "A" * 201, "card-pattern-unfit"),
        ("boat", None, "product-kind-unknown"),
    ],
)
def test_a_product_that_cannot_be_is_refused(kind: str, pattern: str | None, code: str) -> None:
    command = ListProduct(shop_id=SHOP, product_code="P", name="P", kind=kind, card_pattern=pattern)
    answer = World().bench.do(command)
    assert answer.status == 422
    assert msgspec.json.decode(answer.body)["code"] == code


def test_a_product_has_so_many_suppliers_and_no_more() -> None:
    world = World(*(f"s{n}" for n in range(15)))
    world.offer("s3")
    from contracts.values import Money

    one_more = OfferProduct(shop_id=SHOP, product_code=PRODUCT, supplier_code=OWN, sku_id=1, price=Money(1, "CNY"))
    answer = world.bench.do(one_more)
    assert msgspec.json.decode(answer.body)["code"] == "product-too-many-sources"
