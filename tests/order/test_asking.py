"""Asking the epay gateway: what each answer, and each silence, is taken for."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from chassis.activity import Confirmed, Outcome, Refused, Tools, Unknown
from chassis.fingerprint import Fingerprints
from chassis.settings import load_settings
from chassis.vault import DataKeysInMemory, Vault
from protocols.http import AnswerLost, HttpReply, HttpRequest, NotSent, TransportFault
from services.order.notices.activities import AskProvider
from services.order.notices.intents import ConfirmPayment
from services.order.settings import OrderSettings, limits_advice
from tests.harness import START
from tests.order.builders import NUMBER, SHOP, card_id
from tests.order.conftest import PID, shop_settings

PAID = {"code": 1, "trade_no": "E1", "out_trade_no": NUMBER, "pid": PID, "money": "25.00", "status": 1}


class Gateway:
    """A gateway that gives one answer; `asked` holds the questions."""

    def __init__(self, answer: dict[str, Any] | bytes | TransportFault, status: int = 200) -> None:
        self.answer, self.status = answer, status
        self.asked: list[tuple[str, HttpRequest]] = []

    async def __call__(self, base_url: str, request: HttpRequest) -> HttpReply:
        self.asked.append((base_url, request))
        if isinstance(self.answer, TransportFault):
            raise self.answer
        body = self.answer if isinstance(self.answer, bytes) else json.dumps(self.answer).encode()
        return HttpReply(self.status, body=body)


async def outcome_of(gateway: Gateway, shop_id: str = SHOP) -> Outcome:
    vault = Vault("order", b"m" * 32, DataKeysInMemory())
    settings = OrderSettings(shops={SHOP: shop_settings()})
    activity = AskProvider(Tools(settings, gateway, vault, Fingerprints({1: b"f" * 32}), lambda: START))
    intent = ConfirmPayment(key="k", target="epay/shop", shop_id=shop_id, notice_id=UUID(card_id(1)), order_number=NUMBER, provider="epay")
    performed, asked = await activity.perform(intent), await activity.ask(intent)
    assert performed == asked
    assert not isinstance(performed, tuple)
    return performed


async def test_a_paid_order_is_confirmed_with_the_providers_own_number_and_amount() -> None:
    gateway = Gateway(PAID)
    outcome = await outcome_of(gateway)
    assert isinstance(outcome, Confirmed)
    assert json.loads(bytes(outcome.reply)) == {"trade_number": "E1", "amount": {"amount_minor": 2_500, "currency": "CNY"}}
    base_url, request = gateway.asked[0]
    assert (base_url, dict(request.query)["out_trade_no"]) == ("https://epay.example", NUMBER)


@pytest.mark.parametrize(("answer", "code"), [({**PAID, "status": 0}, "unpaid"), ({"code": -1, "msg": "订单号不存在"}, "absent")])
async def test_an_unpaid_or_unknown_order_is_refused(answer: dict[str, Any], code: str) -> None:
    assert await outcome_of(Gateway(answer)) == Refused(code)


@pytest.mark.parametrize(
    "gateway",
    [
        Gateway(AnswerLost()),
        Gateway(NotSent()),
        Gateway(b"<html>"),
        Gateway(PAID, status=502),
        Gateway({**PAID, "out_trade_no": "K9"}),
        Gateway({**PAID, "pid": "1002"}),
        Gateway({**PAID, "status": 7}),
        Gateway({"code": -3, "msg": "busy"}),
    ],
)
async def test_silence_and_nonsense_are_unknown(gateway: Gateway) -> None:
    assert isinstance(await outcome_of(gateway), Unknown)


async def test_a_shop_whose_account_is_gone_is_unknown() -> None:
    assert await outcome_of(Gateway(PAID), "nobody") == Unknown("not_configured")


def test_settings_are_read_from_a_file_and_each_shop_has_its_limits(tmp_path: Any) -> None:
    file = tmp_path / "redress.toml"
    file.write_text(
        "[services.order.shops.shop-1]\nlimits = {give_up_seconds = 600}\n"
        '[services.order.shops.shop-1.epay]\npid = "1"\nkey = "k"\ngateway_url = "https://x"\n'
    )
    settings = load_settings({"order": OrderSettings}, {}, file).of("order", OrderSettings)
    epay = settings.shops["shop-1"].epay
    assert epay is not None
    assert epay.success_word == "success"
    advice = limits_advice(settings)
    assert (advice["expiry_seconds"], advice["redelivery_seconds"]) == (900, 5)
    assert (advice["shop-1"]["give_up_seconds"], advice["shop-1"]["providers"]) == (600, ("epay",))
