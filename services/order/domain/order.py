"""An order with its payment, its fulfilment saga and what the buyer is entitled to, unit by unit.

The order is placed, then paid or expired; an expired one may still be paid, late. From the payment on each unit is pending until
it is delivered (and later revealed) or has failed; those two never meet in one unit. The order is closed once no unit can change
by itself any more.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from contracts.values import Money
from services.order.domain.after_sales import FrozenPolicy
from services.order.domain.entitlement import Entitlement
from services.order.domain.limits import Limits
from services.order.domain.lines import Line, UnitKey, need_id, units_of
from services.order.domain.order_accounts import GivenAccount, OrderAccounts
from services.order.domain.order_beside import OrderBeside
from services.order.domain.order_state import OrderState
from services.order.domain.order_waiting import OrderWaiting


class Order(OrderBeside, OrderAccounts, OrderWaiting, Aggregate):
    """One order of one shop, by the shop's own number."""

    TOPIC = "order.Order"

    class Placed(Created):
        TOPIC = "order.Order.Placed"
        shop_id: str
        order_number: str
        lines: tuple[Line, ...]
        amount: Money
        contact_fingerprint: str
        contact_reference: str | None  # None: taken back from its message after a restore, which carries the fingerprint only
        origin_reference: str | None
        expires_at: datetime
        is_taken_over: bool

    class ContactSealedAgain(Event):
        """The shop sent an order again whose sealed contact a restore had lost."""

        TOPIC = "order.Order.ContactSealedAgain"
        PRIVATE = True
        contact_reference: str
        origin_reference: str | None

    class SearchBegun(Event):
        """From here on the order has a `PaymentSearch`."""

        TOPIC = "order.Order.SearchBegun"
        PRIVATE = True

    class ChannelNamed(Event):
        """A provider by which the order may be paid: it has a `Checkout` there."""

        TOPIC = "order.Order.ChannelNamed"
        PRIVATE = True
        provider: str

    class LastAsked(Event):
        """Its time is over: the providers it may have been paid by are asked once more before it is let go."""

        TOPIC = "order.Order.LastAsked"
        PRIVATE = True

    class CancellationAsked(Event):
        """The shop ends its time to pay; it lapses once nobody can say that it was paid."""

        TOPIC = "order.Order.CancellationAsked"
        PRIVATE = True

    class Expired(Event):
        TOPIC = "order.Order.Expired"

    @event(Placed)
    def __init__(
        self,
        shop_id: str,
        order_number: str,
        lines: tuple[Line, ...],
        amount: Money,
        contact_fingerprint: str,
        contact_reference: str | None,
        origin_reference: str | None,
        expires_at: datetime,
        is_taken_over: bool,
    ) -> None:
        self.shop_id = shop_id
        self.order_number = order_number
        self.lines = lines
        self.amount = amount
        self.contact_fingerprint = contact_fingerprint
        self.contact_reference = contact_reference
        self.origin_reference = origin_reference
        self.expires_at = expires_at
        self.is_taken_over = is_taken_over
        self.is_recovered = contact_reference is None
        """Whether a restore had lost it, and its message gave it back."""
        self.accounts: dict[int, GivenAccount] = {}
        self.has_search = False
        self.channels: tuple[str, ...] = ()
        """Providers by which it may be paid, as far as anybody has said so."""
        self.is_last_asked = False
        self.is_cancelled = False
        self.is_give_up_postponed = False
        self.placed_at = self.modified_on
        self.state = OrderState.PLACED
        self.shop_row: int | None = None
        self.shop_state: str | None = None
        self.shop_trade_number: str | None = None
        self.proof: tuple[str, str] | None = None
        self.is_unproven = False
        self.is_filled_in = False
        self.units = {key: Entitlement(key, product_code) for key, product_code in units_of(lines)}
        self.provider: str | None = None
        self.trade_number: str | None = None
        self.confirmed_at: datetime | None = None
        self.gives_up_at: datetime | None = None
        self.paid_at: datetime | None = None
        self.is_late = False
        self.limits: Limits | None = None
        self.rules_version: int | None = None
        self.expected_milliseconds: dict[str, int] = {}
        self.policies: dict[str, FrozenPolicy] = {}
        self.second_payments: tuple[tuple[str, str], ...] = ()
        self.other_amounts: frozenset[tuple[str, str]] = frozenset()
        self.strays: frozenset[str] = frozenset()
        self.outcome: str | None = None

    @staticmethod
    def create_id(shop_id: str, order_number: str) -> UUID:
        return stream_id(shop_id, "order", order_number)

    @property
    def slot_key(self) -> str:
        return self.order_number

    @property
    def subject(self) -> str | None:
        return self.order_number

    def need_id(self, unit: UnitKey) -> UUID:
        """The need that asks for the unit's card."""
        return need_id(self.shop_id, self.order_number, unit)

    # before the money

    def is_same_as(self, *, lines: tuple[Line, ...], amount: Money, contact_fingerprint: str, is_taken_over: bool) -> bool:
        """Whether a placing with this content is this very order, sent again."""
        asked = (lines, amount, contact_fingerprint, is_taken_over)
        return asked == (self.lines, self.amount, self.contact_fingerprint, self.is_taken_over)

    def seal_contact_again(self, contact_reference: str, origin_reference: str | None) -> bool:
        """Take a contact whose earlier sealing was lost; False where it was not."""
        if self.contact_reference is not None:
            return False
        self._contact_sealed_again(contact_reference=contact_reference, origin_reference=origin_reference)
        return True

    @event(ContactSealedAgain)
    def _contact_sealed_again(self, contact_reference: str, origin_reference: str | None) -> None:
        self.contact_reference = contact_reference
        self.origin_reference = origin_reference

    def note_search(self) -> None:
        if not self.has_search:
            self._search_begun()

    @event(SearchBegun)
    def _search_begun(self) -> None:
        self.has_search = True

    def name_channel(self, provider: str) -> None:
        """From here on this provider is asked about it; nothing where that is known."""
        if provider not in self.channels:
            self._channel_named(provider=provider)

    @event(ChannelNamed)
    def _channel_named(self, provider: str) -> None:
        self.channels = (*self.channels, provider)

    def note_last_questions(self) -> None:
        """Its providers are asked for the last time."""
        self._last_asked()

    @event(LastAsked)
    def _last_asked(self) -> None:
        self.is_last_asked = True

    def ask_to_cancel(self) -> bool:
        """End the time to pay; False where it has ended, or was to end, already."""
        if self.state is not OrderState.PLACED or self.is_cancelled:
            return False
        self._cancellation_asked()
        return True

    @event(CancellationAsked)
    def _cancellation_asked(self) -> None:
        self.is_cancelled = True

    def expire(self) -> bool:
        """Let an unpaid order lapse; False where it is no longer unpaid."""
        if self.state is not OrderState.PLACED:
            return False
        self._expired()
        return True

    @event(Expired)
    def _expired(self) -> None:
        self.state = OrderState.EXPIRED

    # the saga
