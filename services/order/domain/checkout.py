"""A payment by one provider for one order: created by us, so that the buyer has something to pay by (a QR code, a page, an address), or
created by others and only followed.

One stream for each order and provider. One that we create is *pending* until the provider has answered, then *open* or *refused*; asked
for again, a refused one is tried again. One that is followed is open from the start, with nothing to show. While it is open the provider
is asked how the payment stands, until the order is paid or its time is over: then it is *over*.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id

PAID, UNPAID, OTHER_AMOUNT, CANNOT_BE_ASKED = "paid", "unpaid", "other_amount", "cannot_be_asked"
"""How it ends. Another amount than the order's pays nothing; the provider's notice of it is refused and recorded."""


NO_ANSWER = "no_answer"
"""Why one is still pending."""


class CheckoutState(StrEnum):
    PENDING = "pending"
    OPEN = "open"
    REFUSED = "refused"
    OVER = "over"


class Checkout(Aggregate):
    """One way to pay one order."""

    TOPIC = "order.Checkout"

    class Requested(Created):
        TOPIC = "order.Checkout.Requested"
        PRIVATE = True
        shop_id: str
        order_number: str
        provider: str

    class RequestedAgain(Event):
        TOPIC = "order.Checkout.RequestedAgain"
        PRIVATE = True

    class Opened(Event):
        """`kind`: qr_code, page, … (`protocols.checkout`); `content`: what the buyer is shown or sent to."""

        TOPIC = "order.Checkout.Opened"
        PRIVATE = True
        kind: str
        content: str
        expires_at: datetime | None

    class TradeNamed(Event):
        """The provider's own number of the payment, and what is to be sent on chain where it takes coins."""

        TOPIC = "order.Checkout.TradeNamed"
        PRIVATE = True
        trade_number: str
        payable: str | None
        coin: str | None
        address: str | None

    class Followed(Event):
        """Others created the payment: it is only asked about."""

        TOPIC = "order.Checkout.Followed"
        PRIVATE = True

    class FoundUnaskable(Event):
        """The provider cannot be asked about it: only its notice tells."""

        TOPIC = "order.Checkout.FoundUnaskable"
        PRIVATE = True

    class FellSilent(Event):
        """The provider has not answered the creation; it is called again."""

        TOPIC = "order.Checkout.FellSilent"
        PRIVATE = True

    class Refused(Event):
        TOPIC = "order.Checkout.Refused"
        PRIVATE = True
        reason: str

    class Ended(Event):
        TOPIC = "order.Checkout.Ended"
        PRIVATE = True
        result: str

    @event(Requested)
    def __init__(self, shop_id: str, order_number: str, provider: str) -> None:
        self.shop_id = shop_id
        self.order_number = order_number
        self.provider = provider
        self.state = CheckoutState.PENDING
        self.kind: str | None = None
        self.content: str | None = None
        self.expires_at: datetime | None = None
        self.trade_number: str | None = None
        self.payable: str | None = None
        self.coin: str | None = None
        self.address: str | None = None
        self.is_followed = False
        self.is_askable = True
        self.is_silent = False
        """Whether the provider has let this creation unanswered, once at least."""
        self.round_number = 0
        """How often it was opened: each round of questions has a key of its own."""
        self.reason: str | None = None
        """Why it was refused, or how it ended."""

    @staticmethod
    def create_id(shop_id: str, order_number: str, provider: str) -> UUID:
        return stream_id(shop_id, "checkout", order_number, provider)

    @property
    def slot_key(self) -> str:
        return self.order_number

    @property
    def subject(self) -> str | None:
        return self.order_number

    @property
    def is_bare(self) -> bool:
        """Whether there is nothing to show the buyer, and nothing on its way: it was refused, or it is only followed."""
        is_only_followed = self.state is CheckoutState.OPEN and self.is_followed and self.kind is None
        return self.state is CheckoutState.REFUSED or is_only_followed

    def request_again(self) -> bool:
        """Whether it is to be tried again."""
        if not self.is_bare:
            return False
        self._requested_again()
        return True

    @event(RequestedAgain)
    def _requested_again(self) -> None:
        self.state = CheckoutState.PENDING
        self.is_silent = False
        self.reason = None

    def open(self, *, kind: str, content: str, expires_at: datetime | None) -> None:
        self._opened(kind=kind, content=content, expires_at=expires_at)

    @event(Opened)
    def _opened(self, kind: str, content: str, expires_at: datetime | None) -> None:
        self.state = CheckoutState.OPEN
        self.kind = kind
        self.content = content
        self.reason = None
        self.expires_at = expires_at
        self.is_followed = False
        self.is_askable = True
        self.round_number += 1

    def name_trade(self, trade_number: str, *, payable: str | None, coin: str | None, address: str | None) -> None:
        self._trade_named(trade_number=trade_number, payable=payable, coin=coin, address=address)

    @event(TradeNamed)
    def _trade_named(self, trade_number: str, payable: str | None, coin: str | None, address: str | None) -> None:
        self.trade_number = trade_number
        self.payable = payable
        self.coin = coin
        self.address = address

    @property
    def is_under_way(self) -> bool:
        """Whether it can be paid by, or is about to be."""
        return self.state in (CheckoutState.PENDING, CheckoutState.OPEN)

    def follow(self) -> None:
        """Take it as open from now on: one that was made for that, or is not under way any more."""
        self._followed()

    @event(Followed)
    def _followed(self) -> None:
        self.state = CheckoutState.OPEN
        self.reason = None
        self.is_followed = True
        self.is_askable = True
        self.round_number += 1

    def find_unaskable(self) -> None:
        self._found_unaskable()

    @event(FoundUnaskable)
    def _found_unaskable(self) -> None:
        self.is_askable = False

    def fall_silent(self) -> bool:
        """The creation got no answer; False where that is known."""
        if self.is_silent:
            return False
        self._fell_silent()
        return True

    @event(FellSilent)
    def _fell_silent(self) -> None:
        self.is_silent = True
        self.reason = NO_ANSWER

    def refuse(self, reason: str) -> None:
        self._refused(reason=reason)

    @event(Refused)
    def _refused(self, reason: str) -> None:
        self.state = CheckoutState.REFUSED
        self.reason = reason

    def end(self, result: str) -> None:
        self._ended(result=result)

    @event(Ended)
    def _ended(self, result: str) -> None:
        self.state = CheckoutState.OVER
        self.reason = result
