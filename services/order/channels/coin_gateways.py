"""Gateways of one's own that take coins (epusdt, TokenPay): posted JSON objects, signed with a key that never travels.

The signature proves a notice. Such a gateway finds a payment by its own number alone. So an order whose payment others created can never
be asked about; one whose payment we created can, by the number that the creation answered.
"""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import ClassVar, Protocol, TypeVar

from msgspec import Struct

from contracts.values import UnfitAmount, decimal_text, money_from_decimal_text
from protocols.coin_payment import CoinPayment
from protocols.errors import MalformedNotice
from protocols.exact_json import JsonNumber, decode_object
from protocols.http import HttpReply, HttpRequest
from protocols.payment import PaymentStanding, is_number
from services.order.channels.forms import FAILURE, word
from services.order.channels.port import Channel, Claim, Fact, NewPayment, NoticeAnswer, Question, RawNotice


class CoinNotice(Protocol):
    """What the notices of such gateways have in common."""

    @property
    def order_number(self) -> str: ...
    @property
    def trade_number(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def total(self) -> str: ...
    @property
    def is_paid(self) -> bool: ...


Account = TypeVar("Account", bound=Struct)


class CoinGatewayChannel(Channel[Account]):
    """Payments in coins. `order_member`, `trade_member`, `amount_member`: what a notice calls our number, its own and the amount."""

    order_member: ClassVar[str]
    trade_member: ClassVar[str]
    amount_member: ClassVar[str]

    @abstractmethod
    def notice(self, body: bytes, account: Account) -> tuple[CoinNotice, str]:
        """The verified notice and the currency of its amount; raises the errors of `protocols.errors`."""

    @abstractmethod
    def success_word(self, account: Account) -> str:
        """What ends the repeating of a notice."""

    @abstractmethod
    def base_url(self, account: Account) -> str:
        """Where the gateway is."""

    @abstractmethod
    def creating(self, account: Account, payment: CoinPayment) -> HttpRequest:
        """The call that creates the payment; raises EmptyKey, and ValueError for what the gateway does not take."""

    def read(self, raw: RawNotice, account: Account) -> Fact:
        if raw.method != "POST":
            raise MalformedNotice("method")
        notice, currency = self.notice(raw.body, account)
        try:
            amount = money_from_decimal_text(notice.total, currency)
        except UnfitAmount as error:
            raise MalformedNotice(self.amount_member) from error
        return Fact(
            order_number=notice.order_number,
            trade_number=notice.trade_number,
            amount=amount,
            status=notice.status,
            paid_at=None,
            is_payment=notice.is_paid,
            needs_confirmation=False,
        )

    def claim(self, raw: RawNotice, account: Account) -> Claim:
        try:
            content = decode_object(raw.body, MalformedNotice)
        except MalformedNotice:
            content = {}
        numbers = [_number(content.get(name)) for name in (self.order_member, self.trade_member)]
        return Claim(numbers[0], numbers[1], raw.query + b"\n" + raw.body)

    def success(self, account: Account) -> NoticeAnswer:
        return word(self.success_word(account))

    def failure(self, reason: str) -> NoticeAnswer:
        return FAILURE

    def is_askable(self, account: Account) -> bool:
        return False

    def question(self, account: Account, order_number: str, now: datetime) -> Question:
        raise AssertionError("not askable")

    def standing(self, account: Account, order_number: str, reply: HttpReply, now: datetime) -> PaymentStanding:
        raise AssertionError("not askable")

    def is_traceable(self, account: Account) -> bool:
        return True

    def is_creatable(self, account: Account) -> bool:
        return True

    def creation(self, account: Account, payment: NewPayment, now: datetime) -> Question:
        wanted = CoinPayment(payment.order_number, decimal_text(payment.amount), payment.notify_url, payment.return_url)
        return Question(self.base_url(account), self.creating(account, wanted))


def _number(value: object) -> str | None:
    return value if isinstance(value, str) and not isinstance(value, JsonNumber) and is_number(value) else None
