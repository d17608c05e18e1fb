"""Cards are checked with their suppliers, samples decide about batches, and no card of a stopped batch is given to anybody."""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from chassis.activity import Confirmed, Outcome, Refused, confirmed
from services.inventory.quality.commands import DecideBatch, SampleBatch, VerifyCard
from services.inventory.quality.domain.inspection import BatchInspection
from services.inventory.quality.intents import AskCardStatus, CardStatusTold
from services.inventory.quality.views import StockAlerts
from services.inventory.sourcing.commands import RegisterSupplier
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.stock.commands import CompleteBatch
from services.inventory.stock.domain.batch import CardBatch
from services.inventory.stock.domain.batch_recall import BatchIsStopped, BatchStatus
from services.inventory.stock.domain.card import Card
from services.inventory.stock.domain.card_status import CardStatus
from tests.desk import fold_views
from tests.inventory.rebuilding import assert_rebuilds
from tests.inventory.restored import RestoredWorld, agree
from tests.inventory.world import PRODUCT, SHOP, World

SOUTH = "south"
NO_ANSWER, NOT_ASKABLE = Refused("no_answer", is_temporary=True), Refused("not_askable")


def told(status: str) -> Confirmed:
    return confirmed(CardStatusTold(status))


class Shelf:
    """A world with one batch of SOUTH, whose site tells of cards."""

    def __init__(self, cards: int, world: World | None = None, *, is_complete: bool = True) -> None:
        self.world = world or World()
        self.bench = self.world.bench
        self.bench.do(RegisterSupplier(shop_id=SHOP, supplier_code=SOUTH, kind="supplier_api"))
        self.secrets = [self.world.new_secret() for _ in range(cards)]
        self.world.stock(*self.secrets, supplier_code=SOUTH)
        self.name = f"batch-{self.world._batches}"
        if is_complete:
            self.bench.do(CompleteBatch(shop_id=SHOP, batch_id=self.name))
            self.bench.advance(seconds=0)

    @property
    def batch(self) -> CardBatch:
        found: CardBatch = self.bench.aggregate(CardBatch.create_id(SHOP, self.name))
        return found

    @property
    def inspection(self) -> BatchInspection:
        found: BatchInspection = self.bench.aggregate(BatchInspection.create_id(SHOP, self.batch.id))
        return found

    @property
    def cards(self) -> list[Card]:
        found = [self.world.card_of(secret) for secret in self.secrets]
        assert all(found)
        return found  # type: ignore[return-value]

    def statuses(self) -> list[str]:
        return [each.status.value for each in self.cards]

    def verify(self, card: Card) -> Any:
        return self.bench.do(VerifyCard(shop_id=SHOP, card_id=card.id, staff="ann"))

    def questions(self) -> list[str]:
        return [key for target, key in self.world.open_intents() if target == SOUTH and key.startswith("card-status/")]

    def answer(self, *outcomes: Outcome) -> None:
        """The questions that are open are answered, in the order in which they were put."""
        for question, outcome in zip(self.questions(), outcomes, strict=True):
            self.bench.outcome(question, outcome)

    def decide(self, decision: Any) -> Any:
        command = DecideBatch(shop_id=SHOP, batch_id=self.name, decision=decision, reason="by_staff", staff="ann")
        answer = self.bench.do(command)
        self.bench.advance(seconds=0)
        return answer

    def results(self) -> list[str]:
        return [each["result"] for each in self.world.said("CardVerified")]


# checks


@pytest.mark.parametrize(("status", "becomes"), [("valid", "free"), ("used", "void"), ("invalid", "void")])
def test_a_free_card_that_is_bad_goes_out_of_stock(status: str, becomes: str) -> None:
    shelf = Shelf(1, is_complete=False)
    assert shelf.verify(shelf.cards[0]).status == 202
    shelf.answer(told(status))
    assert (shelf.results(), shelf.statuses()) == ([status], [becomes])
    assert_rebuilds(shelf.bench)


def test_a_question_under_way_is_not_put_twice_and_names_no_order_for_a_card_of_a_file() -> None:
    shelf = Shelf(1, is_complete=False)
    shelf.verify(shelf.cards[0])
    shelf.verify(shelf.cards[0])
    (row,) = [row for row in shelf.bench.intents() if row.kind == AskCardStatus.KIND]
    assert b'"number":null' in row.payload
    shelf.answer(told("valid"))
    shelf.verify(shelf.cards[0])
    assert len(shelf.questions()) == 1


