"""epusdt: a posted JSON object, signed with a token that never travels, so that the signature proves it.

The gateway finds a payment by its own number alone, so it cannot be asked about an order whose payment others created.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from chassis.secret import Secret
from contracts.values import UnfitAmount, money_from_decimal_text
from protocols import epusdt
from protocols.epusdt import EpusdtVariant
from protocols.errors import MalformedNotice
from protocols.http import HttpReply
from protocols.payment import PaymentStanding
from services.order.channels.forms import FAILURE, word
from services.order.channels.json_notices import claim_in_json, posted
from services.order.channels.port import Channel, Claim, Fact, NoticeAnswer, Question, RawNotice


class EpusdtSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Our gateway. `token`: its API token. `ways`: what it does differently."""

    token: Secret
    gateway_url: str
    ways: EpusdtVariant = EpusdtVariant()


class EpusdtChannel(Channel[EpusdtSettings]):
    """Payments in USDT by an epusdt gateway."""

    code = "epusdt"

    def read(self, raw: RawNotice, account: EpusdtSettings) -> Fact:
        notice = epusdt.parse_notice(posted(raw), account.token.reveal())
        try:
            amount = money_from_decimal_text(notice.total, account.ways.currency)
        except UnfitAmount as error:
            raise MalformedNotice("amount") from error
        return Fact(
            order_number=notice.order_number,
            trade_number=notice.trade_number,
            amount=amount,
            status=notice.status,
            paid_at=None,
            is_payment=notice.is_paid,
            needs_confirmation=False,
        )

    def claim(self, raw: RawNotice, account: EpusdtSettings) -> Claim:
        return claim_in_json(raw, "order_id", "trade_id")

    def success(self, account: EpusdtSettings) -> NoticeAnswer:
        return word(account.ways.success_word)

    def failure(self, reason: str) -> NoticeAnswer:
        return FAILURE

    def is_askable(self, account: EpusdtSettings) -> bool:
        return False

    def question(self, account: EpusdtSettings, order_number: str, now: datetime) -> Question:
        raise AssertionError("not askable")

    def standing(self, account: EpusdtSettings, order_number: str, reply: HttpReply, now: datetime) -> PaymentStanding:
        raise AssertionError("not askable")
