"""One card: the sold secret, of which this stream knows a reference, a fingerprint and a masked preview.

    free ──reserve──▶ reserved ──allocate──▶ allocated ──hold──▶ held
      ▲                  │ release              ▲
      └──────────────────┘      free ──allocate─┘        free ──void──▶ void

The id comes from the fingerprint, so the same secret can only ever be one card of a shop, whatever file or supplier it came from.

What else may befall a card is told by its parts: how a reusable one is lent, how one is kept from everybody while its batch is stopped,
how one comes back after a restore, and what a shop beside us does with it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from chassis.errors import Refusal
from services.inventory.stock.domain.card_beside import CardBeside
from services.inventory.stock.domain.card_lending import CardLending
from services.inventory.stock.domain.card_regaining import CardRegaining
from services.inventory.stock.domain.card_status import CardStatus
from services.inventory.stock.domain.card_withholding import CardWithholding


class CardNotOfOrder(Refusal):
    code = "card-not-of-order"
    title = "The card does not belong to this order"


class CardWithheld(Refusal):
    code = "card-withheld"
    title = "The card is held back or void"


class CardNotUnsold(Refusal):
    code = "card-not-unsold"
    title = "The card is not in stock any more"


class CardLost(Refusal):
    code = "card-lost"
    title = "The card's secret was lost by a restore and is not back yet"


def stock_key_of(shop_id: str, product_code: str) -> str:
    """The key under which a product's stock is counted and handed out."""
    return f"{shop_id}|{product_code}"


def rank_of(now: datetime, position: int = 0) -> int:
    """First in, first out: the time in microseconds, then (below 100) the place among the cards of one unit of work."""
    return int(now.timestamp() * 1_000_000) * 100 + position


