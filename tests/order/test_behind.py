"""Behind a shop that is only read: its word that an order is paid is put to the provider before anything is delivered in its place."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chassis.activity import Confirmed, Refused, confirmed
from chassis.store.rows import IntentStatus, VaultRow
from contracts.values import Money
from services.order.connecting.commands import ChangeMode, ConnectShop, ReadOrder
from services.order.connecting.intents import PollShop, ShopPolled
from services.order.connecting.views import ShopContradictions
from services.order.domain.order import Order
from services.order.domain.order_state import OrderState
from services.order.notices.intents import PaymentProven
from services.order.paying.intents import PollPayment
from tests.desk import fold_views
from tests.order.builders import PRICE, PRODUCT, SHOP, a_bench, allocated, the_order

BEHIND = ("alipay",)
NOT_PAID = Refused("unpaid")


class Watched:
    """A connected shop whose table a test writes; looks are taken every five seconds, and questions answered as it says."""

    def __init__(self, mode: str, providers: tuple[str, ...] = BEHIND) -> None:
        self.bench = a_bench()
        self.providers = providers
        self.rows: dict[int, ReadOrder] = {}
        self.says: dict[str, Any] = {}
        self.asked: list[str] = []
        self._known: dict[int, str] = {}
        self.bench.do(ConnectShop(shop_id=SHOP, kind="dujiaoka", after_row=0))
        steps = {"watch": (), "fill_in": ("fill_in",), "take_over": ("taking_over", "take_over")}[mode]
        for step in steps:
            self.bench.do(ChangeMode(shop_id=SHOP, mode=step, is_confirmed=True, fill_in_after_seconds=20.0, changed_by="mei"))

    def shows(self, number: str, state: str, *, row: int = 1, placed_ago: timedelta = timedelta()) -> None:
        self.rows[row] = ReadOrder(
            shop_row=row,
            order_number=number,
            product_code=PRODUCT,
            quantity=1,
            amount=PRICE,
            contact_fingerprint="v1:00",
            contact_reference=f"contact-{number}",
            origin_reference=None,
            state=state,
            placed_at=self.bench.now - placed_ago,
            trade_number=None,
            card_fingerprints=("v1:card",) if state == "delivered" else (),
        )

    def pass_time(self, seconds: int, step: int = 5) -> None:
        for _ in range(seconds // step):
            self.bench.advance(seconds=step)
            for row in self.bench.intents(IntentStatus.PENDING):
                if row.due_at > self.bench.now:
                    continue
                if row.kind == PollShop.KIND:
                    self._look(row.key)
                elif row.kind == PollPayment.KIND:
                    self.asked.append(row.target)
                    self.bench.outcome(row.key, self.says.get(row.target.partition("/")[0], NOT_PAID))
            fold_views(self.bench.service, self.bench.store)

    def _look(self, key: str) -> None:
        orders = list(self.rows.values())
        sealed = tuple(
            VaultRow(each.contact_reference or "", "contact", SHOP, "owner", 1, b"", self.bench.now)
            for each in orders
            if each.order_number not in self._known.values()
        )
        self._known = {each.shop_row: each.order_number for each in orders}
        polled = ShopPolled(
            orders=tuple(orders),
            after_row=max(self.rows, default=0),
            missing=(),
            has_more=False,
            read_at=self.bench.now,
            providers_behind=self.providers,
        )
        self.bench.outcome(key, confirmed(polled), sealed=sealed)

    def contradictions(self) -> list[str]:
        rows = self.bench.store.view_rows(ShopContradictions.NAME)
        return [str(document).partition('"kind":"')[2].partition('"')[0] for _, document in rows]

    def order(self, number: str = "K1") -> Order:
        return the_order(self.bench, number)

    @property
    def payments(self) -> list[tuple[str, str]]:
        return [(said["provider"], said["provider_trade_number"]) for name, said in self.bench.said if name == "PaymentConfirmed"]


def paid(amount: Money = PRICE) -> Confirmed:
    return confirmed(PaymentProven(trade_number="T-4711", amount=amount))


@pytest.fixture(params=["fill_in", "take_over"])
def watched(request: pytest.FixtureRequest) -> Watched:
    return Watched(request.param)


def test_what_the_shop_calls_paid_is_delivered_once_the_provider_says_so_too(watched: Watched) -> None:
    watched.says["alipay"] = paid()
    watched.shows("K1", "paid")
    watched.pass_time(60)
    assert watched.payments == [("alipay", "T-4711")]
    watched.bench.tell(allocated(number="K1"))
    assert watched.order().is_filled_in
    assert watched.bench.said_names().count("CardDelivered") == 1
    assert watched.contradictions() == []


def test_what_the_provider_denies_is_not_delivered_and_is_told_until_it_says_yes(watched: Watched) -> None:
    watched.shows("K1", "paid")
    watched.pass_time(120)
    assert (watched.payments, watched.order().state) == ([], OrderState.IMPORTED)
    assert watched.contradictions() == ["unproven"]
    assert 2 < len(watched.asked) < 12, "asked again, and not with each look"
    watched.says["alipay"] = paid()
    watched.pass_time(120)
    assert watched.payments == [("alipay", "T-4711")]
    assert watched.contradictions() == []


def test_another_amount_than_the_orders_delivers_nothing(watched: Watched) -> None:
    watched.says["alipay"] = paid(Money(1, "CNY"))
    watched.shows("K1", "paid")
    watched.pass_time(120)
    assert watched.payments == []
    assert watched.bench.said_names().count("PaymentRejected") == 1
    assert watched.contradictions() == ["unproven"]


@pytest.mark.parametrize("mode", ["watch", "fill_in", "take_over"])
def test_what_the_shop_calls_unpaid_and_the_provider_paid_is_told_and_left_to_the_shop(mode: str) -> None:
    watched = Watched(mode)
    watched.says["alipay"] = paid()
    watched.shows("K1", "unpaid")
    watched.pass_time(120)
    assert (watched.payments, watched.contradictions()) == ([], ["unbooked"])
    assert len(watched.asked) == 1
    watched.pass_time(3 * 3_600, step=60)
    assert watched.contradictions() == ["unbooked"], "it does not lapse: there is money"
    watched.shows("K1", "paid")
    watched.pass_time(30)
    assert watched.contradictions() == []
    assert watched.payments == ([] if mode == "watch" else [("alipay", "T-4711")])


def test_an_order_that_nobody_pays_is_asked_about_ever_later_until_the_shop_lets_it_go(watched: Watched) -> None:
    watched.shows("K1", "unpaid")
    watched.pass_time(600)
    asked = len(watched.asked)
    assert 5 < asked < 20
    watched.shows("K1", "lapsed")
    watched.pass_time(600)
    assert len(watched.asked) <= asked + 1
    assert watched.contradictions() == []


def test_one_of_several_providers_is_enough() -> None:
    watched = Watched("fill_in", ("alipay", "wechat"))
    watched.says["wechat"] = paid()
    watched.shows("K1", "paid")
    watched.pass_time(60)
    assert watched.payments == [("wechat", "T-4711")]
    watched.pass_time(300)
    assert watched.asked.count(f"alipay/{SHOP}") <= 3


def test_where_no_provider_can_be_asked_the_shops_word_is_taken() -> None:
    watched = Watched("fill_in", ())
    watched.shows("K1", "paid")
    watched.pass_time(60)
    assert (watched.payments, watched.asked) == ([("shop", "K1")], [])


def test_an_order_of_long_before_is_not_asked_about(watched: Watched) -> None:
    watched.says["alipay"] = paid()
    watched.shows("K1", "paid", placed_ago=timedelta(days=30))
    watched.pass_time(60)
    assert (watched.asked, watched.payments) == ([], [])


def test_what_the_shop_delivers_itself_is_outside_and_its_proof_changes_nothing(watched: Watched) -> None:
    watched.shows("K1", "unpaid")
    watched.pass_time(10)
    watched.shows("K1", "delivered")
    watched.says["alipay"] = paid()
    watched.pass_time(120)
    assert (watched.payments, watched.contradictions(), watched.order().outcome) == ([], [], "delivered")
