"""An order of a shop beside us: read from its database, so it is known without proof, and the shop delivers it.

    imported ──the shop delivers──▶ delivered outside: counts as revealed
    imported, paid there, nothing delivered ──filled in──▶ an order as any other, which we deliver

Where its payments can be asked about (behind the shop), it is filled in only once a provider has said that it was paid.
Once filled in it is never handed back. Should the shop deliver it all the same, what we have not delivered yet is ended, and the double
delivery is told.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from chassis.aggregate import Created, Event, Part, event
from contracts.values import Money
from services.order.domain.entitlement import Entitlement, UnitState
from services.order.domain.lines import Line
from services.order.domain.order_state import OrderState
from services.order.domain.order_units import OrderUnits

UNPAID, PAID, BY_HAND, DELIVERED, FAILED, LAPSED = "unpaid", "paid", "by_hand", "delivered", "failed", "lapsed"
"""How an order stands in its shop: as `protocols.shops` says it."""
UNDELIVERED = (PAID, BY_HAND)
BY_PEOPLE = "by_people"
"""Paid, and of a good that we do not know: the shop's people deliver it, whatever the mode."""
SETTLED = "settled"
"""Nothing more is expected of it, and the shop is not asked any more."""
OPEN = (UNPAID, PAID, BY_HAND, BY_PEOPLE)
"""What may still change there."""
DELIVERED_OUTSIDE = "delivered_outside"
"""Why a unit has failed that the shop delivered before us."""


