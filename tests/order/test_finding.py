"""Asking any provider about an order: Alipay by its signed query, an epay gateway by its own; and who cannot be asked."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import msgspec
import pytest

from chassis.activity import Confirmed, Outcome, Refused, Tools, Unknown
from chassis.fingerprint import Fingerprints
from chassis.vault import DataKeysInMemory, Vault
from protocols import alipay
from protocols.http import AnswerLost, HttpReply, HttpRequest, TransportFault
from services.order.search import activities
from services.order.search.activities import AskWhetherPaid
from services.order.search.intents import FindPayment
from services.order.settings import OrderSettings, ShopSettings
from tests.harness import START
from tests.order.builders import NUMBER, SHOP, card_id
from tests.order.conftest import ALIPAY_KEY, OTHER_KEY, PID, shop_settings

TRADE = {
    "code": "10000",
    "msg": "Success",
    "out_trade_no": NUMBER,
    "trade_no": "A1",
    "trade_status": "TRADE_SUCCESS",
    "total_amount": "25.00",
}
ABSENT = {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.TRADE_NOT_EXIST"}
EPAY = {"code": 1, "trade_no": "E1", "out_trade_no": NUMBER, "pid": PID, "money": "25.00", "status": 1}


class Gateway:
    def __init__(self, answer: bytes | TransportFault) -> None:
        self.answer = answer
        self.asked: list[tuple[str, HttpRequest]] = []

    async def __call__(self, base_url: str, request: HttpRequest) -> HttpReply:
        self.asked.append((base_url, request))
        if isinstance(self.answer, TransportFault):
            raise self.answer
        return HttpReply(200, body=self.answer)


async def outcome_of(provider: str, gateway: Gateway, shop: ShopSettings | None = None, *, is_said_paid: bool = False) -> Outcome:
    settings = OrderSettings(shops={SHOP: shop or shop_settings()})
    vault = Vault("order", b"m" * 32, DataKeysInMemory())
    activity = AskWhetherPaid(Tools(settings, gateway, vault, Fingerprints({1: b"f" * 32}), lambda: START))
    intent = FindPayment(
        key="k",
        target=f"{provider}/shop",
        shop_id=SHOP,
        order_id=UUID(card_id(1)),
        order_number=NUMBER,
        provider=provider,
        is_said_paid=is_said_paid,
    )
    performed, asked = await activity.perform(intent), await activity.ask(intent)
    assert performed == asked
    assert not isinstance(performed, tuple)
    return performed


def signed(node: dict[str, Any], key: Any = ALIPAY_KEY) -> Gateway:
    return Gateway(alipay.sign_reply(node, key, name=alipay.QUERY_NODE))


@pytest.mark.parametrize(
    ("provider", "gateway", "trade"),
    [("alipay", signed(TRADE), "A1"), ("epay", Gateway(json.dumps(EPAY).encode()), "E1")],
    ids=["alipay", "epay"],
)
async def test_a_paid_order_is_confirmed_with_trade_number_and_amount(provider: str, gateway: Gateway, trade: str) -> None:
    outcome = await outcome_of(provider, gateway)
    assert isinstance(outcome, Confirmed)
    assert msgspec.json.decode(outcome.reply) == {"trade_number": trade, "amount": {"amount_minor": 2_500, "currency": "CNY"}}


@pytest.mark.parametrize(
    ("node", "word"),
    [(ABSENT, "absent"), (TRADE | {"trade_status": "WAIT_BUYER_PAY"}, "unpaid"), (TRADE | {"trade_status": "TRADE_CLOSED"}, "closed")],
)
async def test_alipays_no_is_a_refusal_by_its_word(node: dict[str, Any], word: str) -> None:
    assert await outcome_of("alipay", signed(node)) == Refused(word)


@pytest.mark.parametrize(
    "gateway",
    [signed(TRADE, OTHER_KEY), signed(TRADE | {"out_trade_no": "K9"}), Gateway(AnswerLost()), Gateway(b"<html>")],
    ids=["forged", "another order", "lost", "nonsense"],
)
async def test_what_alipay_did_not_say_is_unknown(gateway: Gateway) -> None:
    assert isinstance(await outcome_of("alipay", gateway), Unknown)


async def test_who_cannot_be_asked_says_so_and_nothing_is_sent() -> None:
    gateway, full = signed(TRADE), shop_settings()
    assert full.alipay is not None
    keyless = msgspec.structs.replace(full.alipay, app_private_key=None)
    assert await outcome_of("alipay", gateway, ShopSettings(alipay=keyless)) == Refused("not_askable")
    assert await outcome_of("epay", gateway, ShopSettings(alipay=keyless)) == Refused("not_configured")
    assert await outcome_of("alipay", gateway, ShopSettings()) == Refused("not_configured")
    assert await outcome_of("paypal", gateway) == Refused("not_configured")
    assert gateway.asked == []


async def test_a_denial_of_what_we_had_confirmed_is_an_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, dict[str, object]]] = []
    monkeypatch.setattr(activities, "log", Told(told))
    await outcome_of("alipay", signed(ABSENT))
    await outcome_of("alipay", signed(TRADE), is_said_paid=True)
    await outcome_of("epay", signed(ABSENT), ShopSettings(), is_said_paid=True)
    assert told == []
    await outcome_of("alipay", signed(ABSENT), is_said_paid=True)
    assert [(level, fields["order_number"], fields["answer"]) for level, fields in told] == [("critical", NUMBER, "absent")] * 2


class Told:
    """A log that keeps what it is told."""

    def __init__(self, told: list[tuple[str, dict[str, object]]]) -> None:
        self.told = told

    def critical(self, event: str, **fields: object) -> None:
        self.told.append(("critical", fields))
