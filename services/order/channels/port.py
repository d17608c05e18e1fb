"""What the order service wants of a payment provider. One file of this folder for each provider says how that one does it.

A channel knows formats and keys, and nothing of orders: it reads a raw notice into a neutral `Fact`, says how a notice is answered, and
puts the question "what became of this order?". It does no I/O and looks at no clock; `questions.py` carries a question out.

To add a provider: its file here, its place in `registry.py`, its field in `settings.ShopSettings`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Generic, TypeVar

from msgspec import Struct

from contracts.values import Money
from protocols.checkout import Checkout, CheckoutRefused
from protocols.http import HttpReply, HttpRequest
from protocols.payment import PaymentStanding, is_number

Account = TypeVar("Account", bound=Struct)
"""A channel's settings: our account at the provider, one for each shop."""

PLAIN_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class RawNotice:
    """A notice as it arrived, unread. Names of headers compare without case or are in lower case."""

    method: str
    query: bytes
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime

    @property
    def form(self) -> bytes:
        """Where a provider of forms puts its fields: the query of a GET, the body of a POST."""
        return self.query if self.method == "GET" else self.body


@dataclass(frozen=True, slots=True)
class Fact:
    """What a notice says that is rightly signed and meant for us.

    `status`: the provider's own word. `paid_at`: by the provider, None where it does not say. `is_payment`: it says that the order was
    paid (not merely waiting, closed or refunded). `needs_confirmation`: the signature alone proves nothing, so that it counts only once the
    provider, asked, has confirmed it. `particulars`: what else makes it another notice than one of the same numbers, status
    and amount, such as a refund's number; what a repeat may change stays out.
    """

    order_number: str
    trade_number: str
    amount: Money
    status: str
    paid_at: datetime | None
    is_payment: bool
    needs_confirmation: bool
    particulars: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """What a refused notice says of itself: its numbers where they are plain; `whole`: all of it, the signature too."""

    order_number: str | None
    trade_number: str | None
    whole: bytes


@dataclass(frozen=True, slots=True)
class NoticeAnswer:
    """The exact answer to a notice; `content_type` None where there is no body."""

    status: int
    body: bytes = b""
    content_type: str | None = PLAIN_TEXT


@dataclass(frozen=True, slots=True)
class Question:
    """A request to a provider, and the base URL that it goes to."""

    base_url: str
    request: HttpRequest


@dataclass(frozen=True, slots=True)
class CreatedPayment:
    """A payment that we had created: `trade_number` is the provider's own number, `amount` what it was created for."""

    order_number: str
    trade_number: str
    amount: Money


@dataclass(frozen=True, slots=True)
class NewPayment:
    """A payment to be created. `notify_url`: where the provider tells of it; `return_url`: where the buyer's browser goes afterwards;
    `expires_at`: until when the order waits for it; `wanted_at`: when it was asked for, the same in every repeat of the call.
    """

    order_number: str
    amount: Money
    notify_url: str
    return_url: str
    expires_at: datetime
    wanted_at: datetime


class Channel(ABC, Generic[Account]):
    """One payment provider."""

    code: ClassVar[str]
    """Its name in URLs, settings and messages; also the name of its field in `ShopSettings`."""
    currency: ClassVar[str] = "CNY"
    """What its amounts are in, where no account says otherwise."""
    is_telling_amount: ClassVar[bool] = True
    """Whether its answer to a question names the amount that was paid."""
    is_closing: ClassVar[bool] = False
    """Whether a payment that was created, and was not paid yet, can be closed."""

    def currency_of(self, account: Account) -> str:
        """What the amounts of this account are in."""
        return self.currency

    @abstractmethod
    def read(self, raw: RawNotice, account: Account) -> Fact:
        """What the notice says; raises the errors of `protocols.errors`. Nothing is believed before it is verified."""

    @abstractmethod
    def claim(self, raw: RawNotice, account: Account) -> Claim:
        """What a notice that `read` refuses says of itself. Raises nothing for whatever stands in it."""

    @abstractmethod
    def success(self, account: Account) -> NoticeAnswer:
        """What the provider must be answered to stop repeating its notice."""

    @abstractmethod
    def failure(self, reason: str) -> NoticeAnswer:
        """The answer to a notice that is refused; `reason` is one of our codes."""

    def is_success(self, account: Account, status: int, body: bytes) -> bool:
        """Whether this answer of somebody else to a notice is what stops its repeats; the status is one of 200 to 299, the body trimmed."""
        return body == self.success(account).body

    @abstractmethod
    def is_askable(self, account: Account) -> bool:
        """Whether the account has all that a question is signed with."""

    @abstractmethod
    def question(self, account: Account, order_number: str, now: datetime) -> Question:
        """The question what became of an order of an askable account; raises EmptyKey, UnusableKey."""

    @abstractmethod
    def standing(self, account: Account, order_number: str, reply: HttpReply, now: datetime) -> PaymentStanding:
        """What the provider answered; raises the errors of `protocols.errors` where that is no answer to our question."""

    def is_traceable(self, account: Account) -> bool:
        """Whether a payment that we had created can be asked about by the provider's own number."""
        return False

    def tracing(self, account: Account, payment: CreatedPayment) -> Question:
        """The question what became of a payment that we had created, where it is traceable; raises EmptyKey."""
        raise AssertionError("not traceable")

    def traced(self, account: Account, payment: CreatedPayment, reply: HttpReply, now: datetime) -> PaymentStanding:
        """What the provider answered; raises the errors of `protocols.errors` where that is no answer to our question."""
        raise AssertionError("not traceable")

    def is_creatable(self, account: Account) -> bool:
        """Whether payments can be created with this account, under our number and so that the same call again harms nothing."""
        return False

    def takes_number(self, order_number: str) -> bool:
        """Whether payments can be created here under this order number."""
        return is_number(order_number)

    def creation(self, account: Account, payment: NewPayment, now: datetime) -> Question | Checkout:
        """The call that creates a payment, or what the buyer can pay by where it takes no call (a page with signed fields).

        Raises ValueError for what the provider does not take, EmptyKey, UnusableKey.
        """
        raise AssertionError("payments are not created here")

    def closing(self, account: Account, order_number: str, now: datetime) -> Question:
        """The call after which nobody can pay the order here any more, where `is_closing`; raises EmptyKey, UnusableKey."""
        raise AssertionError("payments are not closed here")

    def closed(self, account: Account, order_number: str, reply: HttpReply, now: datetime) -> CheckoutRefused | None:
        """None once it is closed, or that the provider refused (it is paid); raises the errors of `protocols.errors` for anything else."""
        raise AssertionError("payments are not closed here")

    def created(self, account: Account, payment: NewPayment, reply: HttpReply, now: datetime) -> Checkout | CheckoutRefused:
        """What the buyer can pay by, or that the provider refused; raises the errors of `protocols.errors` for anything else."""
        raise AssertionError("payments are not created here")
