"""epusdt: payments in USDT by a gateway of one's own; see `coin_gateways`.

The gateway answers "known already" to a second creation under one order number, without saying how to pay the first one. So where the
answer to a creation was lost there is nothing to show, and the buyer takes another channel.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from chassis.secret import Secret
from contracts.values import decimal_text
from protocols import epusdt
from protocols.checkout import Checkout, CheckoutRefused
from protocols.coin_payment import CoinPayment
from protocols.epusdt import EpusdtVariant
from protocols.http import HttpReply, HttpRequest
from protocols.payment import PaymentStanding
from services.order.channels.coin_gateways import CoinGatewayChannel, CoinNotice
from services.order.channels.forms import body_of
from services.order.channels.port import CreatedPayment, NewPayment, Question


class EpusdtSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Our gateway. `token`: its API token. `ways`: what it does differently."""

    token: Secret
    gateway_url: str
    ways: EpusdtVariant = EpusdtVariant()


class EpusdtChannel(CoinGatewayChannel[EpusdtSettings]):
    """Payments in USDT by an epusdt gateway."""

    code = "epusdt"
    order_member, trade_member, amount_member = "order_id", "trade_id", "amount"
    is_telling_amount = False

    def currency_of(self, account: EpusdtSettings) -> str:
        return account.ways.currency

    def notice(self, body: bytes, account: EpusdtSettings) -> tuple[CoinNotice, str]:
        return epusdt.parse_notice(body, account.token.reveal()), account.ways.currency

    def success_word(self, account: EpusdtSettings) -> str:
        return account.ways.success_word

    def base_url(self, account: EpusdtSettings) -> str:
        return account.gateway_url

    def creating(self, account: EpusdtSettings, payment: CoinPayment) -> HttpRequest:
        return epusdt.build_create(payment, account.token.reveal(), variant=account.ways)

    def created(self, account: EpusdtSettings, payment: NewPayment, reply: HttpReply, now: datetime) -> Checkout | CheckoutRefused:
        return epusdt.parse_create_reply(body_of(reply), order_number=payment.order_number, total=decimal_text(payment.amount))

    def tracing(self, account: EpusdtSettings, payment: CreatedPayment) -> Question:
        return Question(account.gateway_url, epusdt.build_query(payment.trade_number, variant=account.ways))

    def traced(self, account: EpusdtSettings, payment: CreatedPayment, reply: HttpReply, now: datetime) -> PaymentStanding:
        return epusdt.parse_query_reply(
            body_of(reply),
            order_number=payment.order_number,
            trade_number=payment.trade_number,
            total=decimal_text(payment.amount),
        )
