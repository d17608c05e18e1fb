"""Laws that hold whatever happens in whatever order: orders, payments, expiries, supplier answers, failures, all at random."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chassis.activity import Absent, Refused, Unknown
from chassis.store.rows import IntentRow, IntentStatus
from services.inventory.sourcing.balances import AskBalance
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.stock.commands import OpenCards
from services.inventory.stock.domain.card_status import CardStatus
from tests.desk import fold_views
from tests.inventory.rebuilding import assert_rebuilds
from tests.inventory.world import World, need_id

ORDERS = st.sampled_from(["A1", "A2", "A3"])
UNITS = 2
SECRETS = st.sampled_from([f"GAME-{n:04d}-AAAA-BBBB" for n in range(6)] + ["bad", "worse"])


class Inventory(RuleBasedStateMachine):
    """Every rule may happen at any time, as far as the order service could say it at all."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World("north", "south")
        self.told: dict[str, set[str]] = {}

    def tell(self, order: str, what: str, message: Any) -> None:
        self.told.setdefault(order, set()).add(what)
        self.world.tell(message)

    @rule(secrets=st.lists(SECRETS.filter(lambda secret: secret.startswith("GAME")), max_size=3))
    def import_cards(self, secrets: list[str]) -> None:
        self.world.stock(*secrets)

    @rule(order=ORDERS)
    def place(self, order: str) -> None:
        self.tell(order, "placed", self.world.placed(order, UNITS))

    @rule(order=ORDERS)
    def buy(self, order: str) -> None:
        self.place(order)
        self.pay(order)

    @rule(order=ORDERS)
    def expire(self, order: str) -> None:
        if "paid" not in self.told.get(order, ()):
            self.tell(order, "expired", self.world.expired(order, UNITS))

    @rule(order=ORDERS)
    def pay(self, order: str) -> None:
        is_late = "expired" in self.told.get(order, ())
        self.tell(order, "paid", self.world.paid(order, UNITS, is_late=is_late))

    @rule(order=ORDERS, unit=st.integers(1, UNITS))
    def fail(self, order: str, unit: int) -> None:
        if self.told.get(order):
            self.tell(order, "failed", self.world.failed(order, unit))

    @rule(order=ORDERS, unit=st.integers(1, UNITS))
    def fail_while_unknown(self, order: str, unit: int) -> None:
        need: Need | None = self.world.bench.aggregate(need_id(order, unit))
        if need is not None and need.awaited is not None and need.status is NeedStatus.SOURCING:
            if self._is(need.awaited, IntentStatus.PENDING):
                self.world.answer(need.awaited, Unknown("lost"))
            self.fail(order, unit)

    @rule(order=ORDERS, unit=st.integers(1, UNITS))
    def ask_again(self, order: str, unit: int) -> None:
        if self.told.get(order):
            self.world.tell(self.world.redelivery(order, unit))

    @rule(order=ORDERS, unit=st.integers(1, UNITS))
    def open(self, order: str, unit: int) -> None:
        need: Need | None = self.world.bench.aggregate(need_id(order, unit))
        if need is not None and need.card_id is not None:
            self.world.bench.do(OpenCards(card_ids=(need.card_id,), order_number=order, purpose="reveal"))

    @rule(which=st.integers(0, 10), outcome=st.sampled_from([Refused("temporary", True), Refused("delisted"), Unknown("lost")]))
    def answer_a_call(self, which: int, outcome: Refused | Unknown) -> None:
        row = self._one(which, IntentStatus.PENDING)
        if row is not None:
            self.world.answer(row.key, outcome)

    @rule(which=st.integers(0, 10), secrets=st.lists(SECRETS, max_size=2), is_ordered_item=st.booleans())
    def deliver(self, which: int, secrets: list[str], is_ordered_item: bool) -> None:
        row = self._one(which, IntentStatus.PENDING)
        if row is not None:
            self.world.deliver(row.key, *secrets, is_ordered_item=is_ordered_item)

    @rule(which=st.integers(0, 10), outcome=st.sampled_from([Refused("out_of_stock"), Absent(), Unknown("lost")]))
    def answer_a_question(self, which: int, outcome: Refused | Absent | Unknown) -> None:
        row = self._one(which, IntentStatus.UNKNOWN)
        if row is not None:
            self.world.told(row.key, outcome)

    @rule(which=st.integers(0, 10), secrets=st.lists(SECRETS, max_size=2))
    def deliver_after_all(self, which: int, secrets: list[str]) -> None:
        row = self._one(which, IntentStatus.UNKNOWN, IntentStatus.ABSENT, IntentStatus.CONFIRMED)
        if row is not None:
            self.world.deliver(row.key, *secrets, is_asked=True)

    @rule(minutes=st.integers(0, 10))
    def wait(self, minutes: int) -> None:
        self.world.bench.advance(minutes=minutes)

    def _one(self, which: int, *statuses: IntentStatus) -> IntentRow | None:
        rows = [row for row in self.world.bench.intents(*statuses) if row.kind != AskBalance.KIND]
        return rows[which % len(rows)] if rows else None

    def _is(self, number: str, status: IntentStatus) -> bool:
        return any(row.key == number for row in self.world.bench.intents(status))

    @invariant()
    def nothing_is_parked(self) -> None:
        assert self.world.bench.store.parked(None, 10) == []

    @invariant()
    def cards_and_needs_fit(self) -> None:
        cards, needs = self._all("inventory.Card"), self._all("inventory.Need")
        given = Counter(card.need_id for card in cards if card.status in (CardStatus.ALLOCATED, CardStatus.HELD))
        assert all(count == 1 for count in given.values()), "a need has two cards"
        with_card = [need for need in needs if need.card_id is not None]
        assert len({need.card_id for need in with_card}) == len(with_card), "a card has two needs"
        expected = {
            NeedStatus.OPEN: CardStatus.RESERVED,
            NeedStatus.ALLOCATED: CardStatus.ALLOCATED,
            NeedStatus.CLOSED: CardStatus.HELD,
        }
        by_id = {card.id: card for card in cards}
        for need in with_card:
            card = by_id[need.card_id]
            assert (card.status, card.need_id) == (expected[need.status], need.id)
        reserved = [card for card in cards if card.status is CardStatus.RESERVED]
        assert len(reserved) == sum(need.status is NeedStatus.OPEN for need in with_card), "a reservation without its need"
        assert {str(card.id) for card in cards if card.status is CardStatus.FREE} == {
            row.row_id for row in self.world.bench.store.index_rows("free_cards")
        }
        assert all(card.reference in self.world.bench.store.tables.vault for card in cards)

    @invariant()
    def what_is_said_is_said_once(self) -> None:
        for name in ("CardAllocated", "NeedClosed"):
            told = Counter(each["need_id"] for each in self.world.said(name))
            assert all(count == 1 for count in told.values()), name
        closed = {each["need_id"] for each in self.world.said("NeedClosed")}
        needs = self._all("inventory.Need")
        assert {str(need.id) for need in needs if need.status is NeedStatus.CLOSED} == closed
        claims = self._all("inventory.Claim")
        assert len({claim.number for claim in claims}) == len(claims) == len(self.world.said("ClaimRaised"))

    @invariant()
    def nothing_waits_for_nothing(self) -> None:
        open_numbers = {number for _, number in self.world.open_intents()}
        for need in self._all("inventory.Need"):
            if need.status in (NeedStatus.SOURCING, NeedStatus.CLOSING):
                assert need.awaited in open_numbers, f"a {need.status} need waits for nothing"
            else:
                assert need.awaited is None

    def teardown(self) -> None:
        store = self.world.bench.store
        fold_views(self.world.bench.service, store)
        for _, counts in _documents(store, "stock_by_status_2"):
            assert sum(counts[str(status)] for status in CardStatus) == counts["imported"]
        assert_rebuilds(self.world.bench)

    def _all(self, kind: str) -> list[Any]:
        ids = {row.stream_id for row in self.world.bench.store.events_after(0, 1_000_000) if row.kind == kind}
        return [self.world.bench.aggregate(stream_id) for stream_id in ids]


def _documents(store: Any, view: str) -> list[tuple[str, dict[str, Any]]]:
    import msgspec

    return [(row_id, msgspec.json.decode(data)) for row_id, data in store.view_rows(view, limit=1_000)]


Inventory.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck))
TestInventory = pytest.mark.long(Inventory.TestCase)
