"""One period of a supplier's deposit in one currency: a ledger of entries with a running balance.

A period ends with its month, or with as many entries as one stream should hold; the next one opens with the balance carried over. So
what an entry costs does not grow with the years. Amounts are whole minor units and may be negative: claims are deducted even where
nothing is left, and then the supplier owes.

    balance at or above the warning line     in order
    below the warning line                   low: the supplier and the operators are told
    below the floor                          stopped: the supplier gets no new orders until a top-up lifts it over the floor
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from chassis.errors import ContractError, Refusal

MAX_ENTRIES = 500


class EntryKind(StrEnum):
    """Why money went in or out."""

    TOP_UP = "top_up"
    CLAIM = "claim"
    RELEASE = "release"
    CORRECTION = "correction"


class DepositLevel(StrEnum):
    """How a balance stands to its lines."""

    IN_ORDER = "in_order"
    LOW = "low"
    STOPPED = "stopped"


class DepositTooSmall(Refusal):
    code = "deposit-too-small"
    title = "The deposit does not hold as much"


class EntryUnfit(ContractError):
    code = "deposit-entry-unfit"
    title = "A top-up or a release has an amount above nothing, a correction one that is not nothing"


class LinesUnfit(ContractError):
    code = "deposit-lines-unfit"
    title = "The warning line lies below the floor"


class Deposit(Aggregate):
    """`ordinal`: which period of this supplier and currency it is, from 1."""

    TOPIC = "inventory.Deposit"

    class Opened(Created):
        TOPIC = "inventory.Deposit.Opened"
        PRIVATE = True
        shop_id: str
        supplier_code: str
        currency: str
        ordinal: int
        carried_minor: int
        warning_minor: int
        floor_minor: int

    class LinesSet(Event):
        TOPIC = "inventory.Deposit.LinesSet"
        shop_id: str
        supplier_code: str
        currency: str
        warning_minor: int
        floor_minor: int
        level: DepositLevel
        staff: str

    class Entered(Event):
        """`key`: names the entry for ever, so that it is made once. `amount_minor`: below nothing for what went out."""

        TOPIC = "inventory.Deposit.Entered"
        shop_id: str
        supplier_code: str
        currency: str
        key: str
        kind: EntryKind
        amount_minor: int
        balance_minor: int
        level: DepositLevel
        reason: str
        entered_by: str

    class Closed(Event):
        TOPIC = "inventory.Deposit.Closed"
        PRIVATE = True
        balance_minor: int

    @event(Opened)
    def __init__(
        self,
        shop_id: str,
        supplier_code: str,
        currency: str,
        ordinal: int,
        carried_minor: int,
        warning_minor: int,
        floor_minor: int,
    ) -> None:
        self.shop_id = shop_id
        self.supplier_code = supplier_code
        self.currency = currency
        self.ordinal = ordinal
        self.balance_minor = carried_minor
        self.warning_minor = warning_minor
        self.floor_minor = floor_minor
        self.opened_on = self.modified_on
        self.entry_count = 0
        self.is_closed = False

    @staticmethod
    def create_id(shop_id: str, supplier_code: str, currency: str, ordinal: int) -> UUID:
        return stream_id(shop_id, "deposit", currency, ordinal, supplier_code)

    @property
    def slot_key(self) -> str:
        return self.supplier_code

    @property
    def level(self) -> DepositLevel:
        """How the balance stands now."""
        return level_of(self.balance_minor, self.warning_minor, self.floor_minor)

    def is_over(self, now: datetime) -> bool:
        """Whether the next entry belongs into another period."""
        return (now.year, now.month) != (self.opened_on.year, self.opened_on.month) or self.entry_count >= MAX_ENTRIES

    def set_lines(self, *, warning_minor: int, floor_minor: int, staff: str) -> None:
        """Draw the warning line and the floor; raises LinesUnfit. The same again changes nothing."""
        if warning_minor < floor_minor:
            raise LinesUnfit()
        if (warning_minor, floor_minor) != (self.warning_minor, self.floor_minor):
            self._lines_set(
                shop_id=self.shop_id,
                supplier_code=self.supplier_code,
                currency=self.currency,
                warning_minor=warning_minor,
                floor_minor=floor_minor,
                level=level_of(self.balance_minor, warning_minor, floor_minor),
                staff=staff,
            )

    @event(LinesSet)
    def _lines_set(
        self, shop_id: str, supplier_code: str, currency: str, warning_minor: int, floor_minor: int, level: DepositLevel, staff: str
    ) -> None:
        self.warning_minor = warning_minor
        self.floor_minor = floor_minor

    def enter(self, *, key: str, kind: EntryKind, amount_minor: int, reason: str, entered_by: str) -> None:
        """Put money in or take it out; raises EntryUnfit, and DepositTooSmall for a release of more than there is."""
        assert not self.is_closed, "an entry into a closed period"
        is_fit = amount_minor > 0 if kind is EntryKind.TOP_UP else amount_minor != 0 if kind is EntryKind.CORRECTION else amount_minor < 0
        if not is_fit:
            raise EntryUnfit(kind=kind)
        balance_minor = self.balance_minor + amount_minor
        if kind is EntryKind.RELEASE and balance_minor < 0:
            raise DepositTooSmall(balance_minor=self.balance_minor)
        self._entered(
            shop_id=self.shop_id,
            supplier_code=self.supplier_code,
            currency=self.currency,
            key=key,
            kind=kind,
            amount_minor=amount_minor,
            balance_minor=balance_minor,
            level=level_of(balance_minor, self.warning_minor, self.floor_minor),
            reason=reason,
            entered_by=entered_by,
        )

    @event(Entered)
    def _entered(
        self,
        shop_id: str,
        supplier_code: str,
        currency: str,
        key: str,
        kind: EntryKind,
        amount_minor: int,
        balance_minor: int,
        level: DepositLevel,
        reason: str,
        entered_by: str,
    ) -> None:
        self.balance_minor = balance_minor
        self.entry_count += 1

    def close(self) -> None:
        """The period is over; what is left is carried into the next."""
        self._closed(balance_minor=self.balance_minor)

    @event(Closed)
    def _closed(self, balance_minor: int) -> None:
        self.is_closed = True


def level_of(balance_minor: int, warning_minor: int, floor_minor: int) -> DepositLevel:
    """How a balance stands to the lines."""
    if balance_minor < floor_minor:
        return DepositLevel.STOPPED
    return DepositLevel.LOW if balance_minor < warning_minor else DepositLevel.IN_ORDER
