"""A payment that nobody is to make any more is closed where its provider can be told; until then, and elsewhere, it is asked about."""

from __future__ import annotations

import pytest

from chassis.store.rows import IntentStatus
from sandbox.behaviour.faults import PaymentFaults
from sandbox.behaviour.payments import PaymentRefused
from services.order.domain.order_state import OrderState
from services.order.paying.intents import ClosePayment
from tests.order.builders import place
from tests.order.market import NUMBER, Market


@pytest.fixture
def market() -> Market:
    market = Market()
    place(market.bench, NUMBER)
    return market


async def both_opened(market: Market, *channels: str) -> None:
    for channel in channels:
        assert (await market.want(channel)).status_code == 202
        await market.perform()


async def pay_by(market: Market, channel: str) -> None:
    market.parties[channel].pay(NUMBER, "25.00", market.bench.now)
    await market.deliver_notices()
    assert market.state is OrderState.PAID


def closings(market: Market) -> list[str]:
    return [row.target for row in market.bench.intents() if row.kind == ClosePayment.KIND]


async def test_once_another_pays_the_order_nobody_can_pay_it_at_wechat_any_more(market: Market) -> None:
    await both_opened(market, "wechat", "alipay")
    await pay_by(market, "alipay")
    await market.perform()
    assert ((await market.look("wechat"))["state"], (await market.look("alipay"))["state"]) == ("over", "over")
    with pytest.raises(PaymentRefused, match="closed"):
        market.parties["wechat"].pay(NUMBER, "25.00", market.bench.now)
    calls = len(market.calls)
    await market.pass_time(120)
    assert len(market.calls) == calls, "what is closed is not asked about"


async def test_a_provider_that_cannot_be_told_is_asked_about_on(market: Market) -> None:
    await both_opened(market, "alipay", "epay", "wechat")
    await pay_by(market, "wechat")
    await market.perform()
    assert closings(market) == []
    assert (await market.look("alipay"))["state"] == "open"
    market.parties["alipay"].pay(NUMBER, "25.00", market.bench.now)
    await market.pass_time(120)
    assert market.facts().count("PaymentDuplicated") == 1


async def test_what_was_paid_before_it_could_be_closed_is_a_second_payment(market: Market) -> None:
    await both_opened(market, "wechat", "alipay")
    market.parties["wechat"].pay(NUMBER, "25.00", market.bench.now)  # its notice is on its way
    market.parties["alipay"].pay(NUMBER, "25.00", market.bench.now)
    await market.pass_time(120)
    await market.deliver_notices()
    assert sorted(market.facts()).count("PaymentDuplicated") == 1
    assert market.facts().count("PaymentConfirmed") == 1


async def test_a_lost_answer_is_followed_by_the_same_call(market: Market) -> None:
    await both_opened(market, "wechat", "alipay")
    await pay_by(market, "alipay")
    market.parties["wechat"].faults.set(PaymentFaults(is_answer_lost=True))
    await market.perform()
    assert [row.key for row in market.bench.intents(IntentStatus.UNKNOWN) if row.kind == ClosePayment.KIND]
    market.parties["wechat"].faults.clear()
    await market.pass_time(30)
    assert (await market.look("wechat"))["state"] == "over"
    assert [row.status for row in market.bench.intents() if row.kind == ClosePayment.KIND] == ["confirmed"]


async def test_a_payment_that_is_created_after_the_order_was_paid_is_closed_too(market: Market) -> None:
    await both_opened(market, "alipay")
    await market.want("wechat")  # not called yet
    await pay_by(market, "alipay")
    await market.perform()
    await market.perform()
    assert (await market.look("wechat"))["state"] == "over"


async def test_a_payment_of_others_that_is_only_followed_is_theirs_to_close(market: Market) -> None:
    number = "RD0009"
    place(market.bench, number, channel="wechat")
    await market.want("alipay", number)
    await market.perform()
    market.parties["alipay"].pay(number, "25.00", market.bench.now)
    await market.deliver_notices()
    assert market.facts().count("PaymentConfirmed") == 1
    assert closings(market) == []
