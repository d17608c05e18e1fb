"""Laws that hold whatever comes in whatever order: paid once, delivered once, never more than was bought, always ended."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.activity import Refused, confirmed
from chassis.aggregate import fold
from chassis.store.rows import IntentStatus
from contracts.message import decode
from services.order.domain.entitlement import UnitState
from services.order.domain.lines import UnitKey
from services.order.domain.order import Order
from services.order.domain.order_state import OrderState
from services.order.notices.intents import PaymentProven
from tests.harness import Bench
from tests.order.builders import (
    a_bench,
    a_line,
    allocated,
    allocation_failed,
    amount_of,
    closed,
    exhausted,
    notice,
    opened,
    place,
    the_order,
)

LINES = (a_line(quantity=2), a_line(line=2))
UNITS = (UnitKey(1, 1), UnitKey(1, 2), UnitKey(2, 1))
AMOUNT = amount_of(LINES)

units = st.sampled_from(UNITS)
cards = st.sampled_from(["a", "b", "c", "d"])
trades = st.sampled_from(["T1", "T2"])
steps = st.one_of(
    st.tuples(st.just("place")),
    st.tuples(st.just("pay"), trades, st.sampled_from(["alipay", "epay"])),
    st.tuples(st.just("ask"), trades, st.booleans()),
    st.tuples(st.just("allocated"), units, cards),
    st.tuples(st.just("opened"), units, cards),
    st.tuples(st.just("exhausted"), units),
    st.tuples(st.just("failed"), units),
    st.tuples(st.just("wait"), st.sampled_from([1, 5, 30, 600, 1_800])),
)


def run(bench: Bench, step: tuple[Any, ...]) -> None:
    match step:
        case ("place",):
            place(bench, lines=LINES)
        case ("pay", trade, provider):
            bench.do(notice(trade_number=trade, provider=provider, amount=AMOUNT))
        case ("ask", trade, is_paid):
            for row in bench.intents(IntentStatus.PENDING)[:1]:
                bench.outcome(row.key, confirmed(PaymentProven(trade_number=trade, amount=AMOUNT)) if is_paid else Refused("unpaid"))
        case ("allocated", unit, card):
            bench.tell(allocated(unit, card))
        case ("opened", unit, card):
            bench.tell(opened(unit, card))
        case ("exhausted", unit):
            bench.tell(exhausted(unit))
        case ("failed", unit):
            bench.tell(allocation_failed(unit))
        case ("wait", seconds):
            bench.advance(seconds=seconds)


@settings(max_examples=120, deadline=None)
@given(st.lists(steps, max_size=25))
def test_any_interleaving_keeps_the_promises(walk: list[tuple[Any, ...]]) -> None:
    bench = a_bench()
    place(bench, lines=LINES)
    for step in walk:
        run(bench, step)

    count = Counter(bench.said_names())
    ends = Counter((name, said["line"], said["unit"]) for name, said in bench.said if name in ("CardDelivered", "DeliveryFailed"))
    order = the_order(bench)
    assert count["OrderPlaced"] == 1
    assert count["OrderExpired"] <= 1
    assert count["PaymentConfirmed"] == (order.state is OrderState.PAID)
    assert count["CardDelivered"] <= len(UNITS)
    assert max(ends.values(), default=0) <= 1, "a unit ended twice in one way"
    assert not {key[1:] for key in ends if key[0] == "CardDelivered"} & {key[1:] for key in ends if key[0] == "DeliveryFailed"}
    given_cards = Counter(said["card_id"] for name, said in bench.said if name == "CardDelivered")
    assert max(given_cards.values(), default=0) <= 1, "one card for two units"
    assert count["OrderClosed"] <= 1
    paid_at = next((index for index, name in enumerate(bench.said_names()) if name == "PaymentConfirmed"), None)
    first = next((index for index, name in enumerate(bench.said_names()) if name == "CardDelivered"), None)
    assert first is None or (paid_at is not None and paid_at < first), "delivered before it was paid"
    assert bench.store.parked(None, 10) == []
    for row in bench.store.events_after(0, 1_000):
        if row.type is not None and row.value is not None:
            decode(row.type, row.value)  # raises for a message that its readers would park

    # every saga ends: once all limits are over nothing is pending and no timer is left
    bench.advance(seconds=timedelta(hours=2).total_seconds())
    for unit in the_order(bench).pending():
        bench.tell(closed(unit.key))
    order = the_order(bench)
    assert order.pending() == []
    assert bench.store.oldest_timer() is None
    assert order.state is not OrderState.PLACED
    if order.state is OrderState.PAID:
        assert {unit.state for unit in order.units.values()} <= {UnitState.DELIVERED, UnitState.REVEALED, UnitState.FAILED}


@settings(max_examples=40, deadline=None)
@given(st.lists(steps, max_size=15), st.integers(min_value=1, max_value=100))
def test_the_fold_of_a_split_stream_is_the_fold_of_the_whole(walk: list[tuple[Any, ...]], at: int) -> None:
    bench = a_bench()
    place(bench, lines=LINES)
    for step in walk:
        run(bench, step)
    events = bench.service.codec.decode_all(bench.store.stream(Order.create_id("shop", "K1")))
    assert fold(events[at:], fold(events[:at])) == fold(events)
