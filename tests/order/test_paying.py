"""Payments that are created for an order: wanted over HTTP, created outside of the request, asked about until the end."""

from __future__ import annotations

import pytest

from chassis.activity import Confirmed, Refused, Unknown
from chassis.tokens import Principal
from sandbox.behaviour.faults import PaymentFaults
from services.order.domain.order_state import OrderState
from services.order.settings import OrderSettings, ShopSettings
from tests.order.builders import SHOP, pay, place, the_order
from tests.order.market import NUMBER, PUBLIC_URL, Market
from tests.order.wechat import wechat_settings


@pytest.fixture
def market() -> Market:
    market = Market(OrderSettings(shops={SHOP: ShopSettings(wechat=wechat_settings())}, public_url=PUBLIC_URL))
    place(market.bench, NUMBER)
    return market


async def an_open_payment(market: Market) -> None:
    assert (await market.want()).status_code == 202
    [outcome] = await market.perform()
    assert isinstance(outcome, Confirmed)


async def test_a_payment_is_created_outside_of_the_request_and_shown_once_it_is_open(market: Market) -> None:
    answer = await market.want()
    assert (answer.status_code, answer.json()["state"], answer.json()["content"]) == (202, "pending", None)
    assert market.wechat.trade(NUMBER) is None
    await market.perform()
    seen = await market.look()
    assert (seen["state"], seen["kind"], seen["content"][:12]) == ("open", "qr_code", "weixin://wxp")
    assert seen["expires_at"] == the_order(market.bench, NUMBER).expires_at.isoformat()
    created = market.wechat.trade(NUMBER)
    assert created is not None
    assert created.total == "25.00"


async def test_wanted_again_it_is_the_same_payment(market: Market) -> None:
    await market.want()
    assert (await market.want()).json()["state"] == "pending"
    await market.perform()
    content = (await market.look())["content"]
    assert (await market.want()).json()["content"] == content
    assert market.open_intents() == []


async def test_a_lost_answer_is_followed_by_the_same_call_which_finds_the_payment(market: Market) -> None:
    await market.want()
    market.wechat.faults.set(PaymentFaults(is_answer_lost=True))
    assert await market.perform() == [Unknown("answer_lost")]
    assert (await market.look())["state"] == "pending"
    assert market.wechat.trade(NUMBER) is not None
    market.wechat.faults.clear()
    market.bench.advance(seconds=1)
    await market.perform()
    assert (await market.look())["state"] == "open"


async def test_a_payment_whose_creation_was_never_answered_is_asked_about_when_it_is_too_late_to_create_it(market: Market) -> None:
    await market.want()
    market.wechat.faults.set(PaymentFaults(is_answer_lost=True))
    await market.perform()
    market.wechat.faults.clear()
    market.wechat.pay(NUMBER, "25.00", market.bench.now)
    market.bench.advance(hours=1)
    assert await market.perform() == [Refused("too_late")]
    market.bench.advance(minutes=1)
    await market.perform()
    assert (market.state, (await market.look())["reason"]) == (OrderState.PAID, "paid")


async def test_a_doubtful_notice_changes_nothing_while_the_payment_is_being_created(market: Market) -> None:
    await market.want()
    pay(market.bench, NUMBER, provider="wechat", is_payment=False)
    assert (await market.look())["state"] == "pending"
    await market.want()
    await market.perform()
    assert (await market.look())["kind"] == "qr_code"


async def test_a_refused_payment_is_tried_again_when_it_is_wanted_again(market: Market) -> None:
    market.wechat.gateway.closed.add(NUMBER)
    await market.want()
    assert await market.perform() == [Refused("ORDER_CLOSED")]
    seen = await market.look()
    assert (seen["state"], seen["reason"]) == ("refused", "ORDER_CLOSED")
    market.wechat.gateway.closed.clear()
    assert (await market.want()).json()["state"] == "pending"
    await market.perform()
    assert (await market.look())["state"] == "open"


async def test_a_payment_whose_notices_are_all_lost_is_found_by_asking(market: Market) -> None:
    await an_open_payment(market)
    market.bench.advance(seconds=20)
    assert await market.perform() == [Refused("unpaid")]
    market.wechat.pay(NUMBER, "25.00", market.bench.now)
    assert market.state is OrderState.PLACED
    market.bench.advance(seconds=20)
    await market.perform()
    assert (market.state, (await market.look())["reason"]) == (OrderState.PAID, "paid")
    assert market.bench.said_names() == ["OrderPlaced", "PaymentConfirmed"]


async def test_the_questions_become_rarer_and_come_at_least_once_a_minute(market: Market) -> None:
    await an_open_payment(market)
    asked = []
    for second in range(1, 900):
        market.bench.advance(seconds=1)
        if market.open_intents():
            asked.append(second)
            await market.perform()
    pauses = [later - earlier for earlier, later in zip([0, *asked], asked, strict=False)]
    assert pauses == sorted(pauses)
    assert (pauses[0], max(pauses), len(asked)) == (10, 60, 19)


