"""The shop's side of its accounts at the payment channels: what would stand in its settings."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization as keys

from chassis.secret import Secret
from redress.simulation import parties
from services.order.channels.alipay import AlipaySettings
from services.order.channels.epay import EpaySettings
from services.order.channels.epay_v2 import EpayV2Settings
from services.order.channels.epusdt import EpusdtSettings
from services.order.channels.tokenpay import TokenPaySettings
from services.order.channels.wechat import WechatSettings


@cache
def account_at(provider: str) -> Any:
    """The settings of one channel, as `ShopSettings` wants them under its name."""
    gateway_url = parties.base_url_of(provider)
    match provider:
        case "alipay":
            return AlipaySettings(
                app_id=parties.APP_ID,
                seller_id=parties.SELLER_ID,
                alipay_public_key=_public_text("alipay"),
                app_private_key=Secret(_private_text("app")),
                gateway_url=gateway_url,
            )
        case "wechat":
            return WechatSettings(
                mchid=parties.MCHID,
                app_id=parties.WECHAT_APP_ID,
                api_v3_key=Secret(parties.API_V3_KEY),
                platform_keys={parties.WECHAT_SERIAL: _public_pem("alipay")},
                merchant_serial_number=parties.MERCHANT_SERIAL,
                merchant_private_key=Secret(_private_text("app")),
                gateway_url=gateway_url,
            )
        case "epay":
            return EpaySettings(pid=parties.PID, key=Secret(parties.EPAY_KEY), gateway_url=gateway_url)
        case "epay_v2":
            return EpayV2Settings(
                pid=parties.PID,
                platform_public_key=_public_text("alipay"),
                merchant_private_key=Secret(_private_text("app")),
                gateway_url=gateway_url,
            )
        case "tokenpay":
            return TokenPaySettings(key=Secret(parties.COIN_KEY), gateway_url=gateway_url)
        case "epusdt":
            return EpusdtSettings(token=Secret(parties.COIN_KEY), gateway_url=gateway_url)
        case _:
            raise AssertionError(provider)


@cache
def _public_text(owner: str) -> str:
    key = parties.key_pair(owner).public_key()
    return b64encode(key.public_bytes(keys.Encoding.DER, keys.PublicFormat.SubjectPublicKeyInfo)).decode()


@cache
def _public_pem(owner: str) -> str:
    return parties.key_pair(owner).public_key().public_bytes(keys.Encoding.PEM, keys.PublicFormat.SubjectPublicKeyInfo).decode()


@cache
def _private_text(owner: str) -> str:
    key = parties.key_pair(owner)
    return b64encode(key.private_bytes(keys.Encoding.DER, keys.PrivateFormat.PKCS8, keys.NoEncryption())).decode()
