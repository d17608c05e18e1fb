"""Alipay 支付宝: a posted form whose RSA2 signature proves it; payments are created by `alipay.trade.precreate` and asked about by
`alipay.trade.query`, both signed by our own application."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from chassis.secret import Secret
from contracts.values import decimal_text, money_from_decimal_text
from protocols import alipay
from protocols.checkout import Checkout, CheckoutRefused
from protocols.form import decode_form
from protocols.http import HttpReply
from protocols.payment import PaymentStanding
from services.order.channels.forms import FAILURE, body_of, claim_in_form, word
from services.order.channels.port import Channel, Claim, Fact, NewPayment, NoticeAnswer, Question, RawNotice


class AlipaySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Our application at Alipay. Keys are PEM or the bare base64 that Alipay's console shows.

    Taking payments needs Alipay's public key only; requests to the gateway are signed with our own.
    """

    app_id: str
    seller_id: str
    alipay_public_key: str
    app_private_key: Secret | None = None
    gateway_url: str = "https://openapi.alipay.com"
    success_word: str = alipay.SUCCESS_WORD


class AlipayChannel(Channel[AlipaySettings]):
    """Payments by Alipay."""

    code = "alipay"

    def read(self, raw: RawNotice, account: AlipaySettings) -> Fact:
        form = decode_form(raw.form)
        notice = alipay.parse_notice(
            form, alipay.load_public_key(account.alipay_public_key), app_id=account.app_id, seller_id=account.seller_id
        )
        return Fact(
            order_number=notice.order_number,
            trade_number=notice.trade_number,
            amount=money_from_decimal_text(notice.total, self.currency),
            status=notice.status.value,
            paid_at=notice.paid_at,
            is_payment=notice.is_paid and notice.refund_number is None,
            needs_confirmation=False,
            particulars=(notice.refund_number or "",),
        )

    def claim(self, raw: RawNotice, account: AlipaySettings) -> Claim:
        return claim_in_form(raw)

    def success(self, account: AlipaySettings) -> NoticeAnswer:
        return word(account.success_word)

    def failure(self, reason: str) -> NoticeAnswer:
        return FAILURE

    def is_askable(self, account: AlipaySettings) -> bool:
        return account.app_private_key is not None

    def question(self, account: AlipaySettings, order_number: str, now: datetime) -> Question:
        assert account.app_private_key is not None, "not askable"
        own_key = alipay.load_private_key(account.app_private_key.reveal())
        return Question(account.gateway_url, alipay.build_query(order_number, app_id=account.app_id, private_key=own_key, now=now))

    def standing(self, account: AlipaySettings, order_number: str, reply: HttpReply, now: datetime) -> PaymentStanding:
        return alipay.parse_query_reply(body_of(reply), alipay.load_public_key(account.alipay_public_key), order_number=order_number)

    def is_creatable(self, account: AlipaySettings) -> bool:
        return self.is_askable(account)

    def creation(self, account: AlipaySettings, payment: NewPayment, now: datetime) -> Question:
        assert account.app_private_key is not None, "not creatable"
        own_key = alipay.load_private_key(account.app_private_key.reveal())
        wanted = alipay.AlipayPayment(
            order_number=payment.order_number,
            total=decimal_text(payment.amount),
            name=payment.order_number,
            notify_url=payment.notify_url,
            expires_at=payment.expires_at,
        )
        return Question(account.gateway_url, alipay.build_create(wanted, app_id=account.app_id, private_key=own_key, now=now))

    def created(self, account: AlipaySettings, payment: NewPayment, reply: HttpReply, now: datetime) -> Checkout | CheckoutRefused:
        key = alipay.load_public_key(account.alipay_public_key)
        return alipay.parse_create_reply(body_of(reply), key, order_number=payment.order_number)
