"""What must hold of suppliers that take no orders, and of needs that are tried again, told from inventory's own log, in its order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import msgspec

from redress.simulation.evidence import Evidence

STUCK = frozenset({"Exhausted", "Failed", "Queued"})
MOVES = STUCK | {"Opened", "Paid", "Lapsed", "Allocated", "Ordered", "RunAgain", "HandedOver", "Ending", "Closing", "Closed"}
"""What changes where a need stands."""


@dataclass(slots=True)
class _Standing:
    code: str
    is_suspended: bool = False
    is_on_probation: bool = False
    is_out_of_money: bool = False
    trial: str | None = None
    owed: str | None = None
    """An order on probation that is to be called its trial next."""


def suspended_suppliers_get_no_orders(evidence: Evidence) -> Iterator[str]:
    """None at all behind the commit of a suspension, and on probation one at a time, which is called its trial."""
    of_stream: dict[UUID, _Standing] = {}
    of_code: dict[str, _Standing] = {}
    for row in evidence.rows("inventory"):
        kind = row.topic.partition("@")[0]
        if kind == "inventory.Supplier.Registered":
            code = msgspec.json.decode(row.state)["supplier_code"]
            of_stream[row.stream_id] = of_code[code] = _Standing(code)
        elif kind == "inventory.Need.Ordered":
            ordered = msgspec.json.decode(row.state)
            standing = of_code[ordered["supplier_code"]]
            if standing.is_suspended:
                yield f"{standing.code} was ordered from at {row.at:%H:%M:%S} under {ordered['number']}, though it was suspended"
            if standing.is_out_of_money:
                yield f"{standing.code} was ordered from under {ordered['number']}, though our money there had run out"
            if standing.is_on_probation:
                if standing.trial is not None or standing.owed is not None:
                    yield f"{standing.code} was ordered from under {ordered['number']} while it had a trial order"
                standing.owed = ordered["number"]
        elif row.stream_id in of_stream:
            _follow(of_stream[row.stream_id], kind, msgspec.json.decode(row.state))
    for standing in of_code.values():
        if standing.owed is not None:
            yield f"{standing.code} was on probation, and {standing.owed} was not its trial"


def _follow(standing: _Standing, kind: str, state: dict[str, str]) -> None:
    match kind.rpartition(".")[2]:
        case "Suspended":
            standing.is_suspended, standing.is_on_probation, standing.trial = True, False, None
        case "ProbationBegan":
            standing.is_suspended, standing.is_on_probation = False, True
        case "Resumed":
            standing.is_suspended = standing.is_on_probation = False
            standing.trial = None
        case "TrialBegan":
            standing.trial = state["number"]
            if standing.owed == state["number"]:
                standing.owed = None
        case "RanOut":
            standing.is_out_of_money = True
        case "Funded":
            standing.is_out_of_money = False
        case "TrialEnded":
            standing.trial = None
        case _:
            return


def only_stuck_needs_are_tried_again(evidence: Evidence) -> Iterator[str]:
    """Whoever presses how often: a need is tried again only where nobody looked for it any more, so it is never delivered twice by that."""
    last: dict[UUID, str] = {}
    for row in evidence.rows("inventory"):
        kind = row.topic.partition("@")[0].removeprefix("inventory.Need.")
        if kind == "RunAgain" and last.get(row.stream_id) not in STUCK:
            yield f"need {row.stream_id} was tried again at {row.at:%H:%M:%S}, after {last.get(row.stream_id)}"
        if kind in MOVES:
            last[row.stream_id] = kind
