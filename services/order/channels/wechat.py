"""WeChat Pay 微信支付, API v3: posted JSON, signed in its headers and encrypted, which proves it.

Payments are created as Native, and asked about by our own number. A notice must be answered within 5 seconds: 204 is success,
anything else has it repeated, signed anew.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from functools import lru_cache

import msgspec
from msgspec import Struct

from chassis.secret import Secret
from contracts.values import decimal_text, money_from_decimal_text
from protocols import wechat
from protocols.checkout import Checkout, CheckoutRefused
from protocols.errors import UnusableKey
from protocols.http import HttpReply
from protocols.payment import PaymentStanding
from services.order.channels.port import Channel, Claim, Fact, NewPayment, NoticeAnswer, Question, RawNotice

SIGNED_HEADERS = ("wechatpay-timestamp", "wechatpay-nonce", "wechatpay-serial", "wechatpay-signature")


class WechatSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Our merchant account at WeChat Pay.

    `platform_keys`: WeChat's public key by its id (`PUB_KEY_ID_…`), or its platform certificates by their serial numbers, as PEM; more
    than one while one replaces another. `api_v3_key`: the 32 characters that open a notice. Taking payments needs these only; requests are
    signed with our own key, which is named by the serial number of our API certificate.
    """

    mchid: str
    app_id: str
    api_v3_key: Secret
    platform_keys: dict[str, str]
    merchant_serial_number: str | None = None
    merchant_private_key: Secret | None = None
    gateway_url: str = "https://api.mch.weixin.qq.com"


class WechatChannel(Channel[WechatSettings]):
    """Payments by WeChat Pay."""

    code = "wechat"
    is_closing = True

    def read(self, raw: RawNotice, account: WechatSettings) -> Fact:
        notice = wechat.parse_notice(
            raw.headers,
            raw.body,
            _platform_keys(account),
            api_v3_key=account.api_v3_key.reveal(),
            mchid=account.mchid,
            app_id=account.app_id,
            now=raw.received_at,
        )
        return Fact(
            order_number=notice.order_number,
            trade_number=notice.trade_number,
            amount=money_from_decimal_text(notice.total, self.currency),
            status=notice.status,
            paid_at=notice.paid_at,
            is_payment=notice.is_paid,
            needs_confirmation=False,
            particulars=(notice.refund_number or "",),
        )

    def claim(self, raw: RawNotice, account: WechatSettings) -> Claim:
        order_number, trade_number = wechat.reveal_numbers(raw.body, account.api_v3_key.reveal())
        signed = "\n".join(raw.headers.get(name, "") for name in SIGNED_HEADERS)
        return Claim(order_number, trade_number, signed.encode() + b"\n" + raw.body)

    def success(self, account: WechatSettings) -> NoticeAnswer:
        return NoticeAnswer(204, b"", None)

    def is_success(self, account: WechatSettings, status: int, body: bytes) -> bool:
        """200 or 204 without a body; older shops add the word of version 2, as JSON."""
        if not body:
            return True
        try:
            said = msgspec.json.decode(body)
        except msgspec.DecodeError:
            return False
        return isinstance(said, dict) and said.get("code") == "SUCCESS"

    def failure(self, reason: str) -> NoticeAnswer:
        return NoticeAnswer(400, msgspec.json.encode({"code": "FAIL", "message": reason}), "application/json")

    def is_askable(self, account: WechatSettings) -> bool:
        return account.merchant_private_key is not None and account.merchant_serial_number is not None

    def question(self, account: WechatSettings, order_number: str, now: datetime) -> Question:
        request = wechat.build_query(order_number, key=_merchant_key(account), now=now, nonce=secrets.token_hex(16))
        return Question(account.gateway_url, request)

    def standing(self, account: WechatSettings, order_number: str, reply: HttpReply, now: datetime) -> PaymentStanding:
        return wechat.parse_query_reply(
            reply, _platform_keys(account), order_number=order_number, mchid=account.mchid, app_id=account.app_id, now=now
        )

    def is_creatable(self, account: WechatSettings) -> bool:
        return self.is_askable(account)

    def takes_number(self, order_number: str) -> bool:
        return wechat.is_order_number(order_number)

    def creation(self, account: WechatSettings, payment: NewPayment, now: datetime) -> Question:
        native = wechat.WechatPayment(
            order_number=payment.order_number,
            total=decimal_text(payment.amount),
            name=payment.order_number,
            notify_url=payment.notify_url,
            expires_at=payment.expires_at,
        )
        if payment.amount.currency != self.currency:
            raise ValueError("currency")
        key, nonce = _merchant_key(account), secrets.token_hex(16)
        return Question(account.gateway_url, wechat.build_native(native, app_id=account.app_id, key=key, now=now, nonce=nonce))

    def created(self, account: WechatSettings, payment: NewPayment, reply: HttpReply, now: datetime) -> Checkout | CheckoutRefused:
        return wechat.parse_create_reply(reply, _platform_keys(account), order_number=payment.order_number, now=now)

    def closing(self, account: WechatSettings, order_number: str, now: datetime) -> Question:
        key, nonce = _merchant_key(account), secrets.token_hex(16)
        return Question(account.gateway_url, wechat.build_close(order_number, key=key, now=now, nonce=nonce))

    def closed(self, account: WechatSettings, order_number: str, reply: HttpReply, now: datetime) -> CheckoutRefused | None:
        return wechat.parse_close_reply(reply, _platform_keys(account), order_number=order_number, now=now)


def _platform_keys(account: WechatSettings) -> wechat.PlatformKeys:
    if not account.platform_keys:
        raise UnusableKey("platform keys")
    return _loaded(tuple(account.platform_keys.items()))


@lru_cache(maxsize=256)
def _loaded(texts: tuple[tuple[str, str], ...]) -> wechat.PlatformKeys:
    return wechat.load_platform_keys(dict(texts))


def _merchant_key(account: WechatSettings) -> wechat.MerchantKey:
    assert account.merchant_private_key is not None, "not askable"
    assert account.merchant_serial_number is not None, "not askable"
    return wechat.MerchantKey(account.mchid, account.merchant_serial_number, wechat.load_private_key(account.merchant_private_key.reveal()))
