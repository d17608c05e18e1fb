"""WeChat Pay's behaviour, without a network: create, pay, tell, ask, close, and every fault, as our own protocol code hears it."""

from datetime import datetime, timedelta

import pytest

from protocols import wechat
from protocols.checkout import Checkout, CheckoutKind, CheckoutRefused
from protocols.errors import ForgedNotice
from protocols.http import AnswerLost, HttpReply, HttpRequest, NotSent
from protocols.payment import PaymentStanding, PaymentState
from sandbox.behaviour.faults import PaymentFaults
from sandbox.behaviour.payments import PaymentRefused
from sandbox.behaviour.wechat import WechatDialect, WechatPay
from tests.protocols.vectors import private_key, public_key
from tests.sandbox.parties import START, at

MCHID, WECHAT_APP_ID, API_V3_KEY = "1900000001", "wx8888888888888888", "test-only api v3 key of 32 bytes"
SERIAL, MERCHANT_SERIAL = "PUB_KEY_ID_0119000000012026112100000000000001", "4A1DDE55AD98ED71D6EDD4A4A16996DE7B477731"
KEYS = {SERIAL: public_key("wechat")}
MERCHANT = wechat.MerchantKey(MCHID, MERCHANT_SERIAL, private_key("app"))
STRANGER = wechat.MerchantKey(MCHID, MERCHANT_SERIAL, private_key("other"))
PAYMENT = wechat.WechatPayment("RD0001", "19.90", "card", "https://shop.example/notices/wechat")


def a_provider() -> WechatPay:
    dialect = WechatDialect(MCHID, WECHAT_APP_ID, SERIAL, MERCHANT_SERIAL, API_V3_KEY, private_key("wechat"), public_key("app"))
    return WechatPay(dialect, notify_path="/notices/wechat/{order_number}")


def read(request: HttpRequest, now: datetime = START) -> wechat.WechatNotice:
    headers = {name.lower(): value for name, value in request.headers}
    return wechat.parse_notice(headers, request.body, KEYS, api_v3_key=API_V3_KEY, mchid=MCHID, app_id=WECHAT_APP_ID, now=now)


def reply_to(provider: WechatPay, request: HttpRequest, now: datetime = START) -> HttpReply:
    result = provider.handle(request, now).result
    assert isinstance(result, HttpReply)
    return result


def query(now: datetime = START, key: wechat.MerchantKey = MERCHANT) -> HttpRequest:
    return wechat.build_query("RD0001", key=key, now=now, nonce="n")


def standing(provider: WechatPay, now: datetime = START) -> PaymentStanding:
    reply = reply_to(provider, query(now), now)
    return wechat.parse_query_reply(reply, KEYS, order_number="RD0001", mchid=MCHID, app_id=WECHAT_APP_ID, now=now)


def created(provider: WechatPay, request: HttpRequest | None = None) -> Checkout | CheckoutRefused:
    request = request or wechat.build_native(PAYMENT, app_id=WECHAT_APP_ID, key=MERCHANT, now=START, nonce="n")
    return wechat.parse_create_reply(reply_to(provider, request), KEYS, order_number="RD0001", now=START)


def closed(provider: WechatPay) -> CheckoutRefused | None:
    request = wechat.build_close("RD0001", key=MERCHANT, now=START, nonce="n")
    return wechat.parse_close_reply(reply_to(provider, request), KEYS, order_number="RD0001", now=START)


def test_a_payment_is_created_paid_told_and_confirmed() -> None:
    provider = a_provider()
    assert standing(provider).state is PaymentState.ABSENT
    checkout = created(provider)
    assert isinstance(checkout, Checkout)
    assert (checkout.kind, checkout.content[:12]) == (CheckoutKind.QR_CODE, "weixin://wxp")
    assert standing(provider).state is PaymentState.UNPAID
    trade = provider.pay("RD0001", "19.90", START)
    [notice] = provider.due_notices(START)
    told = read(notice.request)
    assert notice.request.url_path == "/notices/wechat/RD0001"
    assert (told.order_number, told.total, told.trade_number, told.is_paid, told.paid_at) == (
        "RD0001",
        "19.90",
        trade.trade_number,
        True,
        START,
    )
    assert standing(provider) == PaymentStanding(PaymentState.PAID, "RD0001", trade.trade_number, "19.90")
    assert created(provider) == CheckoutRefused("RD0001", "ORDERPAID", is_known_already=True)


def test_for_a_browser_a_page_is_created() -> None:
    request = wechat.build_h5(PAYMENT, app_id=WECHAT_APP_ID, buyer_ip="203.0.113.7", key=MERCHANT, now=START, nonce="n")
    checkout = created(a_provider(), request)
    assert isinstance(checkout, Checkout)
    assert (checkout.kind, checkout.content[:8]) == (CheckoutKind.PAGE, "https://")


