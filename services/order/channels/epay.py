"""易支付 (epay) version 1: a query or form signed with MD5, which proves nothing (ADR 11); asked by `api.php?act=order`."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from chassis.secret import Secret
from contracts.values import money_from_decimal_text
from protocols import epay
from protocols.checkout import Checkout, CheckoutKind, CheckoutRefused
from protocols.epay import V1, EpayVariant
from protocols.errors import MalformedNotice
from protocols.form import decode_form
from protocols.http import HttpReply
from protocols.payment import PaymentStanding
from services.order.channels.epay_payments import epay_payment, within
from services.order.channels.forms import FAILURE, body_of, claim_in_form, word
from services.order.channels.port import Channel, Claim, Fact, NewPayment, NoticeAnswer, Question, RawNotice


class EpaySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Our merchant account at an epay gateway. `success_word`: some clones want `SUCCESS`. `ways`: what else it does differently.

    Payments are created by sending the buyer to the gateway's page (`submit.php`), or by a call (`mapi.php`) where the gateway offers it
    and `is_created_by_call` says so. `method`: the `type` of the payments (alipay, wxpay, …); without one the page lets the buyer choose,
    a call wants one. `client_ip`: what calls name as the buyer's address, which never leaves the vault; some gateways insist on one.
    """

    pid: str
    key: Secret
    gateway_url: str
    success_word: str = epay.SUCCESS_WORD
    ways: EpayVariant = V1
    is_created_by_call: bool = False
    method: str = ""
    client_ip: str = ""


class EpayChannel(Channel[EpaySettings]):
    """Payments by an epay gateway."""

    code = "epay"

    def read(self, raw: RawNotice, account: EpaySettings) -> Fact:
        if raw.method not in account.ways.notice_methods:
            raise MalformedNotice("method")
        notice = epay.parse_notice(decode_form(raw.form), account.key.reveal(), pid=account.pid)
        return Fact(
            order_number=notice.order_number,
            trade_number=notice.trade_number,
            amount=money_from_decimal_text(notice.total, self.currency),
            status=notice.status,
            paid_at=None,
            is_payment=notice.is_paid,
            needs_confirmation=True,
        )

    def claim(self, raw: RawNotice, account: EpaySettings) -> Claim:
        return claim_in_form(raw)

    def success(self, account: EpaySettings) -> NoticeAnswer:
        return word(account.success_word)

    def failure(self, reason: str) -> NoticeAnswer:
        return FAILURE

    def is_askable(self, account: EpaySettings) -> bool:
        return bool(account.ways.query_path)

    def question(self, account: EpaySettings, order_number: str, now: datetime) -> Question:
        request = epay.build_query(order_number, pid=account.pid, key=account.key.reveal(), path=account.ways.query_path)
        return Question(account.gateway_url, request)

    def standing(self, account: EpaySettings, order_number: str, reply: HttpReply, now: datetime) -> PaymentStanding:
        return epay.parse_query_reply(body_of(reply), order_number=order_number, pid=account.pid)

    def is_creatable(self, account: EpaySettings) -> bool:
        return bool(account.ways.create_path if account.is_created_by_call else account.ways.submit_path)

    def creation(self, account: EpaySettings, payment: NewPayment, now: datetime) -> Question | Checkout:
        key, wanted = account.key.reveal(), epay_payment(payment, account.method, account.client_ip)
        if account.is_created_by_call:
            return Question(account.gateway_url, epay.build_create(wanted, pid=account.pid, key=key, variant=account.ways))
        page = epay.build_page_link(wanted, pid=account.pid, key=key, variant=account.ways)
        return Checkout(payment.order_number, CheckoutKind.PAGE, account.gateway_url.rstrip("/") + page.target)

    def created(self, account: EpaySettings, payment: NewPayment, reply: HttpReply, now: datetime) -> Checkout | CheckoutRefused:
        made = epay.parse_create_reply(body_of(reply), order_number=payment.order_number, variant=account.ways)
        return within(account.gateway_url, made)
