"""A settlement: the lines that fell due for one supplier in one currency in one period, and their pay-out.

    open ──month over, full, or asked to be paid──▶ closed ──asked──▶ requested ──one person──▶ approved ──another──▶ confirmed ──▶ paid
                                                      ▲ refused          ▲ a line was taken out  │
                                                      └──────────────────┴───────────────────────┘

While it is not confirmed a line may be taken out again, since a case was opened about its card: then it is approved anew. From the
confirmation on it is paid as it stands; what is owed back later is the deposit's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from chassis.errors import Refusal

MAX_LINES = 500


class SettlementStatus(StrEnum):
    """Where a settlement stands."""

    OPEN = "open"
    CLOSED = "closed"
    REQUESTED = "requested"
    APPROVED = "approved"
    CONFIRMED = "confirmed"
    PAID = "paid"


class SettlementNotThere(Refusal):
    code = "settlement-not-there"
    title = "The settlement does not stand where this can be done"


class NothingToPay(Refusal):
    code = "settlement-nothing-to-pay"
    title = "Nothing is due in this settlement"


class SecondPersonNeeded(Refusal):
    code = "settlement-second-person-needed"
    title = "Who has approved a pay-out does not confirm it as well"


@dataclass(frozen=True, slots=True)
class SettledLine:
    """One line as it stands in a settlement."""

    card_id: UUID
    order_number: str
    line: int
    unit: int
    product_code: str
    sold_at: datetime
    grade: str | None
    sale_minor: int
    commission_minor: int
    net_minor: int


class Settlement(Aggregate):
    """See the module. `ordinal`: which one of its supplier and currency it is, from 1."""

    TOPIC = "inventory.Settlement"

    class Opened(Created):
        TOPIC = "inventory.Settlement.Opened"
        PRIVATE = True
        shop_id: str
        supplier_code: str
        currency: str
        ordinal: int

    class LineTaken(Event):
        TOPIC = "inventory.Settlement.LineTaken"
        PRIVATE = True
        shop_id: str
        supplier_code: str
        currency: str
        line: SettledLine
        status: SettlementStatus

    class LineReturned(Event):
        """`left_minor`: what the supplier gets without it."""

        TOPIC = "inventory.Settlement.LineReturned"
        PRIVATE = True
        shop_id: str
        supplier_code: str
        currency: str
        card_id: UUID
        sale_minor: int
        net_minor: int
        left_minor: int
        was: SettlementStatus
        becomes: SettlementStatus

    class Stepped(Event):
        """`by`: the person, the supplier, or `period`. `reference`: of the transfer, when it is paid."""

        TOPIC = "inventory.Settlement.Stepped"
        PRIVATE = True
        shop_id: str
        supplier_code: str
        currency: str
        was: SettlementStatus
        becomes: SettlementStatus
        net_minor: int
        by: str
        reference: str | None

    @event(Opened)
    def __init__(self, shop_id: str, supplier_code: str, currency: str, ordinal: int) -> None:
        self.shop_id = shop_id
        self.supplier_code = supplier_code
        self.currency = currency
        self.ordinal = ordinal
        self.opened_on = self.modified_on
        self.status = SettlementStatus.OPEN
        self.lines: dict[UUID, SettledLine] = {}
        self.taken_count = 0
        self.approved_by: str | None = None
        self.reference: str | None = None

    @staticmethod
    def create_id(shop_id: str, supplier_code: str, currency: str, ordinal: int) -> UUID:
        return stream_id(shop_id, "settlement", currency, ordinal, supplier_code)

    @property
    def slot_key(self) -> str:
        return self.supplier_code

    @property
    def net_minor(self) -> int:
        """What the supplier gets."""
        return sum(each.net_minor for each in self.lines.values())

    @property
    def gives_lines_back(self) -> bool:
        """Whether a line may still be taken out."""
        return self.status not in (SettlementStatus.CONFIRMED, SettlementStatus.PAID)

    def _account(self) -> dict[str, str]:
        return {"shop_id": self.shop_id, "supplier_code": self.supplier_code, "currency": self.currency}

    def is_over(self, now: datetime) -> bool:
        """Whether the next line belongs into another settlement."""
        return (now.year, now.month) != (self.opened_on.year, self.opened_on.month) or self.taken_count >= MAX_LINES

    def take(self, line: SettledLine) -> None:
        """A line fell due."""
        assert self.status is SettlementStatus.OPEN, f"a {self.status} settlement takes a line"
        assert line.card_id not in self.lines, "a line is settled twice"
        self._taken(**self._account(), line=line, status=self.status)

    @event(LineTaken)
    def _taken(self, shop_id: str, supplier_code: str, currency: str, line: SettledLine, status: SettlementStatus) -> None:
        self.lines[line.card_id] = line
        self.taken_count += 1

    def give_back(self, card_id: UUID) -> None:
        """A line is not due any more; what was approved has to be approved anew."""
        assert self.gives_lines_back, f"a {self.status} settlement gives a line back"
        becomes = SettlementStatus.REQUESTED if self.status is SettlementStatus.APPROVED else self.status
        line = self.lines[card_id]
        self._returned(
            **self._account(),
            card_id=card_id,
            sale_minor=line.sale_minor,
            net_minor=line.net_minor,
            left_minor=self.net_minor - line.net_minor,
            was=self.status,
            becomes=becomes,
        )

    @event(LineReturned)
    def _returned(
        self,
        shop_id: str,
        supplier_code: str,
        currency: str,
        card_id: UUID,
        sale_minor: int,
        net_minor: int,
        left_minor: int,
        was: SettlementStatus,
        becomes: SettlementStatus,
    ) -> None:
        del self.lines[card_id]
        self.status = becomes
        self.approved_by = None

    def close(self, by: str) -> None:
        """It takes no more lines."""
        self._step((SettlementStatus.OPEN,), SettlementStatus.CLOSED, by)

    def request(self, by: str) -> None:
        """The supplier wants it paid; raises SettlementNotThere, NothingToPay."""
        if self.net_minor <= 0:
            raise NothingToPay(settlement_id=self.id)
        if self.status is SettlementStatus.OPEN:
            self.close(by)
        self._step((SettlementStatus.CLOSED,), SettlementStatus.REQUESTED, by)

    def refuse(self, staff: str) -> None:
        """It is not paid now; it may be asked for again. Raises SettlementNotThere."""
        self._step((SettlementStatus.REQUESTED, SettlementStatus.APPROVED), SettlementStatus.CLOSED, staff)

    def approve(self, staff: str) -> None:
        """The first person agrees; raises SettlementNotThere, NothingToPay."""
        if self.net_minor <= 0:
            raise NothingToPay(settlement_id=self.id)
        self._step((SettlementStatus.REQUESTED,), SettlementStatus.APPROVED, staff)

    def confirm(self, staff: str) -> None:
        """A second person agrees: from here on it is paid as it stands. Raises SettlementNotThere, SecondPersonNeeded."""
        if self.status is SettlementStatus.APPROVED and staff == self.approved_by:
            raise SecondPersonNeeded(settlement_id=self.id)
        self._step((SettlementStatus.APPROVED,), SettlementStatus.CONFIRMED, staff)

    def mark_paid(self, staff: str, reference: str) -> None:
        """The transfer was made; raises SettlementNotThere."""
        self._step((SettlementStatus.CONFIRMED,), SettlementStatus.PAID, staff, reference)

    def _step(self, froms: tuple[SettlementStatus, ...], becomes: SettlementStatus, by: str, reference: str | None = None) -> None:
        if self.status not in froms:
            raise SettlementNotThere(settlement_id=self.id, settlement_status=self.status)
        self._stepped(**self._account(), was=self.status, becomes=becomes, net_minor=self.net_minor, by=by, reference=reference)

    @event(Stepped)
    def _stepped(
        self,
        shop_id: str,
        supplier_code: str,
        currency: str,
        was: SettlementStatus,
        becomes: SettlementStatus,
        net_minor: int,
        by: str,
        reference: str | None,
    ) -> None:
        self.status = becomes
        self.approved_by = by if becomes is SettlementStatus.APPROVED else self.approved_by
        self.reference = reference
