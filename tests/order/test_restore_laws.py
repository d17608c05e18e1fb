"""Laws of a restore, over random small histories: a backup at any point, a topic that has any part of what was said since.

The world around the service is not restored: providers know who paid, inventory goes on from what it has heard and is heard again from
the restored positions on. Then everything runs on until nothing changes any more.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.activity import Outcome, Refused
from chassis.store.memory import MemoryStore
from chassis.store.rows import IntentRow
from chassis.unit import RecordUnit
from services.order.domain.lines import UnitKey
from services.order.domain.order import Order
from services.order.domain.order_state import OrderState
from tests.harness import Bench
from tests.order.builders import SHOP, a_bench, a_line, allocated, amount_of, exhausted, notice, opened, place, the_order
from tests.order.restoring import OPEN, answer, last_log_id, paid, restore, the_search

LINES = (a_line(quantity=2),)
AMOUNT = amount_of(LINES)
UNITS = (UnitKey(1, 1), UnitKey(1, 2))
NUMBERS = ("K1", "K2")
PROVIDERS = ("alipay", "epay")

numbers = st.sampled_from(NUMBERS)
steps = st.one_of(
    st.tuples(st.just("place"), numbers),
    st.tuples(st.just("buy"), numbers, st.sampled_from(PROVIDERS)),
    st.tuples(st.just("sell"), numbers, st.sampled_from(PROVIDERS)),
    st.tuples(st.just("serve")),
    st.tuples(st.just("notices")),
    st.tuples(st.just("answers")),
    st.tuples(st.just("inventory")),
    st.tuples(st.just("open"), numbers),
    st.tuples(st.just("wait"), st.sampled_from([1, 6, 60, 1_000, 2_000])),
)


@dataclass
class World:
    """The service under test among people, providers and an inventory. `sold_out`: units that inventory has no card for."""

    sold_out: frozenset[tuple[str, UnitKey]]
    cannot_be_asked: frozenset[str]
    bench: Bench = field(default_factory=a_bench)
    payments: dict[tuple[str, str], str] = field(default_factory=dict)
    untold: set[tuple[str, str]] = field(default_factory=set)
    told: dict[tuple[str, UnitKey], Any] = field(default_factory=dict)
    heard: list[RecordUnit] = field(default_factory=list)

    def step(self, step: tuple[Any, ...]) -> None:
        match step:
            case ("place", number):
                place(self.bench, number, lines=LINES)
            case ("buy", number, provider):
                if (number, provider) not in self.payments and self.is_placed(number):
                    self.payments[number, provider] = f"{provider}-{number}"
                    self.untold.add((number, provider))
            case ("sell", number, provider):
                for each in (("place", number), ("wait", 1), ("buy", number, provider), ("notices",), ("answers",)):
                    self.step(each)
            case ("serve",):
                for each in (("answers",), ("wait", 1), ("inventory",)):
                    self.step(each)
            case ("notices",):
                for number, provider in sorted(self.untold):
                    said = notice(number, provider=provider, trade_number=self.payments[number, provider], amount=AMOUNT)
                    if self.bench.do(said).status == 200:
                        self.untold.discard((number, provider))
            case ("answers",):
                for row in self.bench.intents(*OPEN):
                    answer(self.bench, row, self.word_on(row))
            case ("inventory",):
                self.inventory()
            case ("open", number):
                for unit in UNITS:
                    if (number, unit) in self.told and (number, unit) not in self.sold_out:
                        self.tell(opened(unit, f"{number}/{unit}", number))
            case ("wait", seconds):
                self.bench.advance(seconds=seconds)

    def is_placed(self, number: str) -> bool:
        return bool(self.bench.store.stream(Order.create_id(SHOP, number)))

    def word_on(self, row: IntentRow) -> Outcome:
        asked = msgspec.json.decode(row.payload)
        if row.kind == "find_payment" and asked["provider"] in self.cannot_be_asked:
            return Refused("not_askable")
        trade = self.payments.get((asked["order_number"], asked["provider"]))
        return Refused("absent") if trade is None else paid(trade, AMOUNT)

    def inventory(self) -> None:
        """It hears of payments and gives each unit one card, or none."""
        for name, said in list(self.bench.said):
            for unit in UNITS if name == "PaymentConfirmed" else ():
                at = (said["order_number"], unit)
                if at not in self.told:
                    number = said["order_number"]
                    self.told[at] = exhausted(unit, number) if at in self.sold_out else allocated(unit, f"{number}/{unit}", number)
                    self.tell(self.told[at])

    def tell(self, message: Any) -> None:
        self.heard.append(self.bench.record(message))
        self.bench.commit(self.heard[-1])
        assert self.bench.bugs == []

    def rest(self) -> None:
        """Everybody does what is left to do, until long after every limit; the restore is released on the way."""
        for wait in (1, 30, 1_000, 2_000, 2_000):
            for each in (("answers",), ("notices",), ("answers",), ("answers",), ("inventory",), ("wait", wait)):
                self.step(each)
        self.bench.release()
        for wait in (1_000, 2_000, 2_000):
            for each in (("answers",), ("answers",), ("inventory",), ("wait", wait)):
                self.step(each)


def said_by(store: MemoryStore) -> list[tuple[int, str, dict[str, Any]]]:
    rows = [row for row in store.events_after(0, 1_000_000) if row.type is not None]
    return [(row.log_id, str(row.type).split(".")[2], msgspec.json.decode(row.value or b"")) for row in rows]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(steps, min_size=3, max_size=12),
    st.integers(0, 12),
    st.sampled_from([0, 0, 0, 1, 2, 3, 5, 8]),
    st.frozensets(st.tuples(numbers, st.sampled_from(UNITS)), max_size=2),
    st.sampled_from([frozenset[str](), frozenset[str](), frozenset({"epay"}), frozenset(PROVIDERS)]),
    st.booleans(),
)
def test_what_was_said_stands_after_any_restore(
    walk: list[tuple[Any, ...]],
    at: int,
    unheard_count: int,
    sold_out: frozenset[tuple[str, UnitKey]],
    cannot_be_asked: frozenset[str],
    is_sent_again: bool,
) -> None:
    world = World(sold_out, cannot_be_asked)
    bench = world.bench
    backup, expired_before = bench.store.copy(), set[str]()
    for index, step in enumerate(walk):
        if index == at:
            backup = bench.store.copy()
            expired_before = {n for n in NUMBERS if world.is_placed(n) and the_order(bench, n).state is OrderState.EXPIRED}
        world.step(step)
    before = said_by(bench.store)
    since = [log_id for log_id, _, _ in before if log_id > last_log_id(backup)]
    known = set(since[: max(0, len(since) - unheard_count)])
    published = [(name, said) for log_id, name, said in before if log_id <= last_log_id(backup) or log_id in known]

    restore(bench, backup, lambda _, log_id: log_id in known)
    for unit in world.heard:
        bench.commit(unit)
    assert bench.bugs == []
    if is_sent_again:
        for number in NUMBERS:
            world.step(("place", number))
    world.rest()

    after = [(name, said) for _, name, said in said_by(bench.store)]
    _check_payments(world, published, after, expired_before)
    _check_units(bench, published, after)


def _check_payments(world: World, published: list[Any], after: list[Any], expired_before: set[str]) -> None:
    bench = world.bench
    for number in NUMBERS:
        words = [said for name, said in [*published, *after] if name == "PaymentConfirmed" and said["order_number"] == number]
        named = {msgspec.json.encode(said) for said in words}
        assert len(named) <= 1, "one payment was confirmed in two ways"
        if not world.is_placed(number):
            assert not words, "an order that we said was paid is gone"
            continue
        order = the_order(bench, number)
        confirmed_now = [said for name, said in after if name == "PaymentConfirmed" and said["order_number"] == number]
        assert len(confirmed_now) == (order.state is OrderState.PAID)
        doubt = the_search(bench, number).doubt if order.has_search else None
        if words:
            assert order.state is OrderState.PAID, "an order that we said was paid is not"
        if order.state is OrderState.PAID:
            assert order.pending() == []
        elif number not in expired_before and any((number, provider) in world.payments for provider in PROVIDERS):
            assert doubt is not None, "a payment that a provider knows of is forgotten"
        assert order.state is not OrderState.PLACED or doubt is not None


def _check_units(bench: Bench, published: list[Any], after: list[Any]) -> None:
    cards, units, failed = defaultdict[Any, set[Any]](set), defaultdict[Any, set[Any]](set), set[Any]()
    for name, said in [*published, *after]:
        at = (said["order_number"], said.get("line"), said.get("unit"))
        if name == "CardDelivered":
            cards[at].add(said["card_id"])
            units[said["card_id"]].add(at)
        elif name == "DeliveryFailed":
            failed.add(at)
    assert all(len(given) == 1 for given in cards.values()), "a unit got two cards"
    assert all(len(given) == 1 for given in units.values()), "a card went to two units"
    assert not failed & set(cards), "a unit was delivered and failed"
    for name in ("OrderPlaced", "OrderExpired", "PaymentDuplicated", "CardDelivered", "DeliveryFailed"):
        said_before = [msgspec.json.encode(said) for each, said in published if each == name]
        said_now = [msgspec.json.encode(said) for each, said in after if each == name]
        assert set(said_before) <= set(said_now), f"a word of ours does not stand: {name}"
        assert len(said_now) == len(set(said_now)), f"said twice: {name}"
