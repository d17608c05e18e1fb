"""Do the books agree? Pure: sums of lines on one side, of settlements on the other.

Every sale is in one place at a time, so for each account

    sales = commission + unsettled (pending + frozen) + withheld + due + in pay-out + paid

Sales, commission and what is not settled yet are told by the lines; what is due, in pay-out and paid by the settlements, which keep
their own events. The difference is what the two do not agree on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

NOTHING: Mapping[str, int] = {
    "sales_minor": 0,
    "commission_minor": 0,
    "pending_minor": 0,
    "frozen_minor": 0,
    "withheld_minor": 0,
    "due_minor": 0,
    "in_payout_minor": 0,
    "paid_minor": 0,
}
"""The sums of an account that has sold nothing."""


class Reconciliation(Struct, frozen=True, kw_only=True):
    """`settlement_difference`: all differences without their signs; 0: the books agree. `accounts`: the sums with their differences."""

    settlement_difference: int
    accounts: tuple[dict[str, Any], ...]


def difference_of(sums: Mapping[str, int]) -> int:
    """What is missing (below nothing: too much) on the side of where the money is."""
    placed = (
        sums["commission_minor"]
        + sums["pending_minor"]
        + sums["frozen_minor"]
        + sums["withheld_minor"]
        + sums["due_minor"]
        + sums["in_payout_minor"]
        + sums["paid_minor"]
    )
    return sums["sales_minor"] - placed


def reconcile(accounts: Iterable[Mapping[str, Any]]) -> Reconciliation:
    """The accounts' sums (`NOTHING` has their names), each with its difference."""
    judged = tuple({**each, "difference_minor": difference_of(each)} for each in accounts)
    return Reconciliation(settlement_difference=sum(abs(each["difference_minor"]) for each in judged), accounts=judged)
