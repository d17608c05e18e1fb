"""WeChat's side of a shop's account, with the test-only keys: notices as it sends them, answers as it gives them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from chassis.secret import Secret
from protocols import wechat
from protocols.http import HttpReply
from services.order.channels.wechat import WechatSettings
from tests.harness import START
from tests.order.builders import NUMBER
from tests.order.conftest import KEYS

MCHID, WECHAT_APP_ID, API_V3_KEY = "1900000001", "wx8888888888888888", "test-only api v3 key of 32 bytes"
SERIAL = "PUB_KEY_ID_0119000000012026112100000000000001"
WECHAT_KEY = wechat.load_private_key((KEYS / "wechat-private.pem").read_text())
FOREIGN_KEY = wechat.load_private_key((KEYS / "other-private.pem").read_text())


def wechat_settings(**changed: Any) -> WechatSettings:
    return WechatSettings(
        **{
            "mchid": MCHID,
            "app_id": WECHAT_APP_ID,
            "api_v3_key": Secret(API_V3_KEY),
            "platform_keys": {SERIAL: (KEYS / "wechat-public.pem").read_text()},
            "merchant_serial_number": "4A1DDE55AD98ED71D6EDD4A4A16996DE7B477731",
            "merchant_private_key": Secret((KEYS / "app-private.pem").read_text()),
            "gateway_url": "https://wechat.example",
            **changed,
        }
    )


def transaction(**changed: Any) -> dict[str, Any]:
    """The order `NUMBER`, paid with 25 yuan."""
    return {
        "mchid": MCHID,
        "appid": WECHAT_APP_ID,
        "out_trade_no": NUMBER,
        "transaction_id": "4200001",
        "trade_state": "SUCCESS",
        "success_time": "2026-01-01T08:00:00+08:00",
        "amount": {"total": 2_500, "payer_total": 2_500, "currency": "CNY"},
        **changed,
    }


def wechat_notice(
    content: dict[str, Any] | None = None, *, key: Any = WECHAT_KEY, api_v3_key: str = API_V3_KEY, now: datetime = START, **changed: Any
) -> tuple[dict[str, str], bytes]:
    """Headers and body of a notice; `changed`: event, original_type, serial, notice_id, nonce."""
    given = {"serial": SERIAL, "notice_id": "n-1", "nonce": "0123456789ab", **changed}
    headers, body = wechat.sign_notice(content or transaction(), key, api_v3_key=api_v3_key, now=now, **given)
    return dict(headers), body


def wechat_reply(content: dict[str, Any], *, status: int = 200, key: Any = WECHAT_KEY, now: datetime = START) -> HttpReply:
    """A signed answer."""
    body = json.dumps(content).encode()
    return HttpReply(status, wechat.sign_message(body, key, serial=SERIAL, now=now, nonce="n"), body)
