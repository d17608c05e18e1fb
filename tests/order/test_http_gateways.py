"""epay version 2, epusdt and TokenPay over HTTP: a true notice pays and the order is delivered, a forged one is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import msgspec
import pytest

from chassis.activity import Confirmed, Outcome, Refused, Tools, Unknown
from chassis.fingerprint import Fingerprints
from chassis.secret import Secret
from chassis.settings import load_settings
from chassis.vault import DataKeysInMemory, Vault
from protocols import epusdt, tokenpay
from protocols.epay import EpayV2Variant, EpayVariant, v2
from protocols.exact_json import JsonNumber
from protocols.http import HttpReply, HttpRequest
from services.order.channels.epay import EpaySettings
from services.order.channels.epay_v2 import EpayV2Settings
from services.order.channels.epusdt import EpusdtSettings
from services.order.channels.registry import CHANNELS
from services.order.channels.tokenpay import TokenPaySettings
from services.order.domain.order_state import OrderState
from services.order.search.activities import AskWhetherPaid
from services.order.search.intents import FindPayment
from services.order.service import order as order_service
from services.order.settings import OrderSettings, ShopSettings
from tests.desk import MemoryDesk
from tests.harness import START
from tests.order.builders import NUMBER, SHOP, allocated, place, product_listed, the_order
from tests.order.conftest import ALIPAY_KEY, KEYS, OTHER_KEY, PID

PLATFORM_KEY = ALIPAY_KEY
TOKEN, COIN_KEY = "epusdt-token", "tokenpay-key"


def gateways() -> ShopSettings:
    return ShopSettings(
        epay_v2=EpayV2Settings(
            pid=PID,
            platform_public_key=(KEYS / "alipay-public.pem").read_text(),
            merchant_private_key=Secret((KEYS / "app-private.pem").read_text()),
            gateway_url="https://epay.example",
            ways=EpayV2Variant(success_word="SUCCESS"),
        ),
        epusdt=EpusdtSettings(token=Secret(TOKEN), gateway_url="https://usdt.example"),
        tokenpay=TokenPaySettings(key=Secret(COIN_KEY), gateway_url="https://coins.example"),
    )


@pytest.fixture
def desk() -> MemoryDesk:
    desk = MemoryDesk(order_service, OrderSettings(shops={SHOP: gateways()}))
    desk.bench.tell(product_listed())
    return desk


def epay_notice(now: datetime, *, key: Any = PLATFORM_KEY, **changed: str) -> bytes:
    fields = {
        "pid": PID,
        "trade_no": "T1",
        "out_trade_no": NUMBER,
        "type": "alipay",
        "trade_status": "TRADE_SUCCESS",
        "money": "25.00",
        **changed,
    }
    return urlencode(v2.sign_notice(fields, key, now=now)).encode()


def epusdt_notice(now: datetime, *, key: str = TOKEN, **changed: str) -> bytes:
    members = {
        "trade_id": "T1",
        "order_id": NUMBER,
        "amount": JsonNumber("25"),
        "actual_amount": JsonNumber("3.4817"),
        "token": "TNEns8t9jbWENbStkQdVQtHMGpbsYsQjZK",
        "block_transaction_id": "375859c36dc5",
        "status": JsonNumber("2"),
        **changed,
    }
    return epusdt.sign_notice(members, key)


def tokenpay_notice(now: datetime, *, key: str = COIN_KEY, **changed: str) -> bytes:
    members = {
        "Id": "T1",
        "OutOrderId": NUMBER,
        "ActualAmount": "25.00",
        "BaseCurrency": "CNY",
        "Amount": "3.4817",
        "Currency": "USDT_TRC20",
        "PassThroughInfo": "",
        "Status": JsonNumber("1"),
        **changed,
    }
    return tokenpay.sign_notice(members, key)


@dataclass(frozen=True)
class Way:
    """A gateway's notices: how one is made, its word, and the names of what a test changes."""

    code: str
    notice: Callable[..., bytes]
    word: bytes
    wrong_key: Any
    amount: str
    order: str
    unpaid: dict[str, str]
    foreign_bytes: tuple[bytes, bytes]
    """What is replaced by what after signing."""


