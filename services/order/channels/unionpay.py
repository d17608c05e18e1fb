"""UnionPay 银联, full-channel gateway 5.1.0: a posted form, signed by a certificate that it carries along. **Unproven**: never tried
against UnionPay's own gateway (see `protocols.unionpay`).

Payments are created as QR codes. UnionPay knows an order by our number *and* the time at which we began it, so only a payment that we had
created can be asked about: by that time, which the creation answers as its number. It takes order numbers of 8 to 40 letters and digits
only, so an order whose number holds a hyphen cannot be paid here.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from cryptography.x509 import Certificate
from msgspec import Struct

from chassis.secret import Secret
from contracts.values import decimal_text, money_from_decimal_text
from protocols import unionpay
from protocols.alipay import load_private_key
from protocols.checkout import Checkout, CheckoutRefused
from protocols.errors import MalformedForm, MalformedNotice
from protocols.form import decode_form
from protocols.http import HttpReply
from protocols.payment import PaymentStanding, is_number
from services.order.channels.forms import FAILURE, body_of, word
from services.order.channels.port import Channel, Claim, CreatedPayment, Fact, NewPayment, NoticeAnswer, Question, RawNotice


class UnionPaySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Our merchant number at UnionPay. Certificates and keys are PEM.

    Taking payments needs `root_certificate` and `middle_certificate`, which UnionPay publishes; `signer_name` is whom its own certificate
    names (`00040000:SIGN` in its test environment). Calls are signed with our own key, whose certificate UnionPay knows.
    """

    merchant_number: str
    root_certificate: str
    middle_certificate: str
    merchant_certificate: str | None = None
    merchant_private_key: Secret | None = None
    signer_name: str = unionpay.SIGNER_NAME
    gateway_url: str = "https://gateway.95516.com"


class UnionPayChannel(Channel[UnionPaySettings]):
    """Payments by UnionPay."""

    code = "unionpay"

    def read(self, raw: RawNotice, account: UnionPaySettings) -> Fact:
        if raw.method != "POST":
            raise MalformedNotice("method")
        notice = unionpay.parse_notice(decode_form(raw.body), _trust(account), merchant_number=account.merchant_number, now=raw.received_at)
        return Fact(
            order_number=notice.order_number,
            trade_number=notice.trade_number,
            amount=money_from_decimal_text(notice.total, self.currency),
            status=notice.status,
            paid_at=None,
            is_payment=notice.is_paid,
            needs_confirmation=False,
        )

    def claim(self, raw: RawNotice, account: UnionPaySettings) -> Claim:
        try:
            form = decode_form(raw.body)
        except MalformedForm:
            form = {}
        numbers = [value if is_number(value := form.get(name, "")) else None for name in ("orderId", "queryId")]
        return Claim(numbers[0], numbers[1], raw.query + b"\n" + raw.body)

    def success(self, account: UnionPaySettings) -> NoticeAnswer:
        return word(unionpay.SUCCESS_WORD)

    def failure(self, reason: str) -> NoticeAnswer:
        return FAILURE

    def is_askable(self, account: UnionPaySettings) -> bool:
        return False

    def question(self, account: UnionPaySettings, order_number: str, now: datetime) -> Question:
        raise AssertionError("not askable")

    def standing(self, account: UnionPaySettings, order_number: str, reply: HttpReply, now: datetime) -> PaymentStanding:
        raise AssertionError("not askable")

    def is_traceable(self, account: UnionPaySettings) -> bool:
        return self.is_creatable(account)

    def tracing(self, account: UnionPaySettings, payment: CreatedPayment) -> Question:
        request = unionpay.build_query(payment.order_number, payment.trade_number, _own(account), merchant_number=account.merchant_number)
        return Question(account.gateway_url, request)

    def traced(self, account: UnionPaySettings, payment: CreatedPayment, reply: HttpReply, now: datetime) -> PaymentStanding:
        return unionpay.parse_query_reply(
            body_of(reply),
            _trust(account),
            order_number=payment.order_number,
            began_at_text=payment.trade_number,
            merchant_number=account.merchant_number,
            now=now,
        )

    def is_creatable(self, account: UnionPaySettings) -> bool:
        return account.merchant_private_key is not None and account.merchant_certificate is not None

    def takes_number(self, order_number: str) -> bool:
        return unionpay.is_order_number(order_number)

    def creation(self, account: UnionPaySettings, payment: NewPayment, now: datetime) -> Question:
        wanted = unionpay.UnionPayPayment(
            order_number=payment.order_number,
            total=decimal_text(payment.amount),
            notify_url=payment.notify_url,
            began_at=payment.wanted_at,
            expires_at=payment.expires_at,
        )
        return Question(account.gateway_url, unionpay.build_create(wanted, _own(account), merchant_number=account.merchant_number))

    def created(self, account: UnionPaySettings, payment: NewPayment, reply: HttpReply, now: datetime) -> Checkout | CheckoutRefused:
        return unionpay.parse_create_reply(
            body_of(reply),
            _trust(account),
            order_number=payment.order_number,
            began_at=payment.wanted_at,
            merchant_number=account.merchant_number,
            now=now,
        )


def _trust(account: UnionPaySettings) -> unionpay.Trust:
    return unionpay.Trust(_certificate(account.root_certificate), _certificate(account.middle_certificate), account.signer_name)


def _own(account: UnionPaySettings) -> unionpay.MerchantCertificate:
    assert account.merchant_private_key is not None, "not creatable"
    assert account.merchant_certificate is not None, "not creatable"
    number = str(_certificate(account.merchant_certificate).serial_number)
    return unionpay.MerchantCertificate(number, load_private_key(account.merchant_private_key.reveal()))


@lru_cache(maxsize=256)
def _certificate(text: str) -> Certificate:
    return unionpay.load_certificate(text)