class OrderBeside(OrderUnits, Part):
    """See the module. `shop_row`: its row in the shop's table; `shop_state`: how it stood there last.

    `proof`: the provider that has confirmed the payment, and its trade number; `is_unproven`: paid in the shop, and denied by one that was
    asked.
    """

    shop_row: int | None
    shop_state: str | None
    shop_trade_number: str | None
    proof: tuple[str, str] | None
    is_unproven: bool
    is_filled_in: bool
    is_taken_over: bool
    shop_id: str
    order_number: str
    amount: Money
    lines: tuple[Line, ...]

    class Imported(Created):
        TOPIC = "order.Order.Imported"
        shop_id: str
        order_number: str
        lines: tuple[Line, ...]
        amount: Money
        contact_fingerprint: str
        contact_reference: str
        origin_reference: str | None
        expires_at: datetime
        is_taken_over: bool
        shop_kind: str
        shop_row: int
        shop_state: str
        shop_trade_number: str | None

        def apply(self, aggregate: Any) -> None:
            """After the constructor, whose parameters are those of an order that was sent to us."""
            aggregate.state = OrderState.IMPORTED
            aggregate.shop_row = self.shop_row
            aggregate.shop_state = self.shop_state
            aggregate.shop_trade_number = self.shop_trade_number

    class ToldByShop(Event):
        """It stands otherwise in the shop than before, and is not delivered."""

        TOPIC = "order.Order.ToldByShop"
        PRIVATE = True
        before: str
        shop_state: str
        shop_trade_number: str | None

    class DeliveredOutside(Event):
        """The shop has delivered it; `is_double`: we had begun to."""

        TOPIC = "order.Order.DeliveredOutside"
        before: str
        product_code: str
        card_fingerprints: tuple[str, ...]
        is_double: bool

    class Proven(Event):
        """A provider that was asked says that it was paid; `shop_state`: how it stood in the shop when that was said. `was_unproven`:
        it had been denied before."""

        TOPIC = "order.Order.Proven"
        PRIVATE = True
        shop_id: str
        order_number: str
        provider: str
        trade_number: str
        shop_state: str
        was_unproven: bool

    class ProofDenied(Event):
        """The shop says that it is paid, and a provider that was asked says that it is not: we do not deliver it."""

        TOPIC = "order.Order.ProofDenied"
        PRIVATE = True
        shop_id: str
        order_number: str
        provider: str

    class FilledIn(Event):
        """The shop has the money and has not delivered: we deliver. `before`: how it stood there."""

        TOPIC = "order.Order.FilledIn"
        before: str

    @classmethod
    def imported(cls, **values: Any) -> Self:
        """An order as it was read from the shop."""
        return cls._create(cls.Imported, **values)

    def hear_shop(self, shop_state: str, *, card_fingerprints: tuple[str, ...], shop_trade_number: str | None) -> bool:
        """Take how it stands in the shop now; False where that is nothing new. A delivery there is final."""
        if self.shop_state is None or self.shop_state in (DELIVERED, shop_state):
            return False
        if shop_state == DELIVERED:
            self.deliver_outside(card_fingerprints)
        else:
            self._told_by_shop(before=self.shop_state, shop_state=shop_state, shop_trade_number=shop_trade_number)
        return True

    @event(ToldByShop)
    def _told_by_shop(self, before: str, shop_state: str, shop_trade_number: str | None) -> None:
        self.shop_state = shop_state
        self.shop_trade_number = shop_trade_number or self.shop_trade_number
        self.is_unproven = False

    def deliver_outside(self, card_fingerprints: tuple[str, ...]) -> None:
        """The shop has delivered it; what of it was still to be delivered by us has failed."""
        assert self.shop_state is not None, "an order of our own"
        self._delivered_outside(
            before=self.shop_state,
            product_code=self.lines[0].product_code,
            card_fingerprints=card_fingerprints,
            is_double=self.is_filled_in,
        )
        for unit in self.pending():
            self.fail(unit.key, DELIVERED_OUTSIDE)

    @event(DeliveredOutside)
    def _delivered_outside(self, before: str, product_code: str, card_fingerprints: tuple[str, ...], is_double: bool) -> None:
        self.shop_state = DELIVERED
        if not is_double:
            self.outcome = "delivered"
            self.units = {key: _revealed(unit, self.modified_on) for key, unit in self.units.items()}

    @property
    def is_askable_behind(self) -> bool:
        """Whether it matters what a provider says of it: it may still be paid there, or delivered here."""
        return self.shop_row is not None and not self.is_filled_in and self.shop_state in OPEN

    def prove(self, *, provider: str, trade_number: str) -> None:
        """Take a provider's word that it was paid; once."""
        if self.is_askable_behind and self.proof is None:
            assert self.shop_state is not None, "an order of our own"
            self._proven(
                shop_id=self.shop_id,
                order_number=self.order_number,
                provider=provider,
                trade_number=trade_number,
                shop_state=self.shop_state,
                was_unproven=self.is_unproven,
            )

    @event(Proven)
    def _proven(self, shop_id: str, order_number: str, provider: str, trade_number: str, shop_state: str, was_unproven: bool) -> None:
        self.proof = (provider, trade_number)
        self.is_unproven = False

    def deny(self, provider: str) -> None:
        """Take a provider's word that it was not paid, where the shop says that it was; the first one counts."""
        if self.is_askable_behind and self.shop_state in UNDELIVERED and self.proof is None and not self.is_unproven:
            self._proof_denied(shop_id=self.shop_id, order_number=self.order_number, provider=provider)

    @event(ProofDenied)
    def _proof_denied(self, shop_id: str, order_number: str, provider: str) -> None:
        self.is_unproven = True

    def fill_in(self) -> bool:
        """Deliver it in the shop's place; False where the shop has not been paid, has delivered, or we have begun already."""
        if self.shop_state not in UNDELIVERED or self.is_filled_in:
            return False
        self._filled_in(before=self.shop_state)
        return True

    def fill_in_again(self) -> None:
        """That we deliver it was said before a restore, whatever we know of the shop since."""
        assert self.shop_state is not None, "an order of our own"
        if not self.is_filled_in:
            self._filled_in(before=self.shop_state)

    @event(FilledIn)
    def _filled_in(self, before: str) -> None:
        self.state = OrderState.PLACED
        self.is_filled_in = True
        self.is_taken_over = True


def _revealed(unit: Entitlement, at: datetime) -> Entitlement:
    return unit.changed(state=UnitState.REVEALED, delivered_at=at)