def test_a_closed_order_cannot_be_paid_and_a_paid_one_not_be_closed() -> None:
    provider = a_provider()
    created(provider)
    assert closed(provider) is None
    assert standing(provider).state is PaymentState.CLOSED
    assert created(provider) == CheckoutRefused("RD0001", "ORDER_CLOSED")
    with pytest.raises(PaymentRefused):
        provider.pay("RD0001", "19.90", START)
    provider = a_provider()
    provider.pay("RD0001", "19.90", START)
    assert closed(provider) == CheckoutRefused("RD0001", "ORDERPAID", is_known_already=True)


@pytest.mark.parametrize(("status", "is_success"), [(200, True), (204, True), (201, False), (400, False), (500, False)])
def test_the_status_alone_ends_the_repeats(status: int, is_success: bool) -> None:
    provider = a_provider()
    provider.pay("RD0001", "1", START)
    [notice] = provider.due_notices(START)
    assert provider.answered(notice, HttpReply(status, body=b'{"code":"FAIL"}')) is is_success
    assert (provider.next_due_at() is None) is is_success


def test_a_notice_is_repeated_for_a_day_and_signed_anew_each_time() -> None:
    provider, moments, ids = a_provider(), [], set()
    provider.pay("RD0001", "1", START)
    while (due_at := provider.next_due_at()) is not None:
        [notice] = provider.due_notices(due_at)
        ids.add(read(notice.request, due_at).notice_id)
        moments.append(due_at - START)
        provider.answered(notice, AnswerLost())
    assert (len(moments), len(ids)) == (16, 1)
    assert moments[:5] == [timedelta(seconds=seconds) for seconds in (0, 15, 30, 60, 240)]
    assert moments[-1] == timedelta(hours=24, minutes=4)


def test_notices_come_late_twice_lost_wrong_and_forged() -> None:
    provider = a_provider()
    provider.faults.set(PaymentFaults(notice_delay_seconds=400, duplicate_notice_count=1, notice_total="0.01"))
    provider.pay("RD0001", "19.90", START)
    assert provider.due_notices(at(399)) == []
    first, second = provider.due_notices(at(400))
    assert first.request == second.request
    assert read(first.request, at(400)).total == "0.01"
    provider.faults.set(PaymentFaults(lost_notice_count=3))
    assert provider.due_notices(at(415)) == []
    provider.faults.set(PaymentFaults(is_notice_forged=True))
    [_, *_] = forged = provider.due_notices(at(1_000))
    provider.forge_notice("RD0002", "1", at(1_000))
    for notice in [*forged, *provider.due_notices(at(1_000))]:
        with pytest.raises(ForgedNotice):
            read(notice.request, at(1_000))


def test_only_the_merchant_is_answered() -> None:
    provider = a_provider()
    provider.pay("RD0001", "1", START)
    refused = reply_to(provider, query(key=STRANGER))
    assert (refused.status, b"SIGN_ERROR" in refused.body) == (401, True)
    assert reply_to(provider, query(), START + timedelta(minutes=6)).status == 401
    close = wechat.build_close("RD0001", key=STRANGER, now=START, nonce="n")
    assert reply_to(provider, close).status == 401
    assert provider.gateway.closed == set()
    other_app = wechat.build_native(PAYMENT, app_id="wx1", key=MERCHANT, now=START, nonce="n")
    assert created(provider, other_app) == CheckoutRefused("RD0001", "APPID_MCHID_NOT_MATCH")


def test_calls_can_be_down_failing_lost_slow_or_wrong() -> None:
    provider = a_provider()
    provider.pay("RD0001", "1", START)
    provider.faults.set(PaymentFaults(is_down=True))
    assert isinstance(provider.handle(query(), START).result, NotSent)
    provider.faults.set(PaymentFaults(is_answer_lost=True))
    assert isinstance(provider.handle(query(), START).result, AnswerLost)
    provider.faults.set(PaymentFaults(is_failing=True))
    assert reply_to(provider, query()).status == 502
    assert reply_to(provider, wechat.build_close("RD0002", key=MERCHANT, now=START, nonce="n")).status == 502
    provider.faults.set(PaymentFaults(slow_seconds=3, is_query_unpaid=True))
    assert provider.handle(query(), START).latency_seconds == 3
    assert standing(provider).state is PaymentState.UNPAID
    provider.faults.set(PaymentFaults(is_answer_lost=True))
    assert isinstance(provider.handle(wechat.build_close("RD0002", key=MERCHANT, now=START, nonce="n"), START).result, AnswerLost)
    assert "RD0002" in provider.gateway.closed
