"""Channels are watched: a failing one is hidden, its buyers are offered another, it comes back on probation; and what a refund needs."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.activity import Refused
from chassis.tokens import Principal
from contracts.values import Money
from sandbox.behaviour.faults import PaymentFaults
from services.order.domain import channel_period
from services.order.domain.channel_limits import ChannelLimits
from services.order.domain.channel_period import FAILED, PAID, UNPAID, ChannelPeriod
from services.order.domain.channel_watch import ChannelState, ChannelWatch, failing
from services.order.domain.lines import Line
from services.order.domain.order_state import OrderState
from services.order.settings import OrderSettings, limits_advice
from tests.order.builders import PRODUCT, SHOP, allocated, allocation_failed, place
from tests.order.market import NUMBER, PUBLIC_URL, Market, every_account

LIMITS = ChannelLimits(
    channel_most_failed=3, channel_failed_window=5, channel_unpaid_window=6, channel_probation_unpaid=2, channel_pause_seconds=60.0
)


@pytest.fixture
def market() -> Market:
    market = Market(OrderSettings(shops={SHOP: every_account(channel_limits=LIMITS)}, public_url=PUBLIC_URL))
    market.bench.committer.advice = {"limits": limits_advice(market.settings)}
    return market


async def try_to_pay(market: Market, number: str, channel: str = "alipay") -> None:
    place(market.bench, number)
    assert (await market.want(channel, number)).status_code == 202
    await market.perform()


async def failed(market: Market, count: int = 3, first: int = 1) -> None:
    market.parties["alipay"].faults.set(PaymentFaults(is_refusing_to_create=True))
    for number in range(first, first + count):
        await try_to_pay(market, f"RD100{number}")


async def channel(market: Market, code: str = "alipay") -> dict[str, Any]:
    [found] = [each for each in (await market.get("/channels"))["channels"] if each["channel"] == code]
    return dict(found)


def period(*results: str, limits: ChannelLimits = LIMITS) -> ChannelPeriod:
    made = ChannelPeriod.__new__(ChannelPeriod)
    made.limits, made.newest = limits, results
    return made


@pytest.mark.parametrize(
    ("state", "results", "reason"),
    [
        (ChannelState.OPEN, (FAILED,) * 2, None),
        (ChannelState.OPEN, (FAILED,) * 3, "creation_fails"),
        (ChannelState.OPEN, (FAILED, PAID, FAILED, UNPAID, FAILED), "creation_fails"),
        (ChannelState.OPEN, (FAILED, FAILED, FAILED, PAID, PAID, PAID), None),
        (ChannelState.OPEN, (UNPAID,) * 5, None),
        (ChannelState.OPEN, (UNPAID,) * 6, "nobody_pays"),
        (ChannelState.OPEN, (UNPAID,) * 5 + (PAID,), None),
        (ChannelState.PROBATION, (FAILED,), "creation_fails"),
        (ChannelState.PROBATION, (UNPAID,), None),
        (ChannelState.PROBATION, (UNPAID,) * 2, "nobody_pays"),
        (ChannelState.PROBATION, (PAID,), None),
    ],
)
def test_the_rule_looks_at_the_newest_results(state: ChannelState, results: tuple[str, ...], reason: str | None) -> None:
    assert failing(state, period(*results)) == reason


async def test_a_channel_that_fails_is_hidden_and_the_buyer_pays_by_another(market: Market) -> None:
    await failed(market)
    seen = await channel(market)
    assert (seen["state"], seen["reason"], seen["failed_count"]) == ("hidden", "creation_fails", 3)
    [said] = [said for name, said in market.bench.said if name == "ChannelHidden"]
    assert (said["channel"], said["failed_count"], said["shop_id"]) == ("alipay", 3, SHOP)
    place(market.bench, NUMBER)
    answer = await market.want("alipay")
    assert (answer.status_code, answer.json()["code"]) == (409, "channel-hidden")
    offered = await market.get(f"/orders/{NUMBER}/payments")
    assert (offered["channels"], offered["payments"]) == (["wechat", "epay", "epay_v2", "epusdt", "tokenpay", "unionpay"], [])
    assert (await market.want("wechat")).status_code == 202
    await market.perform()
    market.parties["wechat"].pay(NUMBER, "25.00", market.bench.now)
    await market.deliver_notices()
    assert market.state is OrderState.PAID
    assert (await market.get(f"/orders/{NUMBER}/payments"))["channels"] == []


async def test_an_order_that_is_only_followed_at_a_hidden_channel_has_no_payment_created_there(market: Market) -> None:
    await failed(market)
    place(market.bench, NUMBER, channel="alipay")
    answer = await market.want("alipay")
    assert (answer.status_code, answer.json()["code"]) == (409, "channel-hidden")


async def test_a_buyer_whose_payment_failed_is_offered_the_others_and_a_late_success_of_the_first_goes_back(market: Market) -> None:
    place(market.bench, NUMBER)
    market.parties["alipay"].faults.set(PaymentFaults(is_answer_lost=True))  # created over there, and nobody knows
    await market.want("alipay")
    await market.perform()
    seen = await market.get(f"/orders/{NUMBER}/payments")
    assert [(each["channel"], each["state"], each["reason"]) for each in seen["payments"]] == [("alipay", "pending", "no_answer")]
    assert "wechat" in seen["channels"]
    await market.want("wechat")
    market.parties["wechat"].pay(NUMBER, "25.00", market.bench.now)
    market.parties["alipay"].pay(NUMBER, "25.00", market.bench.now)
    await market.deliver_notices()
    assert sorted(market.facts()) == ["OrderPlaced", "PaymentConfirmed", "PaymentDuplicated"]


async def test_silence_counts_once_as_a_failure_and_a_payment_after_it_as_a_payment(market: Market) -> None:
    market.parties["alipay"].faults.set(PaymentFaults(is_failing_to_create=True))
    await try_to_pay(market, NUMBER)
    await market.pass_time(10)
    assert (await channel(market))["failed_count"] == 1
    market.parties["alipay"].faults.clear()
    await market.pass_time(30)
    market.parties["alipay"].pay(NUMBER, "25.00", market.bench.now)
    await market.deliver_notices()
    seen = await channel(market)
    assert (seen["state"], seen["failed_count"], seen["paid_count"]) == ("open", 1, 1)


async def test_it_comes_back_on_probation_where_a_payment_opens_it(market: Market) -> None:
    await failed(market)
    market.parties["alipay"].faults.clear()
    await market.pass_time(60)
    seen = await channel(market)
    assert (seen["state"], seen["failed_count"], market.bench.said[-1][1]["reason"]) == ("probation", 0, "probation")
    await try_to_pay(market, NUMBER)
    market.parties["alipay"].pay(NUMBER, "25.00", market.bench.now)
    await market.deliver_notices()
    seen = await channel(market)
    assert (seen["state"], seen["reason"], seen["hidden_until"]) == ("open", None, None)


async def test_a_failure_on_probation_hides_it_for_twice_as_long(market: Market) -> None:
    await failed(market)
    await market.pass_time(60)
    await failed(market, 1, first=4)
    assert (await channel(market))["state"] == "hidden"
    await market.pass_time(110)
    assert (await channel(market))["state"] == "hidden"
    await market.pass_time(20)
    assert (await channel(market))["state"] == "probation"


async def test_an_operator_brings_it_back_at_once(market: Market) -> None:
    await failed(market)
    ops = market.desk.admit("ops", Principal("mei", "staff", frozenset({"ops"})))
    async with market.desk.client() as client:
        answer = await client.post("/channels/alipay/restoration", headers=ops, json={"shop_id": SHOP})
        unknown = await client.post("/channels/paypal/restoration", headers=ops, json={"shop_id": SHOP})
        unused = await client.post("/channels/epay/restoration", headers=ops, json={"shop_id": SHOP})
    assert (answer.status_code, answer.json()["state"], unknown.status_code, unused.status_code) == (200, "open", 404, 404)
    assert (market.bench.said[-1][0], market.bench.said[-1][1]["reason"]) == ("ChannelOffered", "person")
    await market.pass_time(60)
    assert (await channel(market))["state"] == "open"


async def test_where_nobody_pays_the_channel_is_hidden_too(market: Market) -> None:
    for number in range(6):
        await try_to_pay(market, f"RD100{number}", "epay")
    await market.pass_time(920, step=20)
    seen = await channel(market, "epay")
    assert (seen["state"], seen["reason"], seen["unpaid_count"]) == ("hidden", "nobody_pays", 6)


async def test_an_order_that_the_provider_does_not_take_is_nothing_against_it(market: Market) -> None:
    dollars = (Line(1, PRODUCT, 1, Money(350, "USD")),)
    for number in range(4):
        place(market.bench, f"RD0010{number}", lines=dollars, amount=Money(350, "USD"))
        assert (await market.want("wechat", f"RD0010{number}")).status_code == 202
        assert await market.perform() == [Refused("unfit_order")]
    seen = await channel(market, "wechat")
    assert (seen["state"], seen["failed_count"]) == ("open", 0)


async def test_what_only_was_followed_says_nothing_about_a_channel(market: Market) -> None:
    place(market.bench, NUMBER, channel="alipay")
    await market.pass_time(960, step=20)
    assert (await channel(market))["unpaid_count"] == 0


async def test_the_record_of_a_channel_has_closed_periods_that_carry_on(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_period, "RESULTS_IN_PERIOD", 2)
    for number in range(5):
        await try_to_pay(market, f"RD100{number}", "epay")
        market.parties["epay"].pay(f"RD100{number}", "25.00", market.bench.now)
        await market.deliver_notices()
        await market.perform()
    watch: ChannelWatch = market.bench.aggregate(ChannelWatch.create_id(SHOP, "epay"))
    newest: ChannelPeriod = market.bench.aggregate(watch.period_id)
    assert (watch.period_number, newest.noted_count, newest.newest) == (3, 1, (PAID,) * 5)


@pytest.mark.parametrize("code", ["alipay", "wechat", "epay", "epay_v2", "epusdt", "tokenpay", "unionpay"])
async def test_a_genuine_payment_of_another_amount_is_a_fact_with_its_amount_said_once(market: Market, code: str) -> None:
    place(market.bench, NUMBER)
    await market.want(code)
    await market.perform()
    market.parties[code].pay(NUMBER, "24.00", market.bench.now)
    await market.deliver_notices()
    await market.pass_time(30)
    told = [said for name, said in market.bench.said if name == "PaymentRejected" and said["amount"] is not None]
    assert [(said["reason"], said["provider"], said["amount"]["amount_minor"]) for said in told] == [("wrong_amount", code, 2_400)]
    trade = market.parties[code].trade(NUMBER)
    assert trade is not None
    assert told[0]["provider_trade_number"] == trade.trade_number
    assert market.state is OrderState.PLACED


async def test_a_forged_amount_is_no_money_that_could_go_back(market: Market) -> None:
    place(market.bench, NUMBER)
    market.parties["alipay"].forge_notice(NUMBER, "24.00", market.bench.now)
    await market.deliver_notices()
    assert [said["amount"] for name, said in market.bench.said if name == "PaymentRejected"] == [None]


@pytest.mark.parametrize("has_stock", [True, False])
async def test_a_late_payment_is_delivered_where_there_is_stock_and_else_fails_with_its_reason(market: Market, has_stock: bool) -> None:
    place(market.bench, NUMBER)
    await market.want("alipay")
    await market.pass_time(940, step=20)
    assert market.facts() == ["OrderPlaced", "OrderExpired"]
    market.parties["alipay"].pay(NUMBER, "25.00", market.bench.now)
    assert await market.deliver_notices() == [200]
    assert market.bench.said[-1][1]["is_late"] is True
    answer = allocated(number=NUMBER) if has_stock else allocation_failed(number=NUMBER, reason="late_no_stock")
    market.bench.tell(answer)
    name, said = [(name, said) for name, said in market.bench.said if name in ("CardDelivered", "DeliveryFailed")][-1]
    assert (name, said.get("reason")) == (("CardDelivered", None) if has_stock else ("DeliveryFailed", "late_no_stock"))