WAYS = [
    Way(
        "epay_v2",
        epay_notice,
        b"SUCCESS",
        OTHER_KEY,
        "money",
        "out_trade_no",
        {"trade_status": "WAIT_BUYER_PAY"},
        (b"money=25.00", b"money=0.01"),
    ),
    Way(
        "epusdt",
        epusdt_notice,
        b"ok",
        "guess",
        "amount",
        "order_id",
        {"status": JsonNumber("1")},
        (b'"amount":25', b'"amount":0.01'),
    ),
    Way(
        "tokenpay",
        tokenpay_notice,
        b"ok",
        "guess",
        "ActualAmount",
        "OutOrderId",
        {"Status": JsonNumber("0")},
        (b'"25.00"', b'"0.01"'),
    ),
]
every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.code)


async def post(desk: MemoryDesk, way: Way, body: bytes) -> httpx2.Response:
    async with desk.client() as client:
        return await client.post(f"/notices/{way.code}/{SHOP}", content=body)


@every_way
async def test_a_true_notice_pays_with_exactly_the_success_word_and_the_order_is_delivered(desk: MemoryDesk, way: Way) -> None:
    place(desk.bench)
    answer = await post(desk, way, way.notice(desk.now()))
    assert (answer.status_code, answer.content) == (200, way.word)
    assert answer.headers["content-type"].startswith("text/plain")
    assert the_order(desk.bench).state is OrderState.PAID
    desk.bench.tell(allocated())
    assert desk.bench.said_names() == ["OrderPlaced", "PaymentConfirmed", "CardDelivered"]
    told = dict(desk.bench.said)["PaymentConfirmed"]
    assert (told["provider"], told["provider_trade_number"], told["amount"]) == (way.code, "T1", {"amount_minor": 2_500, "currency": "CNY"})


@every_way
async def test_every_repeat_gets_the_success_word_and_has_no_effect(desk: MemoryDesk, way: Way) -> None:
    place(desk.bench)
    answers = [await post(desk, way, way.notice(desk.now())) for _ in range(2)]
    desk.bench.advance(seconds=3_600)
    answers.append(await post(desk, way, way.notice(desk.now())))  # version 2 signs each repeat anew
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, way.word)}
    assert desk.bench.said_names().count("PaymentConfirmed") == 1


@every_way
async def test_forged_changed_mismatched_and_unknown_notices_are_refused_and_recorded(desk: MemoryDesk, way: Way) -> None:
    place(desk.bench)
    true = way.notice(desk.now())
    changed = true.replace(*way.foreign_bytes)
    assert changed != true
    refused = [
        (way.notice(desk.now(), key=way.wrong_key), "forged_notice"),
        (changed, "forged_notice"),
        (way.notice(desk.now(), **{way.amount: "24.99"}), "wrong_amount"),
        (way.notice(desk.now(), **{way.order: "NOBODY"}), "unknown_order"),
    ]
    for body, reason in refused:
        answer = await post(desk, way, body)
        assert (answer.status_code, answer.content, answer.headers["redress-reason"]) == (400, b"fail", reason)
        name, rejected = desk.bench.said[-1]
        assert (name, rejected["reason"]) == ("PaymentRejected", reason)
    assert the_order(desk.bench).state is OrderState.PLACED
    assert (await post(desk, way, true)).content == way.word


@every_way
async def test_a_truncated_notice_and_one_by_another_method_are_clear_problems(desk: MemoryDesk, way: Way) -> None:
    place(desk.bench)
    cut = await post(desk, way, way.notice(desk.now())[:25])
    async with desk.client() as client:
        empty = await client.get(f"/notices/{way.code}/{SHOP}")
    assert [(answer.status_code, answer.json()["code"]) for answer in (cut, empty)] == [(400, "malformed-notice")] * 2
    assert the_order(desk.bench).state is OrderState.PLACED


