"""From a paid order to its card, through every kind of supplier and from one kind to the next: the real adapters and the real saga."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args

import pytest

from chassis import attempts
from chassis.activity import Activity, Refused, Tools, Unknown
from chassis.store.rows import IntentRow, IntentStatus
from protocols.http import HttpReply, HttpRequest
from sandbox.behaviour.faults import SupplierFaults
from services.inventory.service import inventory
from services.inventory.settings import InventorySettings, SiteKind
from services.inventory.sourcing.activities import NOT_ASKABLE
from services.inventory.sourcing.commands import RegisterSupplier, TellForSupplier
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.sourcing.domain.supplier import Supplier
from services.inventory.sourcing.sites.kinds import SITES
from tests.inventory.sites import ASKABLE, Supplied
from tests.inventory.world import SHOP, World, need_id

KINDS: tuple[SiteKind, ...] = get_args(SiteKind)
UNASKABLE = sorted(set(KINDS) - set(ASKABLE))
CARD = "GAME-0101-CCCC-DDDD"


class Market:
    """A world whose suppliers, in the order of preference, are really called."""

    def __init__(self, *suppliers: Supplied) -> None:
        self.world = World()
        self.suppliers = {each.code: each for each in suppliers}
        for each in suppliers:
            self.world.bench.do(RegisterSupplier(shop_id=SHOP, supplier_code=each.code, kind=each.kind))
            self.world.offer(each.code)
        settings = InventorySettings(suppliers={each.code: each.account for each in suppliers})
        tools = Tools(settings, self.http, self.world.vault, self.world.fingerprints, self.now)
        self._activities = {kind: activity(tools) for kind, activity in inventory.activity_of.items()}

    def now(self) -> Any:
        return self.world.bench.now

    async def http(self, base_url: str, request: HttpRequest) -> HttpReply:
        supplied = self.suppliers[base_url.removeprefix("http://")]
        supplied.now = self.now()
        return await supplied.http(base_url, request)

    async def buy(self, order: str = "A1") -> None:
        """An order is paid, and everything happens that the worker would do about it."""
        self.world.buy(order)
        await self.work()

    async def work(self) -> None:
        """Perform what is to be performed and ask about what is unknown, a few times."""
        bench = self.world.bench
        for _ in range(8):
            for row in bench.intents(IntentStatus.PENDING, IntentStatus.UNKNOWN):
                if row.status is IntentStatus.PENDING:
                    bench.start(row.key)
                    unit = await attempts.perform(self.activity_for(row), self.row_of(row.key), self.now, _raise)
                else:
                    bench.now = max(bench.now, (row.deadline or bench.now) + timedelta(seconds=5))
                    unit = await attempts.ask(self.activity_for(row), row, self.now, _raise)
                bench.commit(unit)
                assert bench.bugs == []

    def activity_for(self, row: IntentRow) -> Activity[Any]:
        return self._activities[row.kind]

    def row_of(self, key: str) -> IntentRow:
        return next(row for row in self.world.bench.intents() if row.key == key)

    @property
    def given_by(self) -> list[str]:
        return [each["supplier_code"] for each in self.world.said("CardAllocated")]

    def tell(self, supplier_code: str, *cards: str) -> int:
        """A person says what a supplier did; the status of the answer."""
        delivery, rows = self.world.delivery(*cards) if cards else (None, ())
        command = TellForSupplier(need_id=need_id("A1"), supplier_code=supplier_code, staff="ann", delivery=delivery)
        return self.world.bench.do(command, sealed=rows).status


def _raise(_row: IntentRow, bug: BaseException) -> None:
    raise bug


def supplied(kind: SiteKind, code: str, faults: SupplierFaults | None = None) -> Supplied:
    return Supplied(kind, code).misbehave(faults or SupplierFaults())


@pytest.mark.parametrize("kind", KINDS)
async def test_a_paid_order_gets_its_card_from_every_kind_of_supplier(kind: SiteKind) -> None:
    market = Market(supplied(kind, "north"))
    await market.buy()
    assert market.world.names() == ["CardAllocated"]
    (handed,) = market.suppliers["north"].party.deliveries(market.now())
    card = market.world.card_of(handed.card)
    assert card is not None
    assert card.reference in market.world.bench.store.tables.vault


@pytest.mark.parametrize(("first", "second"), [(a, b) for a in KINDS for b in KINDS if a != b])
@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        (SupplierFaults(is_out_of_stock=True), "out_of_stock"),
        (SupplierFaults(is_without_balance=True), "no_balance"),
        (SupplierFaults(is_delisted=True), "delisted"),
        (SupplierFaults(is_down=True), "temporary"),
        (SupplierFaults(is_card_invalid=True), "invalid_card"),
    ],
)
async def test_a_supplier_that_cannot_is_followed_by_one_of_another_kind(
    first: SiteKind, second: SiteKind, faults: SupplierFaults, reason: str
) -> None:
    market = Market(supplied(first, "north", faults), supplied(second, "south"))
    await market.buy()
    assert market.given_by == ["south"]
    (failover,) = market.world.said("SupplierFailedOver")
    assert (failover["from_supplier"], failover["to_supplier"], failover["reason"]) == ("north", "south", reason)
    assert market.suppliers["south"].order_count == 1


@pytest.mark.parametrize("kind", ASKABLE)
@pytest.mark.parametrize(
    "faults",
    [SupplierFaults(is_answer_lost=True), SupplierFaults(is_failing_after_success=True), SupplierFaults(late_seconds=9)],
)
async def test_an_order_whose_card_was_not_seen_is_found_by_asking_and_made_once(kind: SiteKind, faults: SupplierFaults) -> None:
    market = Market(supplied(kind, "north", faults), supplied("supplier_api", "south"))
    await market.buy()
    assert market.given_by == ["north"]
    assert (market.suppliers["north"].order_count, market.suppliers["south"].order_count) == (1, 0)


@pytest.mark.parametrize("kind", ASKABLE)
async def test_a_card_of_other_goods_is_claimed_and_another_kind_is_asked(kind: SiteKind) -> None:
    market = Market(supplied(kind, "north", SupplierFaults(is_wrong_product=True)), supplied("acg_faka", "south"))
    await market.buy()
    assert market.given_by == ["south"]
    assert market.world.said("ClaimRaised")[0]["reason"] == "wrong_item"


@pytest.mark.parametrize("kind", UNASKABLE)
@pytest.mark.parametrize(
    "faults",
    [SupplierFaults(is_answer_lost=True), SupplierFaults(is_failing_after_success=True), SupplierFaults(late_seconds=9)],
)
async def test_a_site_that_cannot_be_asked_gets_no_second_order_and_a_person_is_called(kind: SiteKind, faults: SupplierFaults) -> None:
    market = Market(supplied(kind, "north", faults), supplied("supplier_api", "south"))
    await market.buy()
    assert market.world.names() == ["SupplierCallFailed", "NeedAwaitsPerson"]
    assert market.world.said("NeedAwaitsPerson")[0]["reason"] == NOT_ASKABLE
    assert (market.suppliers["north"].order_count, market.suppliers["south"].order_count) == (1, 0)
    trades = [each for each in market.suppliers["north"].requests if each.url_path.endswith("trade")]
    assert len(trades) == 1


def lost(*further: Supplied) -> Market:
    return Market(supplied("acg_faka", "north", SupplierFaults(is_answer_lost=True)), *further)


async def test_the_card_that_a_person_found_there_is_given() -> None:
    market = lost()
    await market.buy()
    assert market.tell("north", CARD) == 200
    assert market.given_by == ["north"]
    assert market.tell("north", CARD) == 409


@pytest.mark.parametrize("cards", [(CARD,), ()])
async def test_a_site_that_cannot_be_asked_is_asked_no_more_once_a_person_has_told(cards: tuple[str, ...]) -> None:
    market = lost()
    await market.buy()
    ((_, number),) = market.world.open_intents()
    assert market.tell("north", *cards) == 200
    assert market.world.open_intents() == []
    await market.work()
    assert market.row_of(number).status is IntentStatus.ABSENT
    assert market.world.bench.bugs == []


async def test_what_a_site_confirms_after_the_person_has_told_is_stock() -> None:
    market = lost()
    await market.buy()
    ((_, number),) = market.world.open_intents()
    assert market.tell("north") == 200
    market.world.deliver(number, CARD, is_asked=True)
    card = market.world.card_of(CARD)
    assert card is not None
    assert market.world.names()[-2:] == ["LateCardStocked", "ClaimRaised"]


async def test_a_site_that_can_be_asked_is_asked_on_and_a_call_that_waits_is_taken_back() -> None:
    market = Market(supplied("supplier_api", "north"))
    market.world.buy("A1")
    number = market.world.number_of("A1")
    market.world.answer(number, Unknown("answer_lost"))
    market.world.bench.advance(minutes=5)
    assert market.tell("north") == 200
    assert market.world.open_intents() == [("north", number)]
    other = Market(supplied("supplier_api", "north"))
    other.world.buy("A1")
    number = other.world.number_of("A1")
    other.world.answer(number, Unknown("answer_lost"))
    other.world.bench.advance(minutes=5)
    other.world.told(number, Refused("temporary", is_temporary=True))
    assert other.row_of(number).status is IntentStatus.PENDING
    assert other.tell("north") == 200
    assert other.world.open_intents() == []


def test_which_kinds_can_be_asked_is_what_their_adapters_say() -> None:
    assert {kind for kind, site in SITES.items() if not site.is_askable} == Supplier.UNASKABLE


async def test_where_a_person_found_nothing_the_next_supplier_is_asked() -> None:
    market = lost(supplied("supplier_api", "south"))
    await market.buy()
    assert market.tell("north") == 200
    await market.work()
    assert market.given_by == ["south"]
    assert market.world.said("SupplierFailedOver")[0]["reason"] == "refused"


async def test_a_need_that_closes_waits_for_what_the_person_says() -> None:
    market = lost(supplied("supplier_api", "south"))
    await market.buy()
    market.world.tell(market.world.failed("A1"))
    assert market.world.said("NeedClosed") == []
    assert market.tell("north") == 200
    assert len(market.world.said("NeedClosed")) == 1
    assert market.suppliers["south"].order_count == 0


async def test_a_card_that_a_person_finds_too_late_becomes_stock() -> None:
    market = lost()
    await market.buy()
    market.world.tell(market.world.failed("A1"))
    assert market.tell("north", CARD) == 200
    assert market.world.names()[-3:] == ["LateCardStocked", "ClaimRaised", "NeedClosed"]


async def test_nobody_tells_for_a_supplier_that_is_not_waited_for() -> None:
    market = lost(supplied("supplier_api", "south"))
    market.world.buy("A1")
    assert market.tell("north") == 409, "it is being ordered, and no person was called"
    await market.work()
    assert market.tell("south", CARD) == 409
    assert market.world.need("A1").status is NeedStatus.SOURCING
    assert market.world.card_of(CARD) is None


# closing


class Closing(Market):
    """A market whose first supplier lets an order wait for ever, while the order service has given up."""

    async def give_up(self, faults: SupplierFaults | None = None) -> None:
        await self.buy()
        self.suppliers["north"].misbehave(faults or SupplierFaults(late_seconds=100_000))
        self.world.tell(self.world.failed("A1"))
        await self.work()


WAITING = SupplierFaults(late_seconds=100_000)


@pytest.mark.parametrize("kind", ASKABLE)
async def test_an_order_that_nobody_waits_for_any_more_is_cancelled_at_its_supplier(kind: SiteKind) -> None:
    market = Closing(supplied(kind, "north", WAITING))
    await market.give_up()
    (entry,) = market.suppliers["north"].party.ledger.orders.values()
    assert entry.is_cancelled
    assert market.suppliers["north"].party.ledger.balance == 100
    assert market.world.names()[-1] == "NeedClosed"
    assert market.world.said("NeedClosed")[0]["card_id"] is None


@pytest.mark.parametrize("kind", ASKABLE)
@pytest.mark.parametrize("faults", [SupplierFaults(is_down=True), SupplierFaults(is_failing=True)])
async def test_a_supplier_that_cannot_be_told_now_is_told_later(kind: SiteKind, faults: SupplierFaults) -> None:
    market = Closing(supplied(kind, "north", WAITING))
    await market.give_up(faults)
    assert market.world.said("NeedClosed") == []
    market.suppliers["north"].party.faults.clear()
    await market.work()
    assert market.suppliers["north"].party.ledger.orders[1].is_cancelled
    assert len(market.world.said("NeedClosed")) == 1


@pytest.mark.parametrize("kind", ASKABLE)
async def test_what_was_delivered_before_it_could_be_cancelled_becomes_stock(kind: SiteKind) -> None:
    market = Market(supplied(kind, "north", SupplierFaults(is_answer_lost=True)))
    market.world.buy("A1")
    (row,) = market.world.bench.intents(IntentStatus.PENDING)
    market.world.bench.start(row.key)
    market.world.tell(market.world.failed("A1"))
    market.world.bench.commit(await attempts.perform(market.activity_for(row), market.row_of(row.key), market.now, _raise))
    await market.work()
    assert market.world.names()[-3:] == ["LateCardStocked", "ClaimRaised", "NeedClosed"]
    assert not market.suppliers["north"].party.ledger.orders[1].is_cancelled


async def test_a_site_that_cancels_nothing_is_told_once() -> None:
    market = Closing(supplied("acg_faka", "north", SupplierFaults(is_answer_lost=True)))
    await market.give_up()
    (cancel,) = [row for row in market.world.bench.intents() if row.key.startswith("cancel-")]
    assert cancel.status is IntentStatus.REFUSED
    assert market.world.said("NeedClosed") == []