def test_a_temporary_fault_is_asked_about_again_later_and_stands_when_it_lasts() -> None:
    shelf = Shelf(1, is_complete=False)
    shelf.verify(shelf.cards[0])
    asked_at = []
    while shelf.questions():
        shelf.answer(told("temporary_fault"))
        asked_at.append(shelf.bench.now)
    assert shelf.results() == ["temporary_fault"]
    assert [(later - earlier).total_seconds() for earlier, later in pairwise(asked_at)] == [600.0] * 6
    assert shelf.statuses() == ["free"]


def test_a_fault_that_passes_is_forgotten_and_silence_has_its_own_limit() -> None:
    shelf = Shelf(1, is_complete=False)
    shelf.verify(shelf.cards[0])
    for outcome in (told("temporary_fault"), NO_ANSWER, NO_ANSWER, told("valid")):
        shelf.answer(outcome)
    assert shelf.results() == ["valid"]
    shelf.verify(shelf.cards[0])
    for _ in range(6):
        shelf.answer(NO_ANSWER)
    assert shelf.results() == ["valid", "no_answer"]


def test_a_supplier_that_does_not_tell_is_said_not_to() -> None:
    world = World(cards=1)
    card = world.card_of("GAME-0001-AAAA-BBBB")
    assert card is not None
    world.bench.do(VerifyCard(shop_id=SHOP, card_id=card.id, staff="ann"))
    ((_, question),) = world.open_intents()
    world.bench.outcome(question, NOT_ASKABLE)
    assert [each["result"] for each in world.said("CardVerified")] == ["not_askable"]


def test_a_reserved_card_that_is_bad_is_swapped_before_the_payment() -> None:
    shelf = Shelf(2, is_complete=False)
    shelf.world.tell(shelf.world.placed("A1"))
    reserved = next(card for card in shelf.cards if card.status is CardStatus.RESERVED)
    shelf.verify(reserved)
    shelf.answer(told("invalid"))
    assert sorted(shelf.statuses()) == ["free", "void"]
    shelf.world.tell(shelf.world.paid("A1"))
    assert shelf.world.need("A1").status is NeedStatus.ALLOCATED
    assert shelf.world.need("A1").card_id != reserved.id


# leaks


def test_a_card_used_before_its_buyer_saw_it_raises_an_alert_and_stops_its_batch() -> None:
    shelf = Shelf(3, is_complete=False)
    shelf.world.buy("A1")
    sold = next(card for card in shelf.cards if card.status is CardStatus.ALLOCATED)
    shelf.verify(sold)
    shelf.answer(told("used"))
    shelf.bench.advance(seconds=0)
    (leak,) = shelf.world.said("LeakSuspected")
    assert (leak["card_id"], leak["order_number"], leak["batch_id"]) == (str(sold.id), "A1", str(shelf.batch.id))
    assert [each["reason"] for each in shelf.world.said("BatchRecalled")] == ["leak_suspected"]
    assert sorted(shelf.statuses()) == ["allocated", "held", "held"]
    fold_views(shelf.bench.service, shelf.bench.store)
    rows = shelf.bench.store.view_rows(StockAlerts.NAME, f"{SHOP}|", 10)
    assert len(rows) == 2


def test_a_card_used_after_its_buyer_saw_it_is_no_leak() -> None:
    world = RestoredWorld()
    shelf = Shelf(1, world, is_complete=False)
    world.buy("A1")
    world.open_card("A1")
    shelf.verify(shelf.cards[0])
    shelf.answer(told("used"))
    assert (shelf.results(), world.said("LeakSuspected"), world.said("CardVerified")[0]["was_opened"]) == (["used"], [], True)


# samples


def test_a_file_of_a_supplier_that_tells_is_sampled_and_goes_on_being_sold() -> None:
    shelf = Shelf(40)
    assert len(shelf.questions()) == 10
    shelf.answer(*[told("valid")] * 10)
    assert (shelf.batch.status, shelf.inspection.round_number) == (BatchStatus.ON_SALE, 1)
    shelf.bench.advance(hours=6)
    assert (shelf.inspection.round_number, len(shelf.questions())) == (2, 10)


def test_own_files_are_not_sampled() -> None:
    world = World(cards=3)
    world.bench.do(CompleteBatch(shop_id=SHOP, batch_id="batch-1"))
    world.bench.advance(hours=6)
    assert world.open_intents() == []


def test_a_bad_share_above_the_limit_stops_the_batch_and_no_card_of_it_is_sold() -> None:
    shelf = Shelf(20)
    shelf.world.tell(shelf.world.placed("A1"))
    shelf.answer(*[told("invalid")] * 2, *[told("valid")] * 8)
    (recalled,) = shelf.world.said("BatchRecalled")
    assert (recalled["reason"], recalled["bad_count"], recalled["told_count"]) == ("bad_sample", 2, 10)
    shelf.world.tell(shelf.world.paid("A1"))
    shelf.world.buy("A2")  # before a single card was put aside
    assert [shelf.world.need(each).status for each in ("A1", "A2")] == [NeedStatus.MANUAL] * 2
    shelf.bench.advance(hours=24)
    assert set(shelf.statuses()) == {"held", "void"}
    assert shelf.inspection.is_over
    assert_rebuilds(shelf.bench)