@every_way
async def test_a_notice_of_something_else_than_a_payment_succeeds_without_effect(desk: MemoryDesk, way: Way) -> None:
    place(desk.bench)
    assert (await post(desk, way, way.notice(desk.now(), **way.unpaid))).content == way.word
    assert the_order(desk.bench).state is OrderState.PLACED


async def test_a_version_2_notice_for_another_merchant_or_out_of_its_time_is_refused(desk: MemoryDesk) -> None:
    place(desk.bench)
    way, now = WAYS[0], desk.now()
    refused = [
        (epay_notice(now, pid="1002"), "wrong_seller"),
        (epay_notice(now - timedelta(seconds=301)), "stale_notice"),
        (epay_notice(now + timedelta(seconds=301)), "stale_notice"),
    ]
    for body, reason in refused:
        assert (await post(desk, way, body)).headers["redress-reason"] == reason
    assert the_order(desk.bench).state is OrderState.PLACED


@pytest.mark.parametrize("code", ["epay", "epay_v2"])
async def test_a_notice_by_a_method_that_the_gateway_does_not_use_is_none_of_its(code: str) -> None:
    given = gateways()
    assert given.epay_v2 is not None
    only_get = msgspec.structs.replace(given.epay_v2, ways=EpayV2Variant(notice_methods=("GET",)))
    version_1 = EpaySettings(pid=PID, key=Secret("k"), gateway_url="https://e", ways=EpayVariant(notice_methods=("GET",)))
    desk = MemoryDesk(order_service, OrderSettings(shops={SHOP: ShopSettings(epay=version_1, epay_v2=only_get)}))
    async with desk.client() as client:
        answer = await client.post(f"/notices/{code}/{SHOP}", content=epay_notice(desk.now()))
    assert (answer.status_code, answer.json()["field"]) == (400, "method")


@pytest.mark.parametrize("provider", ["epay", "epay_v2"])
def test_a_gateway_without_a_query_cannot_be_asked(provider: str) -> None:
    given = gateways()
    assert given.epay_v2 is not None
    mute: dict[str, Any] = {
        "epay": EpaySettings(pid=PID, key=Secret("k"), gateway_url="https://e", ways=EpayVariant(query_path="")),
        "epay_v2": msgspec.structs.replace(given.epay_v2, ways=EpayV2Variant(query_path="")),
    }
    assert not CHANNELS[provider].is_askable(mute[provider])


async def test_a_version_2_notice_comes_by_query_too(desk: MemoryDesk) -> None:
    place(desk.bench)
    async with desk.client() as client:
        answer = await client.get(f"/notices/epay_v2/{SHOP}?{epay_notice(desk.now()).decode()}")
    assert answer.content == b"SUCCESS"
    assert the_order(desk.bench).state is OrderState.PAID


@pytest.mark.parametrize("changed", [{"PayAmount": "3.4816"}, {"BaseCurrency": "USD"}])
async def test_too_few_coins_or_another_currency_do_not_pay_an_order(desk: MemoryDesk, changed: dict[str, str]) -> None:
    place(desk.bench)
    answer = await post(desk, WAYS[2], tokenpay_notice(desk.now(), **changed))
    assert answer.headers["redress-reason"] == "wrong_amount"
    assert the_order(desk.bench).state is OrderState.PLACED


@pytest.mark.parametrize("changed", [{"amount": JsonNumber("25.001")}, {"actual_amount": "x"}])
async def test_a_malformed_coin_notice_that_names_its_order_is_recorded(desk: MemoryDesk, changed: dict[str, str]) -> None:
    place(desk.bench)
    answer = await post(desk, WAYS[1], epusdt_notice(desk.now(), **changed))
    assert (answer.status_code, answer.json()["field"]) == (400, next(iter(changed)))
    assert desk.bench.said_names() == ["OrderPlaced", "PaymentRejected"]


