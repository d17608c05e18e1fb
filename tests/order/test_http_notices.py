"""`GET|POST /notices/{provider}/{shop_id}` over HTTP, with notices signed as the providers sign them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from protocols import alipay, epay
from services.order.domain.order_state import OrderState
from tests.desk import MemoryDesk
from tests.order.builders import NUMBER, SHOP, place, the_order
from tests.order.conftest import ALIPAY_KEY, APP_ID, EPAY_KEY, OTHER_KEY, PID, SELLER_ID

ALIPAY, EPAY = f"/notices/alipay/{SHOP}", f"/notices/epay/{SHOP}"


def alipay_form(key: Any = ALIPAY_KEY, **changed: str) -> dict[str, str]:
    fields = {
        "notify_id": "n-1",
        "notify_type": "trade_status_sync",
        "app_id": APP_ID,
        "seller_id": SELLER_ID,
        "out_trade_no": NUMBER,
        "trade_no": "2026010122001",
        "trade_status": "TRADE_SUCCESS",
        "total_amount": "25.00",
        "gmt_payment": "2026-01-01 08:00:00",
        **changed,
    }
    return alipay.sign_notice(fields, key)


def epay_query(key: str = EPAY_KEY, **changed: str) -> dict[str, str]:
    fields = {
        "pid": PID,
        "trade_no": "E1",
        "out_trade_no": NUMBER,
        "type": "wxpay",
        "name": "Steam",
        "money": "25",
        "trade_status": "TRADE_SUCCESS",
        **changed,
    }
    return epay.sign_notice(fields, key)


async def post(desk: MemoryDesk, form: dict[str, str], path: str = ALIPAY) -> httpx2.Response:
    async with desk.client() as client:
        return await client.post(path, content=urlencode(form).encode())


async def test_a_true_alipay_notice_pays_and_gets_exactly_the_success_word(desk: MemoryDesk) -> None:
    place(desk.bench)
    answer = await post(desk, alipay_form())
    assert (answer.status_code, answer.content) == (200, b"success")
    assert answer.headers["content-type"].startswith("text/plain")
    assert the_order(desk.bench).state is OrderState.PAID


async def test_every_repeat_gets_the_success_word_and_has_no_effect(desk: MemoryDesk) -> None:
    place(desk.bench)
    answers = [await post(desk, alipay_form(notify_id=each)) for each in ("n-1", "n-1", "n-2")]
    answers.append(await post(desk, alipay_form(total_amount="25")))
    answers.append(await post(desk, alipay_form(trade_status="TRADE_FINISHED")))
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, b"success")}
    assert desk.bench.said_names() == ["OrderPlaced", "PaymentConfirmed"]


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        (alipay_form(OTHER_KEY), "forged_notice"),
        ({**alipay_form(), "total_amount": "0.01"}, "forged_notice"),
        (alipay_form(seller_id="2088999"), "wrong_seller"),
        (alipay_form(app_id="2021999"), "wrong_app"),
        (alipay_form(total_amount="24.99"), "wrong_amount"),
        (alipay_form(out_trade_no="NOBODY"), "unknown_order"),
    ],
)
async def test_a_forged_or_mismatched_notice_fails_and_is_recorded(desk: MemoryDesk, form: dict[str, str], reason: str) -> None:
    place(desk.bench)
    for _ in range(2):
        answer = await post(desk, form)
        assert (answer.status_code, answer.content, answer.headers["redress-reason"]) == (400, b"fail", reason)
    name, rejected = desk.bench.said[-1]
    assert (name, rejected["reason"]) == ("PaymentRejected", reason)
    assert desk.bench.said_names() == ["OrderPlaced", "PaymentRejected"]
    assert the_order(desk.bench).state is OrderState.PLACED


async def test_a_forgery_of_the_same_content_does_not_stand_in_the_way_of_the_genuine_notice(desk: MemoryDesk) -> None:
    place(desk.bench)
    assert (await post(desk, alipay_form(OTHER_KEY))).content == b"fail"
    assert (await post(desk, alipay_form())).content == b"success"
    assert the_order(desk.bench).state is OrderState.PAID


async def test_a_notice_before_its_order_fails_until_the_order_is_there(desk: MemoryDesk) -> None:
    for _ in range(3):
        assert (await post(desk, alipay_form())).content == b"fail"
    place(desk.bench)
    for _ in range(3):
        assert (await post(desk, alipay_form())).content == b"success"
    assert desk.bench.said_names() == ["PaymentRejected", "OrderPlaced", "PaymentConfirmed"]


@pytest.mark.parametrize("changed", [{"trade_status": "WAIT_BUYER_PAY"}, {"trade_status": "TRADE_CLOSED"}, {"out_biz_no": "R1"}])
async def test_a_notice_of_something_else_than_a_payment_succeeds_without_effect(desk: MemoryDesk, changed: dict[str, str]) -> None:
    place(desk.bench)
    assert (await post(desk, alipay_form(**changed))).content == b"success"
    assert the_order(desk.bench).state is OrderState.PLACED


@pytest.mark.parametrize(
    ("body", "field", "is_recorded"),
    [
        (b"", "sign", False),
        (b"\xff\xfe", "body", False),
        (b"just text", "body", False),
        (b"a=1&a=2", "a", False),
        (b"out_trade_no=K1", "sign", True),
        (urlencode(alipay_form(total_amount="1e3")).encode(), "total_amount", True),
        (urlencode({**alipay_form(), "sign_type": "RSA"}).encode(), "sign_type", True),
    ],
)
async def test_a_malformed_notice_is_a_clear_problem_recorded_where_it_names_an_order(
    desk: MemoryDesk, body: bytes, field: str, is_recorded: bool
) -> None:
    place(desk.bench)
    async with desk.client() as client:
        answer = await client.post(ALIPAY, content=body)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "malformed-notice", field)
    assert desk.bench.said_names() == ["OrderPlaced"] + ["PaymentRejected"] * is_recorded


async def test_an_epay_notice_is_answered_with_the_gateways_own_word_and_asked_about(desk: MemoryDesk) -> None:
    place(desk.bench)
    async with desk.client() as client:
        by_query = await client.get(EPAY, params=epay_query())
        by_form = await client.post(EPAY, content=urlencode(epay_query(name="Other name")).encode())
    assert [(answer.status_code, answer.content) for answer in (by_query, by_form)] == [(200, b"SUCCESS")] * 2
    assert the_order(desk.bench).state is OrderState.PLACED
    assert len(desk.bench.intents()) == 1


async def test_a_forged_epay_notice_fails(desk: MemoryDesk) -> None:
    place(desk.bench)
    async with desk.client() as client:
        answer = await client.get(EPAY, params=epay_query("guess"))
        other = await client.get(EPAY, params=epay_query(pid="1002"))
    assert (answer.content, other.headers["redress-reason"]) == (b"fail", "wrong_seller")
    assert desk.bench.intents() == []


@pytest.mark.parametrize("path", ["/notices/paypal/shop", "/notices/limits/shop", "/notices/alipay/nobody"])
async def test_an_unknown_provider_or_shop_is_not_found(desk: MemoryDesk, path: str) -> None:
    answer = await post(desk, alipay_form(), path)
    assert answer.status_code == 404
    assert answer.json()["code"] in ("unknown-provider", "unknown-shop")
    assert desk.bench.said == []


async def test_a_full_queue_lets_the_provider_come_again(desk: MemoryDesk) -> None:
    place(desk.bench)
    desk.is_full = True
    assert (await post(desk, alipay_form())).status_code == 503
    desk.is_full = False
    assert (await post(desk, alipay_form())).content == b"success"


async def test_a_flood_of_forgeries_from_one_address_is_limited_and_true_notices_still_pass(desk: MemoryDesk) -> None:
    place(desk.bench)
    statuses = [(await post(desk, {**alipay_form(), "subject": str(each)})).status_code for each in range(125)]
    assert statuses.count(429) == 5
    assert (await post(desk, alipay_form())).content == b"success"
