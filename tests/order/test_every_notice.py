"""One suite for the notices of every provider, over HTTP, as its stand-in sends them: what is genuine pays once and is answered with the
provider's exact success word; forged, changed, truncated, replayed, re-ordered and wrong-amount variants do what they must."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx2
import pytest

from protocols.http import HttpRequest
from services.order.channels.registry import CHANNELS
from services.order.domain.order_state import OrderState
from tests.order.builders import place
from tests.order.market import NUMBER, Market

WORDS = {
    "alipay": (200, b"success"),
    "wechat": (204, b""),
    "epay": (200, b"success"),
    "epay_v2": (200, b"success"),
    "epusdt": (200, b"ok"),
    "tokenpay": (200, b"ok"),
    "unionpay": (200, b"ok"),
}
DATED = ("wechat", "epay_v2")
"""Whose notices carry a signed time: an old copy is refused."""
Pairs = list[tuple[str, Any]]
every_channel = pytest.mark.parametrize("code", WORDS)


def test_every_provider_is_here() -> None:
    assert set(WORDS) == set(CHANNELS)


@pytest.fixture
def market() -> Market:
    market = Market()
    place(market.bench, NUMBER)
    return market


def genuine(market: Market, code: str, total: str = "25.00", number: str = NUMBER) -> HttpRequest:
    """The buyer pays; the notice that the provider sends."""
    party = market.parties[code]
    party.pay(number, total, market.bench.now)
    [notice] = party.due_notices(market.bench.now)
    return notice.request


async def send(market: Market, request: HttpRequest) -> httpx2.Response:
    async with market.desk.client() as client:
        answer = await client.request(request.method, request.target, headers=dict(request.headers), content=request.body)
    await market.perform()
    return answer


def with_fields(request: HttpRequest, change: Callable[[Pairs], Pairs]) -> HttpRequest:
    """The notice with other fields, in whatever form it carries them; its signature stays as it is."""
    if request.method == "GET":
        return replace(request, query=tuple(change(list(request.query))))
    if request.body.startswith(b"{"):
        pairs: Pairs = json.loads(request.body, object_pairs_hook=list)
        return replace(request, body=_object(change(pairs)).encode())
    return replace(request, body=urlencode(change(parse_qsl(request.body.decode(), keep_blank_values=True))).encode())


def _object(pairs: Pairs) -> str:
    members = (f"{json.dumps(name)}:{_object(value) if isinstance(value, list) else json.dumps(value)}" for name, value in pairs)
    return "{" + ",".join(members) + "}"


def another_order(pairs: Pairs) -> Pairs:
    """Our order number, or what it is hidden in, changed by a character."""

    def changed(name: str, value: Any) -> Any:
        if name == "resource":
            return [(inner, _flipped(each) if inner == "ciphertext" else each) for inner, each in value]
        return NUMBER[:-1] + "9" if value == NUMBER else value

    return [(name, changed(name, value)) for name, value in pairs]


def _flipped(text: str) -> str:
    return text[:4] + ("A" if text[4] != "A" else "B") + text[5:]


@every_channel
async def test_a_genuine_notice_pays_and_is_answered_with_the_exact_word_every_time(market: Market, code: str) -> None:
    request = genuine(market, code)
    for _ in range(3):
        answer = await send(market, request)
        assert (answer.status_code, answer.content) == WORDS[code]
    assert market.facts() == ["OrderPlaced", "PaymentConfirmed"]


@every_channel
async def test_a_forgery_pays_nothing_and_hinders_not_the_true_notice(market: Market, code: str) -> None:
    market.parties[code].forge_notice(NUMBER, "25.00", market.bench.now)
    [forged] = market.parties[code].due_notices(market.bench.now)
    answer = await send(market, forged.request)
    assert (answer.status_code, answer.headers["redress-reason"], market.state) == (400, "forged_notice", OrderState.PLACED)
    assert (await send(market, genuine(market, code))).status_code in (200, 204)
    assert market.state is OrderState.PAID


@every_channel
async def test_a_changed_notice_is_refused(market: Market, code: str) -> None:
    place(market.bench, NUMBER[:-1] + "9")
    answer = await send(market, with_fields(genuine(market, code), another_order))
    assert (answer.status_code, "PaymentConfirmed" in market.facts()) == (400, False)


@every_channel
async def test_a_truncated_notice_is_refused(market: Market, code: str) -> None:
    request = genuine(market, code)
    short = replace(request, body=request.body[:-20]) if code == "wechat" else with_fields(request, lambda pairs: pairs[:-2])
    assert (await send(market, short)).status_code == 400
    assert market.state is OrderState.PLACED


@every_channel
async def test_the_order_of_the_fields_does_not_matter_where_it_is_not_signed(market: Market, code: str) -> None:
    answer = await send(market, with_fields(genuine(market, code), lambda pairs: pairs[::-1]))
    if code == "wechat":  # the very bytes are signed
        assert (answer.status_code, market.state) == (400, OrderState.PLACED)
    else:
        assert ((answer.status_code, answer.content), market.state) == (WORDS[code], OrderState.PAID)


@every_channel
async def test_a_field_said_twice_is_refused(market: Market, code: str) -> None:
    answer = await send(market, with_fields(genuine(market, code), lambda pairs: [*pairs, pairs[0]]))
    assert answer.status_code == 400
    assert market.state is OrderState.PLACED


@every_channel
async def test_a_copy_of_long_ago_pays_no_other_order_and_no_second_time(market: Market, code: str) -> None:
    request = genuine(market, code)
    await send(market, request)
    market.bench.now += timedelta(minutes=14)
    place(market.bench, "RD000002")
    answer = await send(market, request)
    assert answer.status_code == (400 if code in DATED else WORDS[code][0])
    assert [name for name in market.facts() if name in ("PaymentConfirmed", "PaymentDuplicated")] == ["PaymentConfirmed"]


@pytest.mark.parametrize("code", DATED)
async def test_an_old_notice_that_was_held_up_is_stale_and_its_provider_is_asked(market: Market, code: str) -> None:
    request = genuine(market, code)
    market.bench.now += timedelta(minutes=6)
    answer = await send(market, request)
    assert (answer.status_code, answer.headers["redress-reason"]) == (400, "stale_notice")
    await market.pass_time(70)
    assert market.state is OrderState.PAID


@every_channel
@pytest.mark.parametrize("total", ["0.01", "24.99", "25.01", "2500.00"])
async def test_another_amount_pays_nothing(market: Market, code: str, total: str) -> None:
    answer = await send(market, genuine(market, code, total))
    assert (answer.status_code, answer.headers["redress-reason"], market.state) == (400, "wrong_amount", OrderState.PLACED)


@every_channel
async def test_a_notice_of_an_order_that_nobody_knows_is_refused_until_it_comes(market: Market, code: str) -> None:
    request = genuine(market, code, number="RD000007")
    answer = await send(market, request)
    assert (answer.status_code, answer.headers["redress-reason"]) == (400, "unknown_order")
    place(market.bench, "RD000007")
    await send(market, request)
    assert "PaymentConfirmed" in market.facts()


@every_channel
async def test_a_notice_at_another_providers_address_is_refused(market: Market, code: str) -> None:
    request = genuine(market, code)
    for other in WORDS:
        if other != code:
            answer = await send(market, replace(request, url_path=request.url_path.replace(f"/{code}/", f"/{other}/")))
            assert answer.status_code == 400
    assert market.state is OrderState.PLACED
