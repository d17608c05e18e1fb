"""Every provider from the creation of a payment to the paid order, against its stand-in: what the buyer is shown, a lost notice, a failing
channel, and how each is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from chassis.activity import Refused, Unknown
from protocols.epay import EpayVariant
from protocols.http import HttpRequest
from sandbox.behaviour.faults import PaymentFaults
from services.order.channels.registry import CHANNELS
from services.order.domain.order_state import OrderState
from services.order.settings import OrderSettings
from tests.order.builders import SHOP, allocated, place
from tests.order.market import NUMBER, PUBLIC_URL, Market, every_account

SHOWN = {
    "alipay": ("qr_code", "https://qr.alipay.com/"),
    "wechat": ("qr_code", "weixin://wxpay/"),
    "epay": ("page", "https://epay.example/submit.php?"),
    "epay_v2": ("page", "https://cashier.example/"),
    "epusdt": ("page", "https://cashier.example/"),
    "tokenpay": ("page", "https://cashier.example/"),
    "unionpay": ("qr_code", "https://qr.95516.com/"),
}
COINS = ("epusdt", "tokenpay")
CALLED = [code for code in SHOWN if code != "epay"]


@pytest.fixture
def market() -> Market:
    market = Market()
    place(market.bench, NUMBER)
    return market


async def opened(market: Market, channel: str) -> None:
    assert (await market.want(channel)).status_code == 202
    await market.perform()
    assert (await market.look(channel))["state"] == "open"


def test_every_channel_is_shown_here() -> None:
    assert set(SHOWN) == set(CHANNELS)


@pytest.mark.parametrize("channel", SHOWN)
async def test_a_created_payment_tells_the_buyer_what_to_do_and_pays_by_its_notice(market: Market, channel: str) -> None:
    await opened(market, channel)
    seen = await market.look(channel)
    kind, beginning = SHOWN[channel]
    assert (seen["kind"], seen["content"][: len(beginning)]) == (kind, beginning)
    assert seen["expires_at"] <= market.order.expires_at.isoformat()
    if channel in COINS:
        assert (seen["payable"], seen["coin"][:4], seen["address"][:8]) == ("3.4819", "USDT", "TSandbox")
    else:
        assert (seen["payable"], seen["coin"], seen["address"]) == (None, None, None)
    market.parties[channel].pay(NUMBER, "25.00", market.bench.now)
    assert await market.deliver_notices() in ([200], [204])
    await market.perform()
    market.bench.tell(allocated(number=NUMBER))
    assert market.facts() == ["OrderPlaced", "PaymentConfirmed", "CardDelivered"]
    assert (await market.look(channel))["reason"] == "paid"


@pytest.mark.parametrize("channel", SHOWN)
async def test_a_lost_notice_is_made_up_for_by_asking(market: Market, channel: str) -> None:
    await opened(market, channel)
    market.parties[channel].pay(NUMBER, "25.00", market.bench.now)
    await market.pass_time(15)
    assert market.state is OrderState.PAID
    assert market.facts() == ["OrderPlaced", "PaymentConfirmed"]
    await market.deliver_notices()  # it was only late
    await market.perform()
    assert market.facts() == ["OrderPlaced", "PaymentConfirmed"]


@pytest.mark.parametrize("channel", SHOWN)
async def test_an_answer_that_names_the_amount_counts_whatever_a_notice_said_of_it(market: Market, channel: str) -> None:
    await opened(market, channel)
    market.parties[channel].faults.set(PaymentFaults(notice_total="0.01"))
    market.parties[channel].pay(NUMBER, "25.00", market.bench.now)
    await market.deliver_notices()
    assert market.state is OrderState.PLACED
    await market.pass_time(15)
    assert market.state is (OrderState.PLACED if channel == "epusdt" else OrderState.PAID)


@pytest.mark.parametrize("channel", CALLED)
async def test_wanted_again_after_a_lost_answer_no_second_payment_is_made(market: Market, channel: str) -> None:
    party = market.parties[channel]
    await market.want(channel)
    party.faults.set(PaymentFaults(is_answer_lost=True))
    assert await market.perform() == [Unknown("answer_lost")]
    trade = party.trade(NUMBER)
    party.faults.clear()
    market.bench.advance(seconds=1)
    await market.perform()
    assert party.trade(NUMBER) == trade
    seen = await market.look(channel)
    assert (seen["state"], seen["content"] is None) == ("open", channel == "epusdt")


@pytest.mark.parametrize("channel", CALLED)
async def test_a_failing_channel_is_unknown_while_it_fails_and_refused_where_it_refuses(market: Market, channel: str) -> None:
    party = market.parties[channel]
    party.faults.set(PaymentFaults(is_failing_to_create=True))
    await market.want(channel)
    [outcome] = await market.perform()
    assert isinstance(outcome, Unknown)
    party.faults.set(PaymentFaults(is_refusing_to_create=True))
    market.bench.advance(seconds=1)
    [outcome] = await market.perform()
    assert isinstance(outcome, Refused)
    assert (await market.look(channel))["state"] == "refused"
    assert (await market.want("epay")).status_code == 202  # another one for the same order


async def test_a_page_of_epay_is_signed_over_our_number_and_addresses(market: Market) -> None:
    await opened(market, "epay")
    fields = dict(parse_qsl(urlsplit((await market.look("epay"))["content"]).query))
    assert fields["notify_url"] == f"{PUBLIC_URL}/notices/epay/{SHOP}"
    assert fields["return_url"] == f"https://shop.example/orders/{NUMBER}"
    assert (fields["out_trade_no"], fields["money"], "type" in fields, market.calls) == (NUMBER, "25.00", False, [])
    request = HttpRequest("GET", "/submit.php", query=tuple(fields.items()))
    assert market.parties["epay"].handle(request, market.bench.now).result.status == 200  # type: ignore[union-attr]
    assert market.parties["epay"].trade(NUMBER) is not None


async def test_a_clone_of_epay_that_takes_calls_is_called_where_the_settings_say_so() -> None:
    account = every_account().epay
    assert account is not None
    by_call = type(account)(
        pid=account.pid, key=account.key, gateway_url=account.gateway_url, is_created_by_call=True, method="wxpay", client_ip="192.0.2.1"
    )
    market = Market(OrderSettings(shops={SHOP: every_account(epay=by_call)}, public_url=PUBLIC_URL))
    place(market.bench, NUMBER)
    await opened(market, "epay")
    assert (market.calls, (await market.look("epay"))["content"][:24]) == (["epay"], "https://cashier.example/")


async def test_what_is_named_when_the_order_is_placed_is_asked_until_it_is_paid(market: Market) -> None:
    place(market.bench, "RD0002", channel="alipay")
    await market.pass_time(15)
    assert market.calls == ["alipay"]
    market.parties["alipay"].pay("RD0002", "25.00", market.bench.now)
    await market.pass_time(20)
    assert market.facts() == ["OrderPlaced", "OrderPlaced", "PaymentConfirmed"]
    await market.pass_time(120)
    assert market.calls == ["alipay"] * 2


async def test_an_order_without_a_channel_asks_nobody_and_costs_nothing(market: Market) -> None:
    await market.pass_time(960, step=60)
    assert (market.calls, market.bench.intents(), market.state) == ([], [], OrderState.EXPIRED)


async def test_the_pauses_grow_and_a_last_question_comes_before_the_order_is_let_go(market: Market) -> None:
    place(market.bench, "RD0002", channel="wechat")
    for second in range(900):
        market.bench.advance(seconds=1)
        await market.perform()
        if second == 880:
            market.parties["wechat"].pay("RD0002", "25.00", market.bench.now)  # after the last but one
    assert len(market.calls) <= 20
    await market.perform()
    names = market.facts()
    assert (names[-1], names.count("OrderExpired")) == ("PaymentConfirmed", 1)  # the other order's
    assert market.bench.said[-1][1]["is_late"] is False


async def test_who_is_silent_at_the_end_is_not_waited_for_and_a_late_answer_still_counts(market: Market) -> None:
    place(market.bench, "RD0002", channel="wechat")
    market.parties["wechat"].pay("RD0002", "25.00", market.bench.now)
    market.parties["wechat"].faults.set(PaymentFaults(is_down=True))
    await market.pass_time(930)
    assert market.facts().count("OrderExpired") == 2
    market.parties["wechat"].faults.clear()
    await market.pass_time(120, step=30)
    [said] = [said for name, said in market.bench.said if name == "PaymentConfirmed"]
    assert said["is_late"]


@pytest.mark.parametrize("channel", [*COINS, "unionpay"])
async def test_who_cannot_be_asked_by_our_number_is_not_asked(market: Market, channel: str) -> None:
    place(market.bench, "RD0002", channel=channel)
    await market.pass_time(60)
    assert (market.calls, market.open_intents()) == ([], [])
    await market.pass_time(840, step=60)
    assert market.facts().count("OrderExpired") == 2


async def test_unionpay_takes_no_number_with_a_hyphen_and_is_not_offered_for_such_an_order(market: Market) -> None:
    number = "RD-000002"
    place(market.bench, number)
    answer = await market.want("unionpay", number)
    assert (answer.status_code, answer.json()["code"], answer.json()["channel"]) == (422, "order-number-unfit", "unionpay")
    offered = await market.get(f"/orders/{number}/payments")
    assert "unionpay" not in offered["channels"]
    assert {"alipay", "wechat", "epay"} <= set(offered["channels"])
    assert (await market.want("alipay", number)).status_code == 202


async def test_a_payment_page_of_a_gateway_that_cannot_be_asked_stays_open() -> None:
    account = every_account().epay
    assert account is not None
    mute = type(account)(pid=account.pid, key=account.key, gateway_url=account.gateway_url, ways=replace(EpayVariant(), query_path=""))
    market = Market(OrderSettings(shops={SHOP: every_account(epay=mute)}, public_url=PUBLIC_URL))
    place(market.bench, NUMBER)
    await opened(market, "epay")
    await market.pass_time(60)
    assert ((await market.look("epay"))["state"], market.calls) == ("open", [])
    await market.pass_time(840, step=60)
    assert market.state is OrderState.EXPIRED


async def test_a_notice_that_is_unsure_has_its_provider_asked(market: Market) -> None:
    market.parties["epay_v2"].pay(NUMBER, "25.00", market.bench.now)
    [notice] = market.parties["epay_v2"].due_notices(market.bench.now)
    market.bench.now += timedelta(minutes=10)  # it was held up: its time is outside the window
    async with market.desk.client() as client:
        answer = await client.get(notice.request.target)
    assert (answer.status_code, answer.headers["redress-reason"]) == (400, "stale_notice")
    assert market.state is OrderState.PLACED
    await market.pass_time(70)
    assert (market.state, market.calls) == (OrderState.PAID, ["epay_v2"])


async def test_a_gateway_that_lags_behind_its_own_notice_is_asked_on(market: Market) -> None:
    party = market.parties["epay"]
    party.faults.set(PaymentFaults(is_query_unpaid=True))
    party.pay(NUMBER, "25.00", market.bench.now)
    assert await market.deliver_notices() == [200]
    await market.pass_time(10)
    assert market.facts()[-1] == "PaymentRejected"
    party.faults.clear()
    await market.pass_time(60)
    assert (market.state, market.facts()[-1]) == (OrderState.PAID, "PaymentConfirmed")


async def test_a_buyer_who_pays_twice_gets_one_delivery_and_the_second_payment_is_a_fact(market: Market) -> None:
    await opened(market, "alipay")
    await opened(market, "wechat")
    market.parties["wechat"].pay(NUMBER, "25.00", market.bench.now)
    await market.deliver_notices()
    market.parties["alipay"].pay(NUMBER, "25.00", market.bench.now)
    await market.pass_time(30)  # the notice of the first one is lost
    assert market.facts() == ["OrderPlaced", "PaymentConfirmed", "PaymentDuplicated"]
    [said] = [said for name, said in market.bench.said if name == "PaymentDuplicated"]
    assert (said["provider"], said["amount"]["amount_minor"]) == ("alipay", 2_500)
    assert (await market.look("alipay"))["state"] == "over"


@pytest.mark.parametrize("channel", ["alipay", "wechat"])
async def test_a_payment_that_was_made_before_it_was_wanted_is_asked_about(market: Market, channel: str) -> None:
    market.parties[channel].pay(NUMBER, "25.00", market.bench.now)  # its notice is lost
    await market.want(channel)
    assert await market.perform() == [Refused("known_already")]
    await market.pass_time(15)
    assert market.state is OrderState.PAID


async def test_a_payment_that_its_provider_knows_already_is_asked_about_though_another_has_paid_meanwhile(market: Market) -> None:
    await opened(market, "wechat")
    await market.want("alipay")
    market.parties["wechat"].pay(NUMBER, "25.00", market.bench.now)
    await market.deliver_notices()
    market.parties["alipay"].pay(NUMBER, "25.00", market.bench.now)  # its notice is lost
    assert Refused("known_already") in await market.perform()
    await market.pass_time(30)
    assert market.facts() == ["OrderPlaced", "PaymentConfirmed", "PaymentDuplicated"]


async def test_what_is_only_followed_can_be_created_and_is_followed_on_where_that_is_refused(market: Market) -> None:
    place(market.bench, "RD000002", channel="alipay")
    assert (await market.want("alipay", "RD000002")).json()["state"] == "pending"
    market.parties["alipay"].faults.set(PaymentFaults(is_refusing_to_create=True))
    await market.perform()
    seen = await market.get("/orders/RD000002/payments/alipay")
    assert (seen["state"], seen["content"]) == ("open", None)
    market.parties["alipay"].faults.clear()
    await market.want("alipay", "RD000002")
    await market.perform()
    seen = await market.get("/orders/RD000002/payments/alipay")
    assert (seen["state"], seen["kind"]) == ("open", "qr_code")
    market.parties["alipay"].pay("RD000002", "25.00", market.bench.now)
    await market.pass_time(30)
    assert "PaymentConfirmed" in market.facts()


async def test_a_shop_names_only_a_provider_that_it_has(market: Market) -> None:
    body = {
        "order_number": "RD0003",
        "contact": "buyer@example.org",
        "lines": [{"product_code": "steam-50", "unit_price": {"amount_minor": 100, "currency": "CNY"}}],
    }
    async with market.desk.client() as client:
        refused = await client.post("/orders", headers=market.shop, json={**body, "channel": "unknown"})
        taken = await client.post("/orders", headers=market.shop, json={**body, "channel": "alipay"})
    assert (refused.status_code, taken.status_code) == (422, 201)