async def asked(provider: str, answer: HttpReply, questions: list[tuple[str, HttpRequest]]) -> Outcome:
    async def transport(base_url: str, request: HttpRequest) -> HttpReply:
        questions.append((base_url, request))
        return answer

    vault = Vault("order", b"m" * 32, DataKeysInMemory())
    tools = Tools(OrderSettings(shops={SHOP: gateways()}), transport, vault, Fingerprints({1: b"f" * 32}), lambda: START)
    intent = FindPayment(**_blank(FindPayment, shop_id=SHOP, order_number=NUMBER, provider=provider, is_said_paid=False))
    outcome = await AskWhetherPaid(tools).perform(intent)
    assert not isinstance(outcome, tuple)
    return outcome


def _blank(kind: type[msgspec.Struct], **given: Any) -> dict[str, Any]:
    required = [each.name for each in msgspec.structs.fields(kind) if each.required]
    return dict.fromkeys(required, "x") | given


async def test_a_version_2_gateway_is_asked_with_our_signature_and_believed_with_its_own() -> None:
    content = {"code": 0, "pid": int(PID), "out_trade_no": NUMBER, "trade_no": "T1", "money": "25.00", "status": 1}
    questions: list[tuple[str, HttpRequest]] = []
    outcome = await asked("epay_v2", HttpReply(200, body=v2.sign_answer(content, PLATFORM_KEY, now=START)), questions)
    assert isinstance(outcome, Confirmed)
    assert json.loads(bytes(outcome.reply)) == {"trade_number": "T1", "amount": {"amount_minor": 2_500, "currency": "CNY"}}
    [(base_url, request)] = questions
    assert (base_url, request.url_path) == ("https://epay.example", "/api/pay/query")
    forged = await asked("epay_v2", HttpReply(200, body=v2.sign_answer(content, OTHER_KEY, now=START)), questions)
    assert isinstance(forged, Unknown)


@pytest.mark.parametrize("provider", ["epusdt", "tokenpay"])
async def test_a_coin_gateway_cannot_be_asked_by_our_number(provider: str) -> None:
    questions: list[tuple[str, HttpRequest]] = []
    outcome = await asked(provider, HttpReply(200), questions)
    assert isinstance(outcome, Refused)
    assert (outcome.code, questions) == ("not_askable", [])


def test_what_a_clone_does_differently_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "redress.toml"
    file.write_text(
        '[services.order.shops.a.epay_v2]\npid = "1"\nplatform_public_key = "k"\ngateway_url = "https://x"\n'
        'ways = {success_word = "SUCCESS", notice_methods = ["GET"], create_path = ""}\n'
        '[services.order.shops.a.epusdt]\ntoken = "t"\ngateway_url = "https://y"\nways = {further_fields = [["network", "tron"]]}\n'
        '[services.order.shops.a.tokenpay]\nkey = "k"\ngateway_url = "https://z"\nways = {is_empty_kept = false, is_hmac = true}\n'
    )
    shop = load_settings({"order": OrderSettings}, {}, file).of("order", OrderSettings).shops["a"]
    assert shop.providers == ("epay_v2", "epusdt", "tokenpay")
    assert shop.epay_v2 is not None
    assert shop.epay_v2.ways == EpayV2Variant(success_word="SUCCESS", notice_methods=("GET",), create_path="")
    assert shop.epay_v2.ways.query_path == "/api/pay/query"
    assert shop.epusdt is not None
    assert shop.epusdt.ways.further_fields == (("network", "tron"),)
    assert shop.tokenpay is not None
    assert (shop.tokenpay.ways.is_empty_kept, shop.tokenpay.ways.is_hmac) == (False, True)
    for secret in ('"k"', '"t"'):
        assert secret not in repr(shop.epusdt) + repr(shop.tokenpay)
