"""易支付 (epay) version 2: a query or form with the platform's signature, our `pid` and a fresh time; asked by `/api/pay/query`."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from chassis.secret import Secret
from contracts.values import money_from_decimal_text
from protocols.alipay import load_private_key, load_public_key
from protocols.checkout import Checkout, CheckoutRefused
from protocols.epay import EpayV2Variant, v2
from protocols.errors import MalformedNotice
from protocols.form import decode_form
from protocols.http import HttpReply
from protocols.payment import PaymentStanding
from services.order.channels.epay_payments import epay_payment, within
from services.order.channels.forms import FAILURE, body_of, claim_in_form, word
from services.order.channels.port import Channel, Claim, Fact, NewPayment, NoticeAnswer, Question, RawNotice


class EpayV2Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Our merchant account at a version 2 gateway. Keys are PEM or the bare base64 that its console shows.

    Taking payments needs the platform's public key only; calls are signed with our own. `ways`: what this gateway does differently.
    `method`, `client_ip`: as in version 1; payments are created by a call, since a signed page lives for five minutes only.
    """

    pid: str
    platform_public_key: str
    merchant_private_key: Secret | None = None
    gateway_url: str
    ways: EpayV2Variant = EpayV2Variant()
    method: str = "alipay"
    client_ip: str = ""


class EpayV2Channel(Channel[EpayV2Settings]):
    """Payments by an epay gateway that speaks version 2."""

    code = "epay_v2"

    def read(self, raw: RawNotice, account: EpayV2Settings) -> Fact:
        if raw.method not in account.ways.notice_methods:
            raise MalformedNotice("method")
        key = load_public_key(account.platform_public_key)
        notice = v2.parse_notice(decode_form(raw.form), key, pid=account.pid, now=raw.received_at)
        return Fact(
            order_number=notice.order_number,
            trade_number=notice.trade_number,
            amount=money_from_decimal_text(notice.total, self.currency),
            status=notice.status,
            paid_at=notice.paid_at,
            is_payment=notice.is_paid,
            needs_confirmation=False,
        )

    def claim(self, raw: RawNotice, account: EpayV2Settings) -> Claim:
        return claim_in_form(raw)

    def success(self, account: EpayV2Settings) -> NoticeAnswer:
        return word(account.ways.success_word)

    def failure(self, reason: str) -> NoticeAnswer:
        return FAILURE

    def is_askable(self, account: EpayV2Settings) -> bool:
        return account.merchant_private_key is not None and bool(account.ways.query_path)

    def question(self, account: EpayV2Settings, order_number: str, now: datetime) -> Question:
        assert account.merchant_private_key is not None, "not askable"
        own_key = load_private_key(account.merchant_private_key.reveal())
        request = v2.build_query(order_number, pid=account.pid, private_key=own_key, now=now, variant=account.ways)
        return Question(account.gateway_url, request)

    def standing(self, account: EpayV2Settings, order_number: str, reply: HttpReply, now: datetime) -> PaymentStanding:
        key = load_public_key(account.platform_public_key)
        return v2.parse_query_reply(body_of(reply), key, order_number=order_number, pid=account.pid, now=now, variant=account.ways)

    def is_creatable(self, account: EpayV2Settings) -> bool:
        return account.merchant_private_key is not None and bool(account.ways.create_path)

    def creation(self, account: EpayV2Settings, payment: NewPayment, now: datetime) -> Question:
        assert account.merchant_private_key is not None, "not creatable"
        own_key = load_private_key(account.merchant_private_key.reveal())
        wanted = epay_payment(payment, account.method, account.client_ip)
        return Question(account.gateway_url, v2.build_create(wanted, pid=account.pid, private_key=own_key, now=now, variant=account.ways))

    def created(self, account: EpayV2Settings, payment: NewPayment, reply: HttpReply, now: datetime) -> Checkout | CheckoutRefused:
        key = load_public_key(account.platform_public_key)
        made = v2.parse_create_reply(body_of(reply), key, order_number=payment.order_number, now=now, variant=account.ways)
        return within(account.gateway_url, made)
