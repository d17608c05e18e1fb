"""A shop beside us is followed: how often, what an old look is worth, and orders of goods that become known late."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from chassis.activity import Refused, confirmed
from chassis.attempts import vault_row
from chassis.store.rows import IntentStatus
from chassis.unit import Dropped, TimerUnit
from services.order.connecting.activities import NOTHING_NEW
from services.order.connecting.commands import ChangeMode, ConnectShop, ReadOrder
from services.order.connecting.intents import PollShop, ShopPolled
from services.order.domain.order import Order
from services.order.service import order as order_service
from tests.harness import Bench
from tests.order.builders import PRICE, PRODUCT, SHOP, VAULT, product_listed

NUMBER = "H1"
ROW = 7


def followed(**limits: float) -> Bench:
    bench = Bench(order_service)
    bench.committer.advice = {"limits": {SHOP: limits}}
    bench.do(ConnectShop(shop_id=SHOP, kind="dujiaoka", after_row=0))
    return bench


def look(bench: Bench) -> PollShop | None:
    """The look that waits, if one does."""
    waiting = [row for row in bench.intents(IntentStatus.PENDING) if row.kind == PollShop.KIND]
    return msgspec.json.decode(waiting[0].payload, type=PollShop) if waiting else None


def see(bench: Bench, *, state: str = "paid", age_seconds: float = 0.0) -> None:
    """The look that waits finds the order in this state."""
    intent = look(bench)
    assert intent is not None
    is_known = any(each.shop_row == ROW for each in intent.known)
    contact = VAULT.seal("contact", SHOP, NUMBER, "buyer@example.org")
    read = ReadOrder(
        shop_row=ROW,
        order_number=NUMBER,
        product_code=PRODUCT,
        quantity=1,
        amount=PRICE,
        contact_fingerprint="v1:contact",
        contact_reference=None if is_known else contact.reference,
        origin_reference=None,
        state=state,
        placed_at=bench.now,
        trade_number=None,
        card_fingerprints=(),
    )
    attempt = bench.start(intent.key)
    read_at = bench.now - timedelta(seconds=age_seconds)
    polled = ShopPolled(orders=(read,), after_row=ROW, missing=(), has_more=False, read_at=read_at)
    bench.outcome(intent.key, confirmed(polled), attempt=attempt, sealed=() if is_known else (vault_row(contact, bench.now),))


def fill_in(bench: Bench, after_seconds: float = 3.0) -> None:
    command = ChangeMode(
        shop_id=SHOP, mode="fill_in", is_confirmed=False, fill_in_after_seconds=after_seconds, changed_by="owner"
    )  # fmt: skip
    assert bench.do(command).status == 200


def the_order(bench: Bench) -> Order:
    found = bench.aggregate(Order.create_id(SHOP, NUMBER))
    assert isinstance(found, Order)
    return found


def test_the_shop_is_looked_at_as_often_as_the_settings_say() -> None:
    bench = followed(shop_poll_seconds=60.0)
    bench.advance(seconds=0)
    first = look(bench)
    assert first is not None
    bench.outcome(first.key, Refused(NOTHING_NEW, is_temporary=True))
    bench.advance(seconds=59)
    assert look(bench) is None
    bench.advance(seconds=2)
    assert look(bench) is not None


def test_what_an_old_look_says_fills_nothing_in_whatever_the_clock_was_put_to() -> None:
    for age_seconds, is_filled_in in ((31.0, False), (-600.0, False), (2.0, True)):
        bench = followed()
        bench.tell(product_listed())
        fill_in(bench)
        bench.advance(seconds=0)
        see(bench)
        bench.advance(seconds=6)
        see(bench, age_seconds=age_seconds)
        assert the_order(bench).is_filled_in is is_filled_in, age_seconds


def test_an_order_that_is_read_before_its_good_is_known_is_filled_in_all_the_same() -> None:
    bench = followed()
    fill_in(bench)
    bench.advance(seconds=0)
    see(bench)
    assert the_order(bench).shop_state == "by_people"
    bench.tell(product_listed())
    bench.advance(seconds=6)
    asked = look(bench)
    assert asked is not None
    assert asked.known[0].state != "by_people", "so that whatever the shop says of it is news"
    see(bench)
    bench.advance(seconds=6)
    see(bench)
    assert the_order(bench).is_filled_in


def test_a_look_that_is_brought_once_more_is_not_taken_for_the_one_that_was_set_since() -> None:
    bench = followed()
    first = bench.store.due_timers(bench.now, 1)[0]
    bench.commit(TimerUnit(first))
    see(bench, state="unpaid")
    assert bench.commit(TimerUnit(first)) == [Dropped()]
    bench.advance(seconds=6)
    following = look(bench)
    assert following is not None
    assert (following.after_row, following.turn) == (ROW, 2)
