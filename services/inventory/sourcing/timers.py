"""Deadlines of sourcing."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from msgspec import Struct

from chassis.timer import Timer
from contracts.values import Money


class SupplierSilent(Timer, frozen=True):
    """A supplier order is still without an answer."""

    NAME: ClassVar[str] = "inventory.SupplierSilent"
    number: str


class CardStillLost(Timer, frozen=True):
    """The card of a need was lost by a restore, and its supplier has not given it back yet. The aggregate is the need."""

    NAME: ClassVar[str] = "inventory.CardStillLost"
    card_id: UUID


class CardIsBack(Timer, frozen=True):
    """A lost card is whole again, and its need hears of it. Due at once; the aggregate is the card."""

    NAME: ClassVar[str] = "inventory.CardIsBack"


class ProbationDue(Timer, frozen=True):
    """A suspension by the rules is over. The aggregate is the supplier; `standing`: the number of that suspension."""

    NAME: ClassVar[str] = "inventory.ProbationDue"
    standing: int


class TrialOverdue(Timer, frozen=True):
    """The trial order of a supplier on probation is still without an answer. The aggregate is the supplier."""

    NAME: ClassVar[str] = "inventory.TrialOverdue"
    number: str


class OrderedUnits(Struct, frozen=True):
    """Units of one line of an order: its number, the product, how many, and the price of each, which is known once they are paid."""

    line: int
    product_code: str
    quantity: int
    unit_price: Money | None = None


class MoreUnits(Timer, frozen=True):
    """The rest of an order that is too wide for one unit of work: go on behind `done_count` units. Due at once.

    The aggregate is a need that an earlier step handled.
    """

    NAME: ClassVar[str] = ""
    shop_id: str
    order_number: str
    lines: tuple[OrderedUnits, ...]
    done_count: int


class MoreUnitsPlaced(MoreUnits, frozen=True):
    NAME: ClassVar[str] = "inventory.MoreUnitsPlaced"


class MoreUnitsPaid(MoreUnits, frozen=True):
    NAME: ClassVar[str] = "inventory.MoreUnitsPaid"
    is_late: bool = False
    heard_at: datetime | None = None
    """When it was paid, by the provider or by the message, whichever says earlier."""


class MoreUnitsExpired(MoreUnits, frozen=True):
    NAME: ClassVar[str] = "inventory.MoreUnitsExpired"
