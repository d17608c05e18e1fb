"""TokenPay: a posted JSON object, signed with a key that never travels, so that the signature proves it.

The installation finds a payment by its own number alone, so it cannot be asked about an order whose payment others created.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from chassis.secret import Secret
from contracts.values import UnfitAmount, money_from_decimal_text
from protocols import tokenpay
from protocols.errors import MalformedNotice
from protocols.http import HttpReply
from protocols.payment import PaymentStanding
from protocols.tokenpay import TokenPayVariant
from services.order.channels.forms import FAILURE, word
from services.order.channels.json_notices import claim_in_json, posted
from services.order.channels.port import Channel, Claim, Fact, NoticeAnswer, Question, RawNotice


class TokenPaySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Our installation. `key`: its API token. `ways`: what it does differently."""

    key: Secret
    gateway_url: str
    ways: TokenPayVariant = TokenPayVariant()


class TokenPayChannel(Channel[TokenPaySettings]):
    """Payments in coins by a TokenPay installation."""

    code = "tokenpay"

    def read(self, raw: RawNotice, account: TokenPaySettings) -> Fact:
        notice = tokenpay.parse_notice(posted(raw), account.key.reveal(), variant=account.ways)
        try:
            amount = money_from_decimal_text(notice.total, notice.currency)
        except UnfitAmount as error:
            raise MalformedNotice("ActualAmount") from error
        return Fact(
            order_number=notice.order_number,
            trade_number=notice.trade_number,
            amount=amount,
            status=notice.status,
            paid_at=None,
            is_payment=notice.is_paid,
            needs_confirmation=False,
        )

    def claim(self, raw: RawNotice, account: TokenPaySettings) -> Claim:
        return claim_in_json(raw, "OutOrderId", "Id")

    def success(self, account: TokenPaySettings) -> NoticeAnswer:
        return word(account.ways.success_word)

    def failure(self, reason: str) -> NoticeAnswer:
        return FAILURE

    def is_askable(self, account: TokenPaySettings) -> bool:
        return False

    def question(self, account: TokenPaySettings, order_number: str, now: datetime) -> Question:
        raise AssertionError("not askable")

    def standing(self, account: TokenPaySettings, order_number: str, reply: HttpReply, now: datetime) -> PaymentStanding:
        raise AssertionError("not askable")