def test_one_bad_card_of_ten_is_within_the_limit() -> None:
    shelf = Shelf(20)
    shelf.answer(told("used"), *[told("valid")] * 9)
    assert shelf.world.said("BatchRecalled")[0]["reason"] == "leak_suspected"
    shelf = Shelf(20)
    shelf.answer(told("invalid"), *[told("valid")] * 9)
    assert shelf.world.said("BatchRecalled") == []


def test_an_inspection_ends_when_nothing_unsold_is_found_or_the_supplier_tells_of_no_card() -> None:
    shelf = Shelf(1)
    shelf.answer(told("valid"))
    shelf.world.buy("A1")
    shelf.bench.advance(hours=6)
    assert shelf.inspection.is_over
    mute = Shelf(3)
    mute.answer(*[NOT_ASKABLE] * 3)
    assert mute.inspection.is_over
    assert mute.batch.status is BatchStatus.ON_SALE


def test_staff_may_have_a_sample_drawn_at_once() -> None:
    shelf = Shelf(3, is_complete=False)
    shelf.bench.do(SampleBatch(shop_id=SHOP, batch_id=shelf.name))
    shelf.bench.advance(seconds=0)
    assert len(shelf.questions()) == 3


# stop, release, withdraw


def test_a_released_batch_is_sold_again_and_a_withdrawn_one_never() -> None:
    shelf = Shelf(2, is_complete=False)
    assert shelf.decide("release").status == 409
    shelf.decide("stop")
    assert shelf.statuses() == ["held", "held"]
    shelf.decide("release")
    assert shelf.statuses() == ["free", "free"]
    shelf.world.buy("A1")
    shelf.decide("stop")
    assert shelf.decide("withdraw").status == 202
    assert sorted(shelf.statuses()) == ["allocated", "void"]
    assert shelf.decide("release").status == 409
    names = ["BatchRecalled", "BatchReleased", "CardAllocated", "BatchRecalled", "BatchWithdrawn"]
    assert [name for name in shelf.world.names() if not name.startswith("Product")] == names
    assert_rebuilds(shelf.bench)


def test_a_reserved_card_of_a_stopped_batch_is_swapped_at_the_payment_or_put_aside_when_it_comes_back() -> None:
    shelf = Shelf(2, is_complete=False)
    shelf.world.tell(shelf.world.placed("A1"), shelf.world.placed("A2"))
    shelf.decide("stop")
    assert shelf.statuses() == ["reserved", "reserved"]
    other = shelf.world.new_secret()
    shelf.world.stock(other)
    shelf.world.tell(shelf.world.paid("A1"), shelf.world.expired("A2"))
    assert shelf.statuses() == ["held", "held"]
    card = shelf.world.card_of(other)
    assert card is not None
    assert shelf.world.need("A1").card_id == card.id


def test_a_stop_in_the_same_group_as_a_sale_comes_first_or_later_but_never_beside() -> None:
    shelf = Shelf(1, is_complete=False)
    batch_id: UUID = shelf.batch.id
    shelf.decide("stop")
    first, second = shelf.world.record(shelf.world.placed("A1")), shelf.world.record(shelf.world.paid("A1"))
    shelf.bench.commit(first, second)
    assert shelf.world.need("A1").card_id is None
    assert shelf.cards[0].origin == str(batch_id)


def test_a_stopped_batch_takes_no_more_cards() -> None:
    shelf = Shelf(1, is_complete=False)
    shelf.decide("stop")
    with pytest.raises(BatchIsStopped):
        shelf.batch.expect(product_code=PRODUCT, supplier_code=SOUTH)


def test_after_a_restore_a_stopped_batch_is_stopped_and_a_bad_card_is_out() -> None:
    world = RestoredWorld()
    shelf = Shelf(3, world, is_complete=False)
    world.back_up()
    shelf.verify(shelf.cards[0])
    shelf.answer(told("invalid"))
    shelf.decide("stop")
    world.restore()
    agree(world, "BatchRecalled")
    assert shelf.cards[0].status is CardStatus.VOID
    assert shelf.batch.status is BatchStatus.STOPPED
    world.buy("A1")
    world.deny("south")
    assert world.need("A1").status is NeedStatus.MANUAL
