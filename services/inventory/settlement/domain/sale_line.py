"""A sale that is settled with the supplier of its card, or who made its top-up: one line for each card or top-up, ever.

    pending ──T+N and the warranty are over──▶ due (in a settlement)
       │ held (a case, a claim, the warranty)    │ held, while its settlement may still give it back
       ▼                                         ▼
    frozen ◀─────────────────────────────────────┘        frozen ──last hold released──▶ pending, or due at once
       └──the supplier owes──▶ withheld: it gets nothing for this card

A line is *unpriced* until it is known what the card was sold for and what is the supplier's; a person may have to say it. What the
supplier gets is `net_minor`, what stays with us `commission_minor`: together they are the sale.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from chassis.errors import Refusal


class LineStatus(StrEnum):
    """Where a line stands."""

    UNPRICED = "unpriced"
    PENDING = "pending"
    FROZEN = "frozen"
    DUE = "due"
    WITHHELD = "withheld"


class LinePriced(Refusal):
    code = "settlement-line-priced"
    title = "It is known already what the line is worth"


class LineWithheld(Refusal):
    code = "settlement-line-withheld"
    title = "The supplier gets nothing for this card"


@dataclass(frozen=True, slots=True)
class Price:
    """What a card was sold for, and what of that is ours and the supplier's."""

    currency: str
    sale_minor: int
    commission_minor: int

    @property
    def net_minor(self) -> int:
        return self.sale_minor - self.commission_minor


class SaleLine(Aggregate):
    """See the module. `card_id`: of a top-up, the id of its need.

    `commission_basis_points` None: sold on account, so the cost is the supplier's and the rest ours.
    """

    TOPIC = "inventory.SaleLine"

    class Opened(Created):
        TOPIC = "inventory.SaleLine.Opened"
        PRIVATE = True
        shop_id: str
        supplier_code: str
        card_id: UUID
        need_id: UUID
        order_number: str
        line: int
        unit: int
        product_code: str
        grade: str | None
        commission_basis_points: int | None
        sold_at: datetime
        due_at: datetime
        warranty_ends_at: datetime | None

    class Priced(Event):
        TOPIC = "inventory.SaleLine.Priced"
        PRIVATE = True
        shop_id: str
        supplier_code: str
        price: Price
        priced_by: str
        becomes: LineStatus

    class Moved(Event):
        """`holds`: what keeps it frozen from now on. `cause`: the hold, the claim, or `matured`."""

        TOPIC = "inventory.SaleLine.Moved"
        PRIVATE = True
        shop_id: str
        supplier_code: str
        currency: str
        net_minor: int
        was: LineStatus
        becomes: LineStatus
        holds: tuple[str, ...]
        is_matured: bool
        settlement_id: UUID | None
        cause: str

    @event(Opened)
    def __init__(
        self,
        shop_id: str,
        supplier_code: str,
        card_id: UUID,
        need_id: UUID,
        order_number: str,
        line: int,
        unit: int,
        product_code: str,
        grade: str | None,
        commission_basis_points: int | None,
        sold_at: datetime,
        due_at: datetime,
        warranty_ends_at: datetime | None,
    ) -> None:
        self.shop_id = shop_id
        self.supplier_code = supplier_code
        self.card_id = card_id
        self.need_id = need_id
        self.order_number = order_number
        self.line = line
        self.unit = unit
        self.product_code = product_code
        self.grade = grade
        self.commission_basis_points = commission_basis_points
        self.sold_at = sold_at
        self.due_at = due_at
        self.warranty_ends_at = warranty_ends_at
        self.price: Price | None = None
        self.status = LineStatus.UNPRICED
        self.holds: tuple[str, ...] = ()
        self.is_matured = False
        self.settlement_id: UUID | None = None

    @staticmethod
    def create_id(shop_id: str, card_id: UUID) -> UUID:
        return stream_id(shop_id, "sale-line", card_id)

    @property
    def slot_key(self) -> str:
        return self.supplier_code

    @property
    def subject(self) -> str | None:
        return self.order_number

    @property
    def is_ready(self) -> bool:
        """Whether nothing keeps it from a settlement but that it is not in one yet."""
        return self.is_matured and self.price is not None and not self.holds and self.status is not LineStatus.WITHHELD

    def set_price(self, price: Price, *, priced_by: str) -> None:
        """Note what the line is worth; raises LinePriced, LineWithheld."""
        if self.status is LineStatus.WITHHELD:
            raise LineWithheld(card_id=self.card_id)
        if self.price is not None:
            raise LinePriced(card_id=self.card_id)
        becomes = LineStatus.FROZEN if self.holds else LineStatus.PENDING
        self._priced(shop_id=self.shop_id, supplier_code=self.supplier_code, price=price, priced_by=priced_by, becomes=becomes)

    @event(Priced)
    def _priced(self, shop_id: str, supplier_code: str, price: Price, priced_by: str, becomes: LineStatus) -> None:
        self.price = price
        self.status = becomes

    def mature(self) -> None:
        """T+N and the warranty are over; a second time changes nothing."""
        if not self.is_matured:
            self._move(self.status, holds=self.holds, is_matured=True, cause="matured")

    def hold(self, hold: str) -> None:
        """Freeze it for a reason with a name, out of any settlement; held for that already, or withheld: nothing changes."""
        if hold not in self.holds and self.status is not LineStatus.WITHHELD:
            becomes = LineStatus.UNPRICED if self.price is None else LineStatus.FROZEN
            self._move(becomes, holds=(*self.holds, hold), is_matured=self.is_matured, cause=hold)

    def release(self, hold: str) -> None:
        """The reason is gone; the last one lets it go on."""
        if hold in self.holds and self.status is not LineStatus.WITHHELD:
            rest = tuple(each for each in self.holds if each != hold)
            becomes = LineStatus.UNPRICED if self.price is None else LineStatus.FROZEN if rest else LineStatus.PENDING
            self._move(becomes, holds=rest, is_matured=self.is_matured, cause=hold)

    def withhold(self, cause: str) -> None:
        """The supplier owes for this card, so it gets nothing for it; a second time changes nothing."""
        if self.status is not LineStatus.WITHHELD:
            self._move(LineStatus.WITHHELD, holds=(), is_matured=self.is_matured, cause=cause)

    def fall_due(self, settlement_id: UUID) -> None:
        """It is part of a settlement now."""
        assert self.is_ready, f"a {self.status} line falls due"
        self._move(LineStatus.DUE, holds=(), is_matured=True, cause="matured", settlement_id=settlement_id)

    def _move(
        self, becomes: LineStatus, *, holds: tuple[str, ...], is_matured: bool, cause: str, settlement_id: UUID | None = None
    ) -> None:
        self._moved(
            shop_id=self.shop_id,
            supplier_code=self.supplier_code,
            currency=self.price.currency if self.price is not None else "",
            net_minor=self.price.net_minor if self.price is not None else 0,
            was=self.status,
            becomes=becomes,
            holds=holds,
            is_matured=is_matured,
            settlement_id=settlement_id,
            cause=cause,
        )

    @event(Moved)
    def _moved(
        self,
        shop_id: str,
        supplier_code: str,
        currency: str,
        net_minor: int,
        was: LineStatus,
        becomes: LineStatus,
        holds: tuple[str, ...],
        is_matured: bool,
        settlement_id: UUID | None,
        cause: str,
    ) -> None:
        self.status = becomes
        self.holds = holds
        self.is_matured = is_matured
        self.settlement_id = settlement_id
