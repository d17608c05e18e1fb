"""What was promised is frozen as it stood, no card of a stopped batch is given away, and a product is suspended and resumed in turn.

Told from the stored events in the order of their logs. After a restore our own earlier word counts more than what stands in the log by
then, so a store that was restored is judged by what cannot have come from that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec

from chassis.store.rows import EventRow
from redress.simulation.evidence import Evidence


def _topic(row: EventRow) -> str:
    return row.topic.partition("@")[0]


def _fields(row: EventRow) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.json.decode(row.state)
    return fields


def orders_keep_the_policy_they_were_paid_under(evidence: Evidence) -> Iterator[str]:
    """By the record of the order service itself: the newest version that it had heard of before the payment."""
    product_of: dict[UUID, str] = {}
    heard: dict[tuple[str, str], dict[int, Any]] = {}
    products: dict[UUID, set[str]] = {}
    is_restored = evidence.is_restored("order")
    for row in evidence.rows("order"):
        match _topic(row):
            case "order.Listing.Listed":
                product_of[row.stream_id] = _fields(row)["product_code"]
            case "order.Listing.PolicyHeard":
                told = _fields(row)
                heard.setdefault((row.shop_id, product_of[row.stream_id]), {})[told["policy_version"]] = told["policy"]
            case "order.Order.Placed":
                products[row.stream_id] = {line["product_code"] for line in _fields(row)["lines"]}
            case "order.Order.Paid":
                frozen = _fields(row).get("policies", {})
                for code in products[row.stream_id]:
                    known = heard.get((row.shop_id, code), {})
                    kept = frozen.get(code)
                    allowed = set(known) if is_restored and known else {max(known, default=None)}
                    if (kept["version"] if kept else None) not in allowed:
                        yield f"order {row.subject} was paid under {kept} of {code}, and {sorted(known)} had been heard of"
                    elif kept and kept["policy"] != known[kept["version"]]:
                        yield f"order {row.subject} keeps another policy of {code} than its version {kept['version']} was"


def no_card_of_a_stopped_batch_is_given(evidence: Evidence) -> Iterator[str]:
    if evidence.is_restored("inventory"):
        return  # what was said to be given before is given again, whatever was stopped since
    origins: dict[UUID, str] = {}
    stopped: set[str] = set()
    for row in evidence.rows("inventory"):
        match _topic(row):
            case "inventory.Card.Stocked":
                origins[row.stream_id] = _fields(row)["origin"]
            case "inventory.Product.BatchStopped":
                stopped.add(_fields(row)["origin"])
            case "inventory.Product.BatchReleased":
                stopped.discard(_fields(row)["origin"])
            case "inventory.Card.Reserved" | "inventory.Card.Allocated" | "inventory.Card.Lent" if origins.get(row.stream_id) in stopped:
                yield f"card {row.stream_id} of the stopped batch {origins[row.stream_id]}: {row.topic}"


def products_are_suspended_and_resumed_in_turn(evidence: Evidence) -> Iterator[str]:
    if evidence.is_restored("inventory"):
        return  # said again
    is_suspended: dict[tuple[str, str], bool] = {}
    for said in evidence.said("inventory", "ProductSuspended", "ProductResumed"):
        code, is_now = said.values["product_code"], said.name == "ProductSuspended"
        if is_suspended.get((said.row.shop_id, code), False) is is_now:
            yield f"{code}: {said.name} twice"
        is_suspended[said.row.shop_id, code] = is_now
