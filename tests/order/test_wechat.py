"""WeChat Pay as a channel of the order service: its notices over HTTP, its exact answers, and asking it about an order."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import msgspec
import pytest

from chassis.activity import Confirmed, Outcome, Refused, Tools, Unknown
from chassis.fingerprint import Fingerprints
from chassis.settings import load_settings
from chassis.vault import DataKeysInMemory, Vault
from protocols.http import AnswerLost, HttpReply, HttpRequest, TransportFault
from services.order.domain.order_state import OrderState
from services.order.search.activities import AskWhetherPaid
from services.order.search.intents import FindPayment
from services.order.service import order as order_service
from services.order.settings import OrderSettings, ShopSettings
from tests.desk import MemoryDesk
from tests.harness import START
from tests.order.builders import NUMBER, SHOP, card_id, place, product_listed, the_order
from tests.order.wechat import FOREIGN_KEY, transaction, wechat_notice, wechat_reply, wechat_settings

PATH = f"/notices/wechat/{SHOP}"
OTHER_API_KEY = "another merchants api v3 key 32b"


@pytest.fixture
def desk() -> MemoryDesk:
    return a_desk(ShopSettings(wechat=wechat_settings()))


def a_desk(shop: ShopSettings) -> MemoryDesk:
    desk = MemoryDesk(order_service, OrderSettings(shops={SHOP: shop}))
    desk.bench.tell(product_listed())
    return desk


async def post(desk: MemoryDesk, notice: tuple[dict[str, str], bytes]) -> httpx2.Response:
    async with desk.client() as client:
        return await client.post(PATH, headers=notice[0], content=notice[1])


async def test_a_true_notice_pays_at_once_and_is_answered_without_a_body(desk: MemoryDesk) -> None:
    place(desk.bench)
    answer = await post(desk, wechat_notice(now=desk.now()))
    assert (answer.status_code, answer.content, "content-type" in answer.headers) == (204, b"", False)
    assert the_order(desk.bench).state is OrderState.PAID
    assert desk.bench.intents() == []
    (_, said) = desk.bench.said[-1]
    assert (said["provider"], said["provider_trade_number"], said["amount"]) == (
        "wechat",
        "4200001",
        {"amount_minor": 2_500, "currency": "CNY"},
    )


async def test_every_repeat_signed_anew_succeeds_and_has_no_effect(desk: MemoryDesk) -> None:
    place(desk.bench)
    for number in range(4):
        assert (await post(desk, wechat_notice(now=desk.now(), nonce=f"{number:012d}"))).status_code == 204
        desk.bench.advance(seconds=1)
    assert desk.bench.said_names() == ["OrderPlaced", "PaymentConfirmed"]


async def test_a_notice_that_is_sent_again_by_somebody_else_later_is_stale(desk: MemoryDesk) -> None:
    place(desk.bench)
    recorded = wechat_notice(now=desk.now())
    desk.bench.advance(seconds=301)
    answer = await post(desk, recorded)
    assert (answer.status_code, answer.headers["redress-reason"]) == (400, "stale_notice")
    assert the_order(desk.bench).state is OrderState.PLACED


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"key": FOREIGN_KEY}, "forged_notice"),
        ({"content": transaction(mchid="1900000002")}, "wrong_seller"),
        ({"content": transaction(appid="wx9999999999999999")}, "wrong_app"),
        ({"content": transaction(amount={"total": 2_499, "currency": "CNY"})}, "wrong_amount"),
        ({"content": transaction(amount={"total": 25, "currency": "CNY"})}, "wrong_amount"),
        ({"content": transaction(out_trade_no="NOBODY")}, "unknown_order"),
        ({"serial": "7132D72A03E93CDDF8C03BBD1F37EEDF2D0ABBA3"}, "unknown_signer"),
    ],
)
async def test_a_forged_or_mismatched_notice_fails_in_wechats_words_and_is_recorded(
    desk: MemoryDesk, changed: dict[str, Any], reason: str
) -> None:
    place(desk.bench)
    notice = wechat_notice(now=desk.now(), **changed)
    for _ in range(2):
        answer = await post(desk, notice)
        assert (answer.status_code, answer.json()) == (400, {"code": "FAIL", "message": reason})
        assert (answer.headers["content-type"], answer.headers["redress-reason"]) == ("application/json", reason)
    name, rejected = desk.bench.said[-1]
    assert (name, rejected["reason"]) == ("PaymentRejected", reason)
    assert desk.bench.said_names() == ["OrderPlaced", "PaymentRejected"]
    assert the_order(desk.bench).state is OrderState.PLACED


async def test_a_notice_that_we_cannot_open_fails_and_names_no_order(desk: MemoryDesk) -> None:
    place(desk.bench)
    answer = await post(desk, wechat_notice(now=desk.now(), api_v3_key=OTHER_API_KEY))
    assert (answer.status_code, answer.json()) == (400, {"code": "FAIL", "message": "undecipherable_notice"})
    assert desk.bench.said_names() == ["OrderPlaced"]


async def test_a_forgery_of_the_same_content_does_not_stand_in_the_way_of_the_genuine_notice(desk: MemoryDesk) -> None:
    place(desk.bench)
    assert (await post(desk, wechat_notice(now=desk.now(), key=FOREIGN_KEY))).status_code == 400
    assert (await post(desk, wechat_notice(now=desk.now()))).status_code == 204
    assert the_order(desk.bench).state is OrderState.PAID


async def test_a_refund_is_no_payment(desk: MemoryDesk) -> None:
    place(desk.bench)
    refund = transaction(out_refund_no="R1", refund_status="SUCCESS")
    answer = await post(desk, wechat_notice(refund, now=desk.now(), event="REFUND.SUCCESS", original_type="refund"))
    assert answer.status_code == 204
    assert the_order(desk.bench).state is OrderState.PLACED


@pytest.mark.parametrize(
    ("headers", "body", "field"),
    [({}, b"{}", "Wechatpay-Timestamp"), ({"Wechatpay-Timestamp": "1", "Wechatpay-Nonce": "n"}, b"{}", "Wechatpay-Serial")],
)
async def test_what_is_no_notice_of_wechat_is_a_clear_problem(desk: MemoryDesk, headers: dict[str, str], body: bytes, field: str) -> None:
    answer = await post(desk, (headers, body))
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "malformed-notice", field)


@pytest.mark.parametrize("broken", [{"platform_keys": {}}, {"platform_keys": {"00": "nonsense"}}])
async def test_keys_of_ours_that_cannot_be_used_let_wechat_come_again(broken: dict[str, Any]) -> None:
    desk = a_desk(ShopSettings(wechat=wechat_settings(**broken)))
    assert (await post(desk, wechat_notice(now=desk.now()))).status_code == 503


# asking


class Gateway:
    def __init__(self, answer: HttpReply | TransportFault) -> None:
        self.answer = answer
        self.asked: list[tuple[str, HttpRequest]] = []

    async def __call__(self, base_url: str, request: HttpRequest) -> HttpReply:
        self.asked.append((base_url, request))
        if isinstance(self.answer, TransportFault):
            raise self.answer
        return self.answer


async def outcome_of(gateway: Gateway, **changed: Any) -> Outcome:
    settings = OrderSettings(shops={SHOP: ShopSettings(wechat=wechat_settings(**changed))})
    tools = Tools(settings, gateway, Vault("order", b"m" * 32, DataKeysInMemory()), Fingerprints({1: b"f" * 32}), lambda: START)
    intent = FindPayment(
        key="k",
        target=f"wechat/{SHOP}",
        shop_id=SHOP,
        order_id=UUID(card_id(1)),
        order_number=NUMBER,
        provider="wechat",
        is_said_paid=False,
    )
    return await AskWhetherPaid(tools).perform(intent)


async def test_a_paid_order_is_confirmed_and_the_question_is_signed_by_us() -> None:
    gateway = Gateway(wechat_reply(transaction()))
    outcome = await outcome_of(gateway)
    assert isinstance(outcome, Confirmed)
    assert msgspec.json.decode(outcome.reply) == {"trade_number": "4200001", "amount": {"amount_minor": 2_500, "currency": "CNY"}}
    [(base_url, request)] = gateway.asked
    assert (base_url, request.target) == ("https://wechat.example", f"/v3/pay/transactions/out-trade-no/{NUMBER}?mchid=1900000001")
    assert (request.header("authorization") or "").startswith('WECHATPAY2-SHA256-RSA2048 mchid="1900000001"')


@pytest.mark.parametrize(
    ("reply", "word"),
    [
        (wechat_reply(transaction(trade_state="NOTPAY")), "unpaid"),
        (wechat_reply(transaction(trade_state="CLOSED")), "closed"),
        (wechat_reply({"code": "ORDER_NOT_EXIST", "message": "x"}, status=404), "absent"),
    ],
)
async def test_wechats_no_is_a_refusal_by_its_word(reply: HttpReply, word: str) -> None:
    assert await outcome_of(Gateway(reply)) == Refused(word)


@pytest.mark.parametrize(
    "answer",
    [
        wechat_reply(transaction(), key=FOREIGN_KEY),
        wechat_reply(transaction(out_trade_no="K9")),
        wechat_reply(transaction(), now=START - timedelta(minutes=6)),
        HttpReply(404, body=json.dumps({"code": "ORDER_NOT_EXIST"}).encode()),
        HttpReply(502, body=b"<html>"),
        AnswerLost(),
    ],
    ids=["forged", "another order", "old", "unsigned absence", "nonsense", "lost"],
)
async def test_what_wechat_did_not_say_is_unknown(answer: HttpReply | TransportFault) -> None:
    assert isinstance(await outcome_of(Gateway(answer)), Unknown)


@pytest.mark.parametrize("lacking", [{"merchant_private_key": None}, {"merchant_serial_number": None}])
async def test_without_a_key_of_our_own_it_cannot_be_asked_and_still_tells(lacking: dict[str, Any]) -> None:
    gateway = Gateway(AnswerLost())
    assert await outcome_of(gateway, **lacking) == Refused("not_askable")
    assert gateway.asked == []
    desk = a_desk(ShopSettings(wechat=wechat_settings(**lacking)))
    place(desk.bench)
    assert (await post(desk, wechat_notice(now=desk.now()))).status_code == 204


def test_settings_are_read_from_a_file(tmp_path: Any) -> None:
    file = tmp_path / "redress.toml"
    file.write_text(
        '[services.order.shops.shop-1.wechat]\nmchid = "1"\napp_id = "wx1"\napi_v3_key = "k"\n'
        'platform_keys = { PUB_KEY_ID_1 = "-----BEGIN PUBLIC KEY-----" }\n'
    )
    shop = load_settings({"order": OrderSettings}, {}, file).of("order", OrderSettings).shops["shop-1"]
    assert shop.wechat is not None
    assert (shop.providers, list(shop.wechat.platform_keys)) == (("wechat",), ["PUB_KEY_ID_1"])
    assert "'k'" not in repr(shop.wechat)
