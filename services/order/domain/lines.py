"""Lines and units of an order. Lines and units count from 1; a unit is one card of one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from chassis.aggregate import stream_id
from contracts.values import Money


@dataclass(frozen=True, slots=True)
class Line:
    """What is bought: `quantity` cards of one product at `unit_price` each."""

    line: int
    product_code: str
    quantity: int
    unit_price: Money


class UnitKey(NamedTuple):
    """One card of an order."""

    line: int
    unit: int


def units_of(lines: Iterable[Line]) -> Iterator[tuple[UnitKey, str]]:
    """Each unit of the lines in order, with its product."""
    for line in lines:
        for unit in range(1, line.quantity + 1):
            yield UnitKey(line.line, unit), line.product_code


def total_quantity(lines: Iterable[Line]) -> int:
    return sum(line.quantity for line in lines)


def need_id(shop_id: str, order_number: str, unit: UnitKey) -> UUID:
    """The id of the need for a unit's card: the same while the same need is asked again, and the same in inventory."""
    return stream_id(shop_id, "need", order_number, unit.line, unit.unit)
