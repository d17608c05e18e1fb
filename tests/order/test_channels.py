"""The registry of payment providers fits the settings, and identities of notices stay what stored streams were named by."""

from __future__ import annotations

import hashlib
from typing import Any, get_args, get_type_hints
from urllib.parse import urlencode

import pytest

from protocols import alipay, epay
from services.order.channels.port import Channel, RawNotice
from services.order.channels.registry import CHANNELS
from services.order.notices.commands import TakeNotice
from services.order.notices.reading import Unfit, UnknownProvider, read_notice
from services.order.settings import ShopSettings
from tests.harness import START
from tests.order.builders import NUMBER, SHOP
from tests.order.conftest import ALIPAY_KEY, APP_ID, EPAY_KEY, PID, SELLER_ID, shop_settings


def posted(form: dict[str, str]) -> RawNotice:
    return RawNotice("POST", b"", {}, urlencode(form).encode(), START)


def hashed(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


@pytest.mark.parametrize("code", CHANNELS)
def test_each_channel_has_its_place_in_a_shops_settings(code: str) -> None:
    channel: Channel[Any] = CHANNELS[code]
    [settings] = [base.__args__[0] for base in type(channel).__orig_bases__]  # type: ignore[attr-defined]
    assert get_args(get_type_hints(ShopSettings)[code]) == (settings, type(None))
    assert channel.code == code


def test_a_shop_takes_payments_by_the_providers_that_it_has_accounts_at() -> None:
    assert ShopSettings().providers == ()
    assert ShopSettings(epay=shop_settings().epay).providers == ("epay",)
    for name in ("alipay", "limits", "paypal"):
        with pytest.raises(UnknownProvider):
            read_notice(name, SHOP, ShopSettings(), posted({}))


def test_a_notice_is_identified_by_what_counts_in_it() -> None:
    form = {
        "notify_id": "n-1",
        "app_id": APP_ID,
        "seller_id": SELLER_ID,
        "out_trade_no": NUMBER,
        "trade_no": "A1",
        "trade_status": "TRADE_SUCCESS",
        "total_amount": "25.00",
        "gmt_payment": "2026-01-01 08:00:00",
    }
    by_alipay = read_notice("alipay", SHOP, shop_settings(), posted(alipay.sign_notice(form, ALIPAY_KEY)))
    form = {"pid": PID, "trade_no": "E1", "out_trade_no": NUMBER, "type": "wxpay", "money": "25", "trade_status": "TRADE_SUCCESS"}
    by_epay = read_notice("epay", SHOP, shop_settings(), posted(epay.sign_notice(form, EPAY_KEY)))
    assert isinstance(by_alipay, TakeNotice)
    assert isinstance(by_epay, TakeNotice)
    assert by_alipay.identity == hashed("verified", NUMBER, "A1", "TRADE_SUCCESS", "2500", "")
    assert by_epay.identity == hashed("verified", NUMBER, "E1", "TRADE_SUCCESS", "2500")


def test_a_refused_notice_is_identified_by_all_of_it() -> None:
    raw = posted({"out_trade_no": NUMBER, "trade_no": "not plain", "sign": "x", "pid": PID})
    refused = read_notice("epay", SHOP, shop_settings(), raw)
    assert isinstance(refused, Unfit)
    assert (refused.reason, refused.order_number, refused.trade_number) == ("forged_notice", NUMBER, None)
    assert refused.identity == hashed("refused", "forged_notice", hashlib.sha256(raw.body).hexdigest())