class Card(CardLending, CardRegaining, CardWithholding, CardBeside, Aggregate):
    """A card of one product, from one supplier. `rank`: its place in the order of handing out.

    `remarks_reference`: what its file said beside it, in the vault.
    """

    TOPIC = "inventory.Card"

    class Stocked(Created):
        TOPIC = "inventory.Card.Stocked"
        PRIVATE = True
        class_version = 3
        shop_id: str
        fingerprint: str
        preview: str
        reference: str
        product_code: str
        supplier_code: str
        origin: str
        rank: int
        expires_at: datetime | None = None
        remarks_reference: str | None = None
        is_reusable: bool = False
        use_limit: int | None = None

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> dict[str, Any]:
            return {**state, "expires_at": None, "remarks_reference": None}

        @staticmethod
        def upcast_v2_v3(state: dict[str, Any]) -> dict[str, Any]:
            return {**state, "is_reusable": False, "use_limit": None}

    class Reserved(Event):
        TOPIC = "inventory.Card.Reserved"
        PRIVATE = True
        stock_key: str
        need_id: UUID

    class Released(Event):
        TOPIC = "inventory.Card.Released"
        PRIVATE = True
        stock_key: str

    class Allocated(Event):
        TOPIC = "inventory.Card.Allocated"
        PRIVATE = True
        stock_key: str
        need_id: UUID
        order_number: str
        line: int
        unit: int
        was: CardStatus

    class Opened(Event):
        TOPIC = "inventory.Card.Opened"
        opened_count: int
        purpose: str
        ip_reference: str | None
        device_reference: str | None

    class Exported(Event):
        """An unsold card left the service in the open, for a person of the staff; it stays in stock."""

        TOPIC = "inventory.Card.Exported"
        PRIVATE = True
        exported_count: int
        exported_by: str

    class Held(Event):
        TOPIC = "inventory.Card.Held"
        PRIVATE = True
        stock_key: str
        holder_id: str

    class Voided(Event):
        TOPIC = "inventory.Card.Voided"
        PRIVATE = True
        stock_key: str
        reason: str

    @event(Stocked)
    def __init__(
        self,
        shop_id: str,
        preview: str,
        product_code: str,
        supplier_code: str,
        rank: int,
        fingerprint: str | None = None,
        reference: str | None = None,
        origin: str | None = None,
        expires_at: datetime | None = None,
        remarks_reference: str | None = None,
        is_reusable: bool = False,
        use_limit: int | None = None,
        need_id: UUID | None = None,
        order_number: str | None = None,
        line: int = 0,
        unit: int = 0,
    ) -> None:
        self.shop_id = shop_id
        self.fingerprint = fingerprint
        self.preview = preview
        self.reference = reference
        self.product_code = product_code
        self.supplier_code = supplier_code
        self.origin = origin
        self.rank = rank
        self.expires_at = expires_at
        self.remarks_reference = remarks_reference
        self.is_reusable = is_reusable
        self.use_limit = use_limit
        self.use_count = 0
        self.status = CardStatus.LOST if reference is None else CardStatus.FREE if need_id is None else CardStatus.ALLOCATED
        self.need_id = need_id
        self.order_number = order_number
        self.line = line
        self.unit = unit
        self.shop_row: int | None = None
        self.is_taken_over = False
        self.is_sold_twice = False
        self.opened_count = 0
        self.exported_count = 0
        self.is_withheld = False

    @staticmethod
    def create_id(shop_id: str, fingerprint: str) -> UUID:
        return stream_id(shop_id, "card", fingerprint)

    @property
    def slot_key(self) -> str:
        return self.product_code

    @property
    def subject(self) -> str | None:
        return self.order_number

    @property
    def stock_key(self) -> str:
        return stock_key_of(self.shop_id, self.product_code)

    @property
    def is_givable(self) -> bool:
        """Whether nobody has it for good."""
        return self.is_withheld or self.status in (CardStatus.FREE, CardStatus.RESERVED, CardStatus.LOST)

    def open_again(self, opened_count: int) -> None:
        """That it was opened so often was said before a restore; so much is known already: nothing."""
        if opened_count > self.opened_count:
            self._opened(opened_count=opened_count, purpose="said_before", ip_reference=None, device_reference=None)

    def reserve(self, *, need_id: UUID) -> None:
        """Keep a free card for a need that is not paid yet."""
        assert self.status is CardStatus.FREE, f"a {self.status} card is reserved"
        self._reserved(stock_key=self.stock_key, need_id=need_id)

    @event(Reserved)
    def _reserved(self, stock_key: str, need_id: UUID) -> None:
        self.status = CardStatus.RESERVED
        self.need_id = need_id

    def release(self, *, need_id: UUID) -> None:
        """Give a card reserved for this need back to stock."""
        assert self.status is CardStatus.RESERVED, f"a {self.status} card is released"
        assert self.need_id == need_id, "the card is reserved for another need"
        self._released(stock_key=self.stock_key)

    @event(Released)
    def _released(self, stock_key: str) -> None:
        self.status = CardStatus.FREE
        self.need_id = None

    def allocate(self, *, need_id: UUID, order_number: str, line: int, unit: int) -> None:
        """Give the card to a need: a free or lost one, or the one reserved for it. Never to a second one."""
        is_its_own = self.status is CardStatus.RESERVED and self.need_id == need_id
        assert self.status in (CardStatus.FREE, CardStatus.LOST) or is_its_own, f"a {self.status} card is allocated"
        self._allocated(stock_key=self.stock_key, need_id=need_id, order_number=order_number, line=line, unit=unit, was=self.status)

    @event(Allocated)
    def _allocated(self, stock_key: str, need_id: UUID, order_number: str, line: int, unit: int, was: CardStatus) -> None:
        self.status = CardStatus.ALLOCATED
        self.need_id = need_id
        self.order_number = order_number
        self.line = line
        self.unit = unit

    def open(self, *, order_number: str, purpose: str, ip_reference: str | None, device_reference: str | None) -> None:
        """Let the buyer of this order see the card; raises CardWithheld, CardNotOfOrder, CardLost."""
        if self.order_number != order_number:
            raise CardNotOfOrder(card_id=self.id)
        if self.status is not CardStatus.ALLOCATED:
            raise CardWithheld(card_id=self.id, card_status=self.status)
        if self.is_lost:
            raise CardLost(card_id=self.id)
        self._opened(
            opened_count=self.opened_count + 1,
            purpose=purpose,
            ip_reference=ip_reference,
            device_reference=device_reference,
        )

    @event(Opened)
    def _opened(self, opened_count: int, purpose: str, ip_reference: str | None, device_reference: str | None) -> None:
        self.opened_count = opened_count

    def export(self, *, exported_by: str) -> None:
        """Let a person of the staff have an unsold card in the open; raises CardNotUnsold."""
        if self.status is not CardStatus.FREE:
            raise CardNotUnsold(card_id=self.id, card_status=self.status)
        self._exported(exported_count=self.exported_count + 1, exported_by=exported_by)

    @event(Exported)
    def _exported(self, exported_count: int, exported_by: str) -> None:
        self.exported_count = exported_count

    def hold(self, *, holder_id: str) -> None:
        """Keep an allocated card from its buyer until its holder decides."""
        assert self.status is CardStatus.ALLOCATED, f"a {self.status} card is held"
        self._held(stock_key=self.stock_key, holder_id=holder_id)

    @event(Held)
    def _held(self, stock_key: str, holder_id: str) -> None:
        self.status = CardStatus.HELD

    def withdraw(self, *, reason: str) -> None:
        """Take an unsold card out of stock for good, because a person said so; raises CardNotUnsold."""
        if self.status is not CardStatus.FREE:
            raise CardNotUnsold(card_id=self.id, card_status=self.status)
        self._voided(stock_key=self.stock_key, reason=reason)

    def void(self, *, reason: str) -> None:
        """Take a free card out of stock for good."""
        assert self.status is CardStatus.FREE, f"a {self.status} card is voided"
        self._voided(stock_key=self.stock_key, reason=reason)

    @event(Voided)
    def _voided(self, stock_key: str, reason: str) -> None:
        self.status = CardStatus.VOID
