"""How a need ends: by a hand, a supplier or its last deadline, by exactly one of them, and by the deadline only when nothing can come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from redress.simulation.evidence import Evidence
from redress.simulation.laws_of_kinds import BY_HAND
from redress.simulation.laws_of_supply import is_denial, mark_of

ENDED_BY_TIME = ("timeout", "sourcing_exhausted")


def a_hand_or_the_deadline_wins(evidence: Evidence) -> Iterator[str]:
    """A person delivers a need once, and never one that was closed without a card."""
    handed = Counter(str(row.stream_id) for row in evidence.rows("inventory") if row.topic == "inventory.Need.HandedOver")
    given = {said.values["need_id"] for said in evidence.ever_said("inventory", "CardAllocated") if said.values["supplier_code"] == BY_HAND}
    without = {said.values["need_id"] for said in evidence.said("inventory", "NeedClosed") if said.values["card_id"] is None}
    for need_id, count in handed.items():
        if count > 1:
            yield f"need {need_id} was handed over {count} times"
        if need_id not in given:
            yield f"need {need_id} was handed over, and given no card"
        if need_id in without:
            yield f"need {need_id} was handed over, and closed without a card"


def no_unit_fails_while_a_supplier_may_deliver(evidence: Evidence) -> Iterator[str]:
    """Where time ended a unit, no supplier had an order of it under way: but one that had denied it, or that a restore made us forget."""
    if evidence.restores:
        return
    denied = {call.base_url for call in evidence.calls if is_denial(call)}
    for said in evidence.said("order", "DeliveryFailed"):
        if said.values["reason"] not in ENDED_BY_TIME:
            continue
        mark = mark_of(said.values["need_id"])
        for supplier in evidence.suppliers.values():
            if any(f"//{supplier.code}." in base_url for base_url in denied):
                continue
            for entry in supplier.ledger.orders.values():
                is_under_way = entry.made_at <= said.row.at < entry.ready_at and not entry.is_cancelled
                if mark in entry.downstream_order_no and is_under_way:
                    yield f"{said.unit} failed, while {supplier.code} had its order {entry.downstream_order_no} under way"
