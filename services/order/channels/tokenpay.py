"""TokenPay: payments in coins by an installation of one's own; see `coin_gateways`."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from chassis.secret import Secret
from contracts.values import decimal_text
from protocols import tokenpay
from protocols.checkout import Checkout, CheckoutRefused
from protocols.coin_payment import CoinPayment
from protocols.http import HttpReply, HttpRequest
from protocols.payment import PaymentStanding
from protocols.tokenpay import TokenPayVariant
from services.order.channels.coin_gateways import CoinGatewayChannel, CoinNotice
from services.order.channels.forms import body_of
from services.order.channels.port import CreatedPayment, NewPayment, Question


class TokenPaySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Our installation. `key`: its API token. `ways`: what it does differently."""

    key: Secret
    gateway_url: str
    ways: TokenPayVariant = TokenPayVariant()


class TokenPayChannel(CoinGatewayChannel[TokenPaySettings]):
    """Payments in coins by a TokenPay installation."""

    code = "tokenpay"
    order_member, trade_member, amount_member = "OutOrderId", "Id", "ActualAmount"

    def currency_of(self, account: TokenPaySettings) -> str:
        return account.ways.currency

    def notice(self, body: bytes, account: TokenPaySettings) -> tuple[CoinNotice, str]:
        notice = tokenpay.parse_notice(body, account.key.reveal(), variant=account.ways)
        return notice, notice.currency

    def success_word(self, account: TokenPaySettings) -> str:
        return account.ways.success_word

    def base_url(self, account: TokenPaySettings) -> str:
        return account.gateway_url

    def creating(self, account: TokenPaySettings, payment: CoinPayment) -> HttpRequest:
        return tokenpay.build_create(payment, account.key.reveal(), variant=account.ways)

    def created(self, account: TokenPaySettings, payment: NewPayment, reply: HttpReply, now: datetime) -> Checkout | CheckoutRefused:
        total = decimal_text(payment.amount)
        return tokenpay.parse_create_reply(body_of(reply), order_number=payment.order_number, total=total, variant=account.ways)

    def tracing(self, account: TokenPaySettings, payment: CreatedPayment) -> Question:
        return Question(account.gateway_url, tokenpay.build_query(payment.trade_number, account.key.reveal(), variant=account.ways))

    def traced(self, account: TokenPaySettings, payment: CreatedPayment, reply: HttpReply, now: datetime) -> PaymentStanding:
        return tokenpay.parse_query_reply(body_of(reply), order_number=payment.order_number, trade_number=payment.trade_number)