async def test_a_payment_of_which_a_notice_told_is_asked_about_no_more(market: Market) -> None:
    await an_open_payment(market)
    pay(market.bench, NUMBER, provider="wechat", trade_number="W1")
    market.bench.advance(seconds=20)
    assert market.open_intents() == []
    assert (await market.look())["state"] == "over"


async def test_a_payment_that_a_notice_and_an_answer_name_counts_once(market: Market) -> None:
    await an_open_payment(market)
    trade = market.wechat.pay(NUMBER, "25.00", market.bench.now)
    market.bench.advance(seconds=20)
    pay(market.bench, NUMBER, provider="wechat", trade_number=trade.trade_number)
    await market.perform()
    assert market.bench.said_names() == ["OrderPlaced", "PaymentConfirmed"]
    assert (await market.look())["reason"] == "paid"


async def test_another_amount_pays_nothing(market: Market) -> None:
    await an_open_payment(market)
    market.wechat.pay(NUMBER, "0.25", market.bench.now)
    market.bench.advance(seconds=20)
    await market.perform()
    assert (market.state, (await market.look())["reason"]) == (OrderState.PLACED, "other_amount")


async def test_a_payment_in_the_last_moment_is_found_by_the_last_question(market: Market) -> None:
    await an_open_payment(market)
    for _ in range(44):
        market.bench.advance(seconds=20)
        await market.perform()
    market.wechat.pay(NUMBER, "25.00", market.bench.now)
    market.bench.advance(seconds=90)
    await market.perform()
    (name, said) = market.bench.said[-1]
    assert (name, said["is_late"]) == ("PaymentConfirmed", True)


async def test_asking_ends_with_the_order(market: Market) -> None:
    await an_open_payment(market)
    for _ in range(44):
        market.bench.advance(seconds=20)
        await market.perform()
    assert market.bench.said_names() == ["OrderPlaced"]
    market.bench.advance(seconds=90)
    assert market.bench.said_names() == ["OrderPlaced", "OrderExpired"]
    await market.perform()
    assert ((await market.look())["reason"], market.open_intents()) == ("unpaid", [])
    market.bench.advance(minutes=30)
    assert market.bench.said_names() == ["OrderPlaced", "OrderExpired"]


async def test_a_silent_provider_is_asked_again_by_the_runtime(market: Market) -> None:
    await an_open_payment(market)
    market.wechat.pay(NUMBER, "25.00", market.bench.now)
    market.wechat.faults.set(PaymentFaults(is_down=True))
    market.bench.advance(seconds=20)
    assert await market.perform() == [Unknown("not_sent")]
    market.wechat.faults.clear()
    market.bench.advance(seconds=1)
    await market.perform()
    assert market.state is OrderState.PAID


async def test_an_account_that_is_gone_meanwhile_ends_the_asking(market: Market) -> None:
    await an_open_payment(market)
    market.settings.shops[SHOP] = ShopSettings()
    market.bench.advance(seconds=20)
    await market.perform()
    assert (await market.look())["reason"] == "cannot_be_asked"


async def test_what_cannot_be_paid_is_refused_and_nothing_is_recorded(market: Market) -> None:
    assert (await market.want(number="NOBODY1")).status_code == 404
    pay(market.bench, NUMBER)
    answer = await market.want()
    assert (answer.status_code, answer.json()["code"]) == (409, "order-not-payable")
    assert (await market.look())["code"] == "not-found"


@pytest.mark.parametrize("channel", ["epay", "paypal", "limits"])
async def test_a_channel_that_the_shop_does_not_have_is_not_offered(market: Market, channel: str) -> None:
    answer = await market.want(channel)
    assert (answer.status_code, answer.json()["code"]) == (409, "payment-not-offered")


@pytest.mark.parametrize(
    "settings",
    [
        OrderSettings(shops={SHOP: ShopSettings(wechat=wechat_settings())}),
        OrderSettings(shops={SHOP: ShopSettings(wechat=wechat_settings(merchant_private_key=None))}, public_url="https://x"),
    ],
    ids=["no public address", "no key of ours"],
)
async def test_without_an_address_or_a_key_no_payment_is_offered(settings: OrderSettings) -> None:
    market = Market(settings)
    place(market.bench, NUMBER)
    assert (await market.want()).json()["code"] == "payment-not-offered"


async def test_an_order_number_that_wechat_does_not_take_is_refused_without_a_call(market: Market) -> None:
    place(market.bench, "K1")
    answer = await market.want(number="K1")
    assert (answer.status_code, answer.json()["code"], answer.json()["channel"]) == (422, "order-number-unfit", "wechat")
    assert market.open_intents() == []


async def test_only_the_shop_itself_asks_for_payments(market: Market) -> None:
    other = market.desk.admit("other", Principal("other", "shop", frozenset({"orders:read"})))
    async with market.desk.client() as client:
        assert (await client.post(f"/orders/{NUMBER}/payments", headers=other, json={"channel": "wechat"})).status_code == 403
        assert (await client.get(f"/orders/{NUMBER}/payments/wechat", headers=other)).status_code == 404
        assert (await client.post(f"/orders/{NUMBER}/payments", json={"channel": "wechat"})).status_code == 401
