"""Looking for a payment after a restore: what the store has forgotten, the provider still knows.

A search asks providers by our own order number. It begins where an order may have been paid in the span that a restore has lost, and
until it is over the order does not expire. It is over when the order is *paid* (by the provider's word, by a notice, by our own earlier
word where nobody can be asked, by a person), or found *unpaid*: every provider says so, and nothing of ours says otherwise.

Nothing that contradicts itself ends by itself. It is *in doubt*, with a reason, and waits for a person: we had said that the order was
paid and its provider denies it; another amount was paid; inventory gave a card for it; nobody answers. It is asked on all the same, and
whatever proves the payment ends the doubt.

Until the order is paid the search *keeps* what is heard of its units (a card, a failure, a card seen), since an unpaid order can take
none of it; the payment hands it on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from services.order.domain.limits import SearchLimits
from services.order.domain.lines import UnitKey
from services.order.domain.refusals import NothingInDoubt

PAID, UNPAID = "paid", "unpaid"
"""How a search ends."""

BY_PROVIDER, BY_NOTICE, BY_OUR_WORD, BY_PERSON = "provider", "notice", "our_word", "person"
"""What its end rests on."""

PROVEN = "paid"
NOT_CONFIGURED = "not_configured"
NOT_ASKABLE = "not_askable"
"""The shop takes payments by this provider, but lacks what a question is signed with."""
CANNOT_BE_ASKED = frozenset({NOT_CONFIGURED, NOT_ASKABLE})

DENIED = "provider_denies"
NO_ANSWER = "no_answer"
OTHER_AMOUNT = "other_amount"
CARD_WITHOUT_PAYMENT = "card_without_payment"
FIRST_PAYMENT_LOST = "first_payment_lost"
COULD_NOT_ASK = "could_not_ask"


@dataclass(frozen=True, slots=True)
class Promise:
    """What we had said in `PaymentConfirmed`, word for word."""

    provider: str
    trade_number: str
    paid_at: datetime
    is_late: bool
    policy_versions: dict[str, int]


@dataclass(frozen=True, slots=True)
class KeptCard:
    key: UnitKey
    card_id: str
    card_preview: str
    supplier_code: str
    delivery_milliseconds: int | None
    """As we had said in `CardDelivered`; None where only inventory spoke."""


@dataclass(frozen=True, slots=True)
class KeptFailure:
    key: UnitKey
    reason: str


@dataclass(frozen=True, slots=True)
class KeptSight:
    key: UnitKey
    card_id: str


class PaymentSearch(Aggregate):
    """The search for one order's payment; asked again, it goes on."""

    TOPIC = "order.PaymentSearch"

    class Begun(Created):
        TOPIC = "order.PaymentSearch.Begun"
        PRIVATE = True
        shop_id: str
        order_number: str
        limits: SearchLimits

    class Asked(Event):
        TOPIC = "order.PaymentSearch.Asked"
        PRIVATE = True
        providers: tuple[str, ...]

    class Promised(Event):
        TOPIC = "order.PaymentSearch.Promised"
        PRIVATE = True
        class_version = 2
        provider: str
        trade_number: str
        paid_at: datetime
        is_late: bool
        policy_versions: dict[str, int]

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> dict[str, Any]:
            return {**state, "policy_versions": {}}

    class Answered(Event):
        """`answer`: paid, unpaid, closed, absent, or why it cannot be asked. `is_last`: it is believed, and not asked again."""

        TOPIC = "order.PaymentSearch.Answered"
        PRIVATE = True
        provider: str
        answer: str
        is_last: bool

    class CardKept(Event):
        TOPIC = "order.PaymentSearch.CardKept"
        PRIVATE = True
        line: int
        unit: int
        card_id: str
        card_preview: str
        supplier_code: str
        delivery_milliseconds: int | None

    class FailureKept(Event):
        TOPIC = "order.PaymentSearch.FailureKept"
        PRIVATE = True
        line: int
        unit: int
        reason: str

    class SightKept(Event):
        TOPIC = "order.PaymentSearch.SightKept"
        PRIVATE = True
        line: int
        unit: int
        card_id: str

    class Doubted(Event):
        TOPIC = "order.PaymentSearch.Doubted"
        PRIVATE = True
        shop_id: str
        order_number: str
        reason: str

    class Decided(Event):
        """A person has looked at the doubt."""

        TOPIC = "order.PaymentSearch.Decided"
        PRIVATE = True
        decided_by: str
        is_paid: bool

    class Ended(Event):
        TOPIC = "order.PaymentSearch.Ended"
        PRIVATE = True
        result: str
        basis: str

    @event(Begun)
    def __init__(self, shop_id: str, order_number: str, limits: SearchLimits) -> None:
        self.shop_id = shop_id
        self.order_number = order_number
        self.limits = limits
        self.promise: Promise | None = None
        self.under_way: frozenset[str] = frozenset()
        """Providers whose last answer is still to come."""
        self.answers: dict[str, tuple[str, ...]] = {}
        self.kept: tuple[KeptCard | KeptFailure | KeptSight, ...] = ()
        self.doubt: str | None = None
        self.result: str | None = None

    @staticmethod
    def create_id(shop_id: str, order_number: str) -> UUID:
        return stream_id(shop_id, "payment-search", order_number)

    @property
    def slot_key(self) -> str:
        return self.order_number

    @property
    def subject(self) -> str | None:
        return self.order_number

    @property
    def is_over(self) -> bool:
        return self.result is not None

    # asking

    def ask(self, providers: Iterable[str]) -> tuple[str, ...]:
        """Go on looking; the providers to be asked now: neither under way nor with their last word said while the search goes on."""
        known = {provider for provider, answers in self.answers.items() if PROVEN in answers or not self.is_over}
        new = tuple(provider for provider in providers if provider not in self.under_way | known)
        if new or self.is_over:
            self._asked(providers=new)
        return new

    @event(Asked)
    def _asked(self, providers: tuple[str, ...]) -> None:
        self.under_way |= set(providers)
        self.answers.update(dict.fromkeys(providers, ()))
        self.doubt = self.result = None

    def answer(self, provider: str, answer: str) -> bool:
        """Count an answer; whether the provider is asked once more before it is believed."""
        is_last = answer == PROVEN or answer in CANNOT_BE_ASKED or len(self.answers[provider]) + 1 >= self.limits.search_checks
        self._answered(provider=provider, answer=answer, is_last=is_last)
        return not is_last

    @event(Answered)
    def _answered(self, provider: str, answer: str, is_last: bool) -> None:
        self.answers[provider] = (*self.answers[provider], answer)
        if is_last:
            self.under_way -= {provider}

    def last_word(self, provider: str) -> str | None:
        """What the provider says; None while it is asked."""
        answers = self.answers.get(provider)
        return answers[-1] if answers and provider not in self.under_way else None

    # what we had said, and what is heard meanwhile

    def recall(self, promise: Promise) -> None:
        """Take back our word that the order is paid; the first one counts."""
        if self.promise is None:
            self._promised(promise.provider, promise.trade_number, promise.paid_at, promise.is_late, promise.policy_versions)

    @event(Promised)
    def _promised(self, provider: str, trade_number: str, paid_at: datetime, is_late: bool, policy_versions: dict[str, int]) -> None:
        self.promise = Promise(provider, trade_number, paid_at, is_late, policy_versions)

    def keep(self, fact: KeptCard | KeptFailure | KeptSight) -> None:
        """Keep what is heard of a unit until the order is paid; once."""
        if fact in self.kept:
            return
        match fact:
            case KeptCard(key, card_id, card_preview, supplier_code, delivery_milliseconds):
                self._card_kept(*key, card_id, card_preview, supplier_code, delivery_milliseconds)
            case KeptFailure(key, reason):
                self._failure_kept(*key, reason)
            case KeptSight(key, card_id):
                self._sight_kept(*key, card_id)

    @event(CardKept)
    def _card_kept(
        self, line: int, unit: int, card_id: str, card_preview: str, supplier_code: str, delivery_milliseconds: int | None
    ) -> None:
        card = KeptCard(UnitKey(line, unit), card_id, card_preview, supplier_code, delivery_milliseconds)
        self.kept = (*self.kept, card)

    @event(FailureKept)
    def _failure_kept(self, line: int, unit: int, reason: str) -> None:
        self.kept = (*self.kept, KeptFailure(UnitKey(line, unit), reason))

    @event(SightKept)
    def _sight_kept(self, line: int, unit: int, card_id: str) -> None:
        self.kept = (*self.kept, KeptSight(UnitKey(line, unit), card_id))

    # the end

    def call_in_doubt(self, reason: str) -> None:
        """A person has to look; for one reason once."""
        if self.doubt != reason:
            self._doubted(shop_id=self.shop_id, order_number=self.order_number, reason=reason)

    @event(Doubted)
    def _doubted(self, shop_id: str, order_number: str, reason: str) -> None:
        self.doubt = reason

    def decide(self, *, decided_by: str, is_paid: bool) -> None:
        """A person's word on a doubt; raises NothingInDoubt."""
        if self.doubt is None:
            raise NothingInDoubt(order_number=self.order_number)
        self._decided(decided_by, is_paid)

    @event(Decided)
    def _decided(self, decided_by: str, is_paid: bool) -> None:
        self.doubt = None

    def end(self, result: str, basis: str) -> None:
        self._ended(result=result, basis=basis)

    @event(Ended)
    def _ended(self, result: str, basis: str) -> None:
        self.result = result
        self.doubt = None
