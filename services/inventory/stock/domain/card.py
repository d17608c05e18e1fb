"""One card: the sold secret, of which this stream knows a reference, a fingerprint and a masked preview.

    free ──reserve──▶ reserved ──allocate──▶ allocated ──hold──▶ held
      ▲                  │ release              ▲
      └──────────────────┘      free ──allocate─┘        free ──void──▶ void

    free ──withhold──▶ held (its batch is stopped) ──restock──▶ free, or ──discard──▶ void

The id comes from the fingerprint, so the same secret can only ever be one card of a shop, whatever file or supplier it came from.

A *reusable* card stays free: each need that it is given to has a copy of its own, a card with the same secret that is allocated from
the first and goes its own way. With a limit of uses it ends void with the last.

A card that only our own published word still knows, since a restore took it away with its secret, is *lost*. It is what it was said to
be (allocated, held, void, or `lost` where it was stock), but cannot be opened until its secret comes back. Then it is regained: whole
again, where it stands; `lost` becomes free.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from chassis.errors import Refusal
from services.inventory.stock.domain.card_beside import CardBeside
from services.inventory.stock.domain.card_status import CardStatus

BATCH_STOPPED = "batch_stopped"
"""Why a card is held that nobody had: its batch is stopped."""


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


class Card(CardBeside, Aggregate):
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

    class Copied(Created):
        """One giving of a reusable card: a card of its own, with the same secret, allocated from the first."""

        TOPIC = "inventory.Card.Copied"
        PRIVATE = True
        shop_id: str
        fingerprint: str
        preview: str
        reference: str
        product_code: str
        supplier_code: str
        origin: str
        rank: int
        need_id: UUID
        order_number: str
        line: int
        unit: int

    class Lent(Event):
        """A reusable card with a limit was given once more; `is_last`: it is used up."""

        TOPIC = "inventory.Card.Lent"
        PRIVATE = True
        stock_key: str
        use_count: int
        is_last: bool

    class Lost(Created):
        """Known from our own word alone, after a restore; its secret is gone."""

        TOPIC = "inventory.Card.Lost"
        PRIVATE = True
        shop_id: str
        preview: str
        product_code: str
        supplier_code: str
        rank: int

    class Regained(Event):
        """The secret of a lost card came back."""

        TOPIC = "inventory.Card.Regained"
        PRIVATE = True
        stock_key: str
        class_version = 2
        fingerprint: str
        preview: str
        reference: str
        was: CardStatus
        rank: int | None = None
        expires_at: datetime | None = None

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> dict[str, Any]:
            return {**state, "rank": None, "expires_at": None}

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
        """Of one with a limit; nobody counts the others, whose streams would grow with it."""
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

    # after a restore

    @classmethod
    def lost(cls, card_id: UUID, *, shop_id: str, preview: str, product_code: str, supplier_code: str, rank: int) -> Card:
        """A card that our published word names and the store does not: it is nobody's until somebody is said to have it."""
        values = {"preview": preview, "product_code": product_code, "supplier_code": supplier_code, "rank": rank}
        return cls._create(cls.Lost, id=card_id, shop_id=shop_id, **values)

    @property
    def is_lost(self) -> bool:
        """Whether its secret is gone."""
        return self.reference is None and self.status is not CardStatus.SOLD_THERE

    @property
    def is_givable(self) -> bool:
        """Whether nobody has it for good."""
        return self.is_withheld or self.status in (CardStatus.FREE, CardStatus.RESERVED, CardStatus.LOST)

    def regain(
        self, *, fingerprint: str, preview: str, reference: str, rank: int | None = None, expires_at: datetime | None = None
    ) -> None:
        """Its secret is back, sealed under `reference`; `rank`: its place among the others, where that is not as before."""
        assert self.is_lost, "a card that is whole is regained"
        self._regained(
            stock_key=self.stock_key, fingerprint=fingerprint, preview=preview, reference=reference, was=self.status,
            rank=rank, expires_at=expires_at,
        )  # fmt: skip

    @event(Regained)
    def _regained(
        self,
        stock_key: str,
        fingerprint: str,
        preview: str,
        reference: str,
        was: CardStatus,
        rank: int | None,
        expires_at: datetime | None,
    ) -> None:
        self.rank = self.rank if rank is None else rank
        self.expires_at = expires_at
        self.fingerprint = fingerprint
        self.preview = preview
        self.reference = reference
        if was is CardStatus.LOST:
            self.status = CardStatus.FREE

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

    def open_again(self, opened_count: int) -> None:
        """That it was opened so often was said before a restore; so much is known already: nothing."""
        if opened_count > self.opened_count:
            self._opened(opened_count=opened_count, purpose="said_before", ip_reference=None, device_reference=None)

    # its way

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

    @staticmethod
    def copy_id(shop_id: str, fingerprint: str, need_id: UUID) -> UUID:
        """The card that a reusable one becomes for a need."""
        return stream_id(shop_id, "card", fingerprint, need_id)

    def lend(self, *, need_id: UUID, order_number: str, line: int, unit: int) -> Card:
        """Give a reusable card to one more need: the copy that is its own from now on."""
        assert self.status is CardStatus.FREE, f"a {self.status} card is lent"
        assert self.is_reusable, "a card that is not reusable is lent"
        assert self.fingerprint is not None
        if self.use_limit is not None:
            use_count = self.use_count + 1
            self._lent(stock_key=self.stock_key, use_count=use_count, is_last=use_count >= self.use_limit)
        return self._create(
            Card.Copied,
            id=self.copy_id(self.shop_id, self.fingerprint, need_id),
            shop_id=self.shop_id,
            fingerprint=self.fingerprint,
            preview=self.preview,
            reference=self.reference,
            product_code=self.product_code,
            supplier_code=self.supplier_code,
            origin=str(self.id),
            rank=self.rank,
            need_id=need_id,
            order_number=order_number,
            line=line,
            unit=unit,
        )

    @event(Lent)
    def _lent(self, stock_key: str, use_count: int, is_last: bool) -> None:
        self.use_count = use_count
        if is_last:
            self.status = CardStatus.VOID

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
