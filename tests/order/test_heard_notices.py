"""Beside a shop: it passes on what its provider told it, and hears what we make of it."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import msgspec
import pytest

from chassis.tokens import Principal
from services.order.callbacks.settings import CallbackMode, CallbackSettings
from services.order.domain.order_state import OrderState
from tests.order.builders import NUMBER, PRODUCT, SHOP, the_order
from tests.order.conftest import OTHER_KEY
from tests.order.street import Street
from tests.order.test_forwarding import epay_standing
from tests.order.test_http_notices import alipay_form, epay_query

HEARD = f"/notices/alipay/{SHOP}/heard"


@pytest.fixture
def street() -> Street:
    return Street(CallbackSettings(mode=CallbackMode.BESIDE))


@pytest.fixture
def shop(street: Street) -> dict[str, str]:
    return street.desk.admit("shop", Principal(SHOP, "shop", frozenset({"orders:write"})))


async def test_a_genuine_notice_pays_the_order_and_says_so(street: Street, shop: dict[str, str]) -> None:
    for _ in range(2):
        answer = await street.send("POST", HEARD, body=urlencode(alipay_form()).encode(), headers=shop)
        assert answer.json() == {
            "state": "accepted",
            "is_genuine": True,
            "is_order_known": True,
            "order_number": NUMBER,
            "trade_number": "2026010122001",
            "reason": None,
        }
    assert the_order(street.bench).state is OrderState.PAID
    assert street.forwardings() == []


async def test_a_query_that_proves_nothing_yet_awaits_its_gateway(street: Street, shop: dict[str, str]) -> None:
    street.pays = lambda: epay_standing(1)
    path = f"/notices/epay/{SHOP}/heard?{urlencode(epay_query())}"
    assert (await street.send("GET", path, headers=shop)).json()["state"] == "awaiting"
    await street.perform()
    assert (await street.send("GET", path, headers=shop)).json()["state"] == "accepted"


async def test_what_is_wrong_with_a_notice_is_said(street: Street, shop: dict[str, str]) -> None:
    forged = (await street.send("POST", HEARD, body=urlencode(alipay_form(OTHER_KEY)).encode(), headers=shop)).json()
    assert (forged["is_genuine"], forged["state"], forged["reason"]) == (False, "refused", "forged_notice")
    wrong = (await street.send("POST", HEARD, body=urlencode(alipay_form(total_amount="1.00")).encode(), headers=shop)).json()
    assert (wrong["is_genuine"], wrong["is_order_known"], wrong["reason"]) == (True, True, "wrong_amount")
    unknown = (await street.send("POST", HEARD, body=urlencode(alipay_form(out_trade_no="S9")).encode(), headers=shop)).json()
    assert (unknown["is_genuine"], unknown["is_order_known"], unknown["reason"]) == (True, False, "unknown_order")
    assert (await street.send("POST", HEARD, body=b"nonsense", headers=shop)).status_code in (400, 422)


async def test_only_the_shop_itself_may_and_only_where_its_settings_say_so(street: Street, shop: dict[str, str]) -> None:
    other = street.desk.admit("other", Principal("other", "shop", frozenset({"orders:write"})))
    body = urlencode(alipay_form()).encode()
    assert (await street.send("POST", HEARD, body=body, headers=other)).status_code == 403
    alone = Street(CallbackSettings())
    token = alone.desk.admit("shop", Principal(SHOP, "shop", frozenset({"orders:write"})))
    assert (await alone.send("POST", HEARD, body=body, headers=token)).status_code == 409
    assert the_order(alone.bench).state is OrderState.PLACED


async def test_behind_a_shop_every_provider_whose_notices_it_alone_hears_is_asked_about_an_order() -> None:
    behind = Street(CallbackSettings(mode=CallbackMode.BEHIND))
    token = behind.desk.admit("shop", Principal(SHOP, "shop", frozenset({"orders:write"})))
    line = {"product_code": PRODUCT, "unit_price": {"amount_minor": 2_500, "currency": "CNY"}}
    for number, channel in (("B1", None), ("B2", "epay")):
        body = {"order_number": number, "lines": [line], "contact": "buyer@example.org", "channel": channel}
        answer = await behind.send("POST", "/orders/taken-over", body=json.dumps(body).encode(), headers=token)
        assert answer.status_code == 201
    asked = [msgspec.json.decode(row.payload) for row in behind.bench.intents() if row.kind == "poll_payment"]
    assert sorted((each["order_number"], each["provider"]) for each in asked) == [("B1", "alipay"), ("B1", "epay"), ("B2", "epay")]
