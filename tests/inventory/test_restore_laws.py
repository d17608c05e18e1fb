"""Whatever happened before and after a backup: once the database is back and everything was heard again, no word is broken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chassis.activity import Absent, Refused, Unknown, confirmed
from chassis.store.rows import IntentRow, IntentStatus, ParkedStatus
from chassis.unit import Handled, OutcomeUnit
from services.inventory.sourcing.balances import AskBalance
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.sourcing.intents import CancelSupplierOrder, FoundDeliveries, FoundDelivery, SeekDeliveries
from services.inventory.stock.domain.card_status import CardStatus
from tests.inventory.rebuilding import assert_rebuilds
from tests.inventory.restored import RestoredWorld
from tests.inventory.world import need_id

ORDERS, UNITS, SUPPLIERS = ("A1", "A2", "A3"), 2, ("north", "south")
OPEN = (IntentStatus.PENDING, IntentStatus.UNKNOWN)

order, unit, which = st.sampled_from(ORDERS), st.integers(1, UNITS), st.integers(0, 5)
STEP = st.one_of(
    st.tuples(st.sampled_from(["place", "pay", "pay", "expire", "look"]), order),
    st.tuples(st.sampled_from(["fail", "open"]), order, unit),
    st.tuples(st.just("call"), which, st.sampled_from(["good", "good", "bad", "refused", "good unheard", "unheard"])),
    st.tuples(st.just("ask"), which),
    st.tuples(st.just("stock")),
    st.tuples(st.just("wait")),
    st.tuples(st.just("back up")),
)


class Shop(RestoredWorld):
    """A history of a small shop. The suppliers are honest and remember every order that they delivered."""

    def __init__(self, cards: int) -> None:
        super().__init__(*SUPPLIERS, cards=cards)
        self.delivered: dict[tuple[str, str], str] = {}
        self.imported = [f"GAME-{n:04d}-AAAA-BBBB" for n in range(1, cards + 1)]
        self.said_of: dict[str, set[str]] = {}
        self.back_up()

    def happen(self, step: tuple[Any, ...]) -> None:
        match step:
            case ("place", order):
                self._say(order, "placed", self.placed(order, UNITS))
            case ("pay", order):
                if order not in self.said_of:
                    self.happen(("place", order))
                self._say(order, "paid", self.paid(order, UNITS, is_late="expired" in self.said_of.get(order, ())))
            case ("expire", order) if "paid" not in self.said_of.get(order, ()):
                self._say(order, "expired", self.expired(order, UNITS))
            case ("fail", order, unit) if self.said_of.get(order):
                self._say(order, "failed", self.failed(order, unit))
            case ("open", order, unit):
                need: Need | None = self.bench.aggregate(need_id(order, unit))
                if need is not None and need.card_id is not None:
                    self.open_card(order, unit)
            case ("call", which, fate):
                if row := self._row(which, IntentStatus.PENDING):
                    self.call(row, fate)
            case ("ask", which):
                if row := self._row(which, IntentStatus.UNKNOWN):
                    self.ask(row)
            case ("stock",):
                self.imported.append(self.new_secret())
                self.stock(self.imported[-1])
            case ("wait",):
                self.bench.advance(seconds=30)
            case ("back up",):
                self.back_up()

    def _say(self, order: str, what: str, message: Any) -> None:
        self.said_of.setdefault(order, set()).add(what)
        self.tell(message)

    def _row(self, which: int, status: IntentStatus) -> IntentRow | None:
        rows = self.bench.intents(status)
        return rows[which % len(rows)] if rows else None

    # suppliers

    def call(self, row: IntentRow, fate: str) -> None:
        if row.kind == "inventory.SeekDeliveries":
            self.bench.start(row.key)
            self.ask(next(each for each in self.bench.intents() if each.key == row.key))
            return
        if row.kind == AskBalance.KIND:
            self.answer(row.key, Refused("temporary", is_temporary=True))
            return
        if row.kind == CancelSupplierOrder.KIND:  # these suppliers deliver at once, and take nothing back
            self.answer(row.key, Refused("not_cancellable"))
            return
        if "good" in fate or fate == "bad":
            self.delivered.setdefault((row.target, row.key), "bad" if fate == "bad" else self.new_secret())
        if fate == "refused":
            self.answer(row.key, Refused("out_of_stock"))
        elif "unheard" in fate:
            self.answer(row.key, Unknown("answer_lost"))
        else:
            self.deliver(row.key, self.delivered[row.target, row.key])

    def ask(self, row: IntentRow) -> None:
        if row.kind == "inventory.SeekDeliveries":
            self._ask_about(row, msgspec.json.decode(row.payload, type=SeekDeliveries).numbers)
        elif row.kind == AskBalance.KIND:
            self.told(row.key, Refused("temporary", is_temporary=True))
        elif (row.target, row.key) in self.delivered:
            self.deliver(row.key, self.delivered[row.target, row.key], is_asked=True)
        else:
            self.told(row.key, Absent())

    def _ask_about(self, row: IntentRow, numbers: tuple[str, ...]) -> None:
        found: list[FoundDelivery] = []
        kept: list[Any] = []
        for number in numbers:
            if (row.target, number) in self.delivered:
                delivery, rows = self.delivery(self.delivered[row.target, number])
                found.append(FoundDelivery(number, delivery))
                kept += rows
        if not found:
            self.told(row.key, Absent())
            return
        outcome = confirmed(FoundDeliveries(tuple(found)))
        self.bench.commit(OutcomeUnit(row.key, row.attempt, outcome, asked_at=self.bench.now, sealed=tuple(kept)))
        if self.bench.bugs:
            raise self.bench.bugs.pop()

    def settle(self, fate: str) -> None:
        """Every supplier is called and asked until nothing is under way."""
        for _ in range(100):
            rows = self.bench.intents(*OPEN)
            for row in rows:
                current = next(each for each in self.bench.intents() if each.key == row.key)
                if current.status is IntentStatus.PENDING:
                    self.call(current, fate)
                elif current.status is IntentStatus.UNKNOWN:
                    self.ask(current)
            self.bench.advance(seconds=1)
            if not rows:
                return
        raise AssertionError("it never ends")

    def all_of(self, kind: str) -> Iterator[Any]:
        ids = dict.fromkeys(row.stream_id for row in self.bench.store.events_after(0, 1_000_000) if row.kind == kind)
        return (self.bench.aggregate(stream_id) for stream_id in ids)


def check(shop: Shop) -> None:
    words = [*shop.before, *shop.bench.said]
    cards_of: dict[str, set[str]] = {}
    needs_of: dict[str, set[str]] = {}
    for name, word in words:
        if name == "CardAllocated":
            cards_of.setdefault(word["need_id"], set()).add(word["card_id"])
            needs_of.setdefault(word["card_id"], set()).add(word["need_id"])
    assert all(len(each) == 1 for each in cards_of.values()), "a need was given two cards"
    assert all(len(each) == 1 for each in needs_of.values()), "a card was given to two needs"
    for said_need, (said_card,) in cards_of.items():
        need, card = shop.bench.aggregate(UUID(said_need)), shop.bench.aggregate(UUID(said_card))
        assert (need.card_id, card.need_id) == (card.id, need.id), "a word is not true any more"
        assert card.status in (CardStatus.ALLOCATED, CardStatus.HELD)

    closed = [word for name, word in shop.bench.said if name == "NeedClosed"]
    assert all(word in closed for name, word in shop.before if name == "NeedClosed"), "a need is not closed as was said"
    assert len({word["need_id"] for word in closed}) == len(closed), "a need is closed twice"
    for name, word in words:
        if name == "CardOpened":
            assert shop.bench.aggregate(UUID(word["card_id"])).opened_count >= word["opened_count"]
    claims = [word["claim_id"] for name, word in shop.bench.said if name == "ClaimRaised"]
    assert len(set(claims)) == len(claims)
    assert {word["claim_id"] for name, word in shop.before if name == "ClaimRaised"} <= set(claims)

    cards = list(shop.all_of("inventory.Card"))
    held = [card.need_id for card in cards if card.status in (CardStatus.ALLOCATED, CardStatus.HELD)]
    assert len(set(held)) == len(held)
    free = {str(card.id) for card in cards if card.status is CardStatus.FREE}
    assert free == {row.row_id for row in shop.bench.store.index_rows("free_cards")}
    assert all(card.is_lost or card.reference in shop.bench.store.tables.vault for card in cards)
    for secret in shop.delivered.values():
        bought = shop.card_of(secret)
        assert bought is not None, "a card was paid for and is forgotten"
        assert not bought.is_lost or bought.status is CardStatus.VOID, "a card that its supplier remembers is lost"
    for need in shop.all_of("inventory.Need"):
        assert need.awaited is None
        assert not need.searches
        assert need.status not in (NeedStatus.SOURCING, NeedStatus.CLOSING)
    assert [row for row in shop.bench.store.parked(None, 100) if row.status is ParkedStatus.WAITING] == []


CANCELLED_WHILE_UNHEARD: list[tuple[Any, ...]] = [("pay", "A1"), ("call", 0, "good unheard"), ("fail", "A1", 2), ("call", 0, "good")]


@example(cards=1, steps=CANCELLED_WHILE_UNHEARD, order_of_retelling=None, is_settled_first=False, fate="good")
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    cards=st.integers(0, 3),
    steps=st.lists(STEP, min_size=10, max_size=40),
    order_of_retelling=st.permutations(ORDERS) | st.none(),
    is_settled_first=st.booleans(),
    fate=st.sampled_from(["good", "refused", "bad"]),
)
def test_no_word_is_broken_by_a_restore(
    cards: int, steps: list[tuple[Any, ...]], order_of_retelling: list[str] | None, is_settled_first: bool, fate: str
) -> None:
    shop = Shop(cards)
    for step in steps:
        shop.happen(step)
    shop.restore(is_retold=False)
    if is_settled_first:
        shop.settle(fate)
    if order_of_retelling is not None:
        shop.heard.sort(key=lambda record: order_of_retelling.index(msgspec.json.decode(record.value)["order_number"]))
    shop.retell()
    shop.settle(fate)
    check(shop)
    assert_rebuilds(shop.bench)
    shop.stock(*(dict.fromkeys(shop.imported) or ["GAME-9999-AAAA-BBBB"]))
    shop.bench.advance(seconds=1)
    check(shop)
    assert not any(card.is_lost and card.status is not CardStatus.VOID for card in shop.all_of("inventory.Card"))
    assert_rebuilds(shop.bench)
    assert shop.bench.release() == Handled()
