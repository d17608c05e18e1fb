"""What holds of products of a kind; the kind is known from ProductListed alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from uuid import UUID

import msgspec

from redress.simulation.evidence import Evidence
from redress.simulation.laws_of_supply import is_denial, mark_of, need_mark

REUSABLE = "reusable"
BY_HAND = "by_hand"
"""Whom CardAllocated names where a person delivered."""


def reusable_products(evidence: Evidence) -> dict[str, int | None]:
    """Products whose cards may go to many, with the limit of each card."""
    listed = [said.values for said in evidence.ever_said("inventory", "ProductListed")]
    return {values["product_code"]: values["use_limit"] for values in listed if values["kind"] == REUSABLE}


def top_ups_are_made_once(evidence: Evidence) -> Iterator[str]:
    """Of all suppliers one makes the top-up of a need; each further one that was made (by one that denied or lied) is a claim."""
    if evidence.restores:
        return
    products = {said.values["product_code"] for said in evidence.said("inventory", "ProductListed") if said.values["kind"] == "top_up"}
    excused = {dict(call.request.query).get("downstream_order_no") for call in evidence.calls if is_denial(call)}
    made: Counter[str] = Counter()
    for supplier in evidence.suppliers.values():
        for entry in supplier.deliveries(evidence.ended_at):
            if entry.ordered_product_code in products and entry.downstream_order_no not in excused:
                made[need_mark(entry.downstream_order_no)] += 1
    wanted = Counter(mark_of(said.values["need_id"]) for said in evidence.said("inventory", "TopUpSucceeded"))
    claimed = Counter(mark_of(said.values["need_id"]) for said in evidence.said("inventory", "ClaimRaised"))
    for mark, count in made.items():
        if count > wanted[mark] + claimed[mark]:
            yield f"the top-up of need {mark} was made {count} times, {wanted[mark]} are known and {claimed[mark]} claimed"


def only_reusable_secrets_go_to_two(evidence: Evidence) -> Iterator[str]:
    """Two cards hold the same sealed secret only where their product is reusable; and then no more than its limit."""
    references: dict[UUID, str] = {}
    for row in evidence.rows("inventory"):
        if row.topic.partition("@")[0] in ("inventory.Card.Stocked", "inventory.Card.Copied"):
            references[row.stream_id] = msgspec.json.decode(row.state)["reference"]
    limits = reusable_products(evidence)
    units: dict[tuple[str, str], set[tuple[str, int, int]]] = defaultdict(set)
    for said in evidence.said("inventory", "CardAllocated"):
        reference = references.get(UUID(said.values["card_id"]))
        if reference is not None:
            units[said.values["product_code"], reference].add(said.unit)
    for (product_code, reference), given in units.items():
        limit = limits.get(product_code) if product_code in limits else 1
        if limit is not None and len(given) > limit:
            yield f"the secret {reference} of {product_code} went to {sorted(given)}"
