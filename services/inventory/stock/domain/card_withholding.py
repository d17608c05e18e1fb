"""A card that nobody had is kept from everybody: for good, until a person decides, or while its batch is stopped.

    free, lost ──set aside──▶ held or void
    free ──withhold──▶ held (its batch is stopped) ──restock──▶ free, or ──discard──▶ void

A card that a need has is never one of these.
"""

from __future__ import annotations

from chassis.aggregate import Event, event
from services.inventory.stock.domain.card_part import CardPart
from services.inventory.stock.domain.card_status import CardStatus

BATCH_STOPPED = "batch_stopped"
"""Why a card is held that nobody had: its batch is stopped."""


class CardWithholding(CardPart):
    """See the module. `is_withheld`: held because its batch is stopped."""

    is_withheld: bool

    class SetAside(Event):
        """Nobody is given this card, whatever it was said to be; `becomes`: held (a person decides) or void."""

        TOPIC = "inventory.Card.SetAside"
        PRIVATE = True
        stock_key: str
        was: CardStatus
        becomes: CardStatus
        reason: str

    class Restocked(Event):
        """A card that was withheld with its batch is stock again."""

        TOPIC = "inventory.Card.Restocked"
        PRIVATE = True
        stock_key: str

    def set_aside(self, *, becomes: CardStatus, reason: str) -> None:
        """Keep a free or lost card from everybody: `held` until a person decides, or `void`."""
        assert self.status in (CardStatus.FREE, CardStatus.LOST), f"a {self.status} card is set aside"
        self._set_aside(stock_key=self.stock_key, was=self.status, becomes=becomes, reason=reason)

    def withhold(self) -> None:
        """Keep a free card from everybody while its batch is stopped."""
        self.set_aside(becomes=CardStatus.HELD, reason=BATCH_STOPPED)

    def discard(self, *, reason: str) -> None:
        """Take a withheld card out of stock for good."""
        assert self.is_withheld, f"a {self.status} card is discarded"
        self._set_aside(stock_key=self.stock_key, was=self.status, becomes=CardStatus.VOID, reason=reason)

    @event(SetAside)
    def _set_aside(self, stock_key: str, was: CardStatus, becomes: CardStatus, reason: str) -> None:
        self.status = becomes
        self.is_withheld = becomes is CardStatus.HELD and reason == BATCH_STOPPED

    def restock(self) -> None:
        """Its batch is on sale again."""
        assert self.is_withheld, f"a {self.status} card is restocked"
        self._restocked(stock_key=self.stock_key)

    @event(Restocked)
    def _restocked(self, stock_key: str) -> None:
        self.status = CardStatus.FREE
        self.is_withheld = False
