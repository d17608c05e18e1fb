"""What must hold between needs and suppliers, told from public messages, from the calls that left, and from the suppliers' own books."""

from __future__ import annotations

import re
from base64 import b32encode
from collections import Counter, defaultdict
from collections.abc import Iterator
from operator import itemgetter
from uuid import UUID

import msgspec

from protocols.http import HttpReply
from redress.simulation.evidence import Evidence
from redress.simulation.network import CallMade
from sandbox.behaviour.suppliers import CardSupplier

NEED = re.compile("[a-z2-7]{26}")
"""A need's id, in the order numbers that suppliers get."""


def needs_are_exhausted_once_a_run(evidence: Evidence) -> Iterator[str]:
    """Nobody is left to ask: said once, and once more each time that a person has the need tried again."""
    said = Counter(each.values["need_id"] for each in evidence.said("inventory", "SourcingExhausted"))
    runs = Counter(str(row.stream_id) for row in evidence.rows("inventory") if row.topic == "inventory.Need.RunAgain")
    for need_id, count in said.items():
        if count > 1 + runs[need_id]:
            yield f"need {need_id} was exhausted {count} times, and tried again {runs[need_id]} times"


def suppliers_are_ordered_from_once(evidence: Evidence) -> Iterator[str]:
    """A second order under one number is made only where the first made none, or the supplier said afterwards that it knows of none.

    Nor is an order for the same need made elsewhere, unless the first is over: with a card, good or bad, or cancelled.
    """
    ordered: dict[str, set[tuple[CardSupplier, str]]] = defaultdict(set)
    for call in evidence.calls:
        supplier = next((each for each in evidence.suppliers.values() if f"//{each.code}." in call.base_url), None)
        if supplier is None or "/orders" not in call.request.url_path:
            continue
        if call.request.method == "GET":
            number = dict(call.request.query).get("downstream_order_no", "")
            if is_denial(call):
                ordered[need_mark(number)].discard((supplier, number))
        elif call.request.url_path.endswith("/orders"):
            number = msgspec.json.decode(call.request.body)["downstream_order_no"]
            standing = ordered[need_mark(number)]
            if (supplier, number) in standing:
                yield f"{supplier.code} was ordered from again under {number}, which it had not denied"
            for other, earlier in sorted(standing, key=itemgetter(1)):
                entry = other.ledger.find(earlier)
                if earlier != number and entry is not None and not entry.is_cancelled and not entry.is_delivered(call.at):
                    yield f"{supplier.code} was ordered from under {number}, while {earlier} was under way at {other.code}"
            entry = supplier.ledger.find(number)
            if entry is not None and entry.made_at <= call.at and not _is_refusal(call):
                standing.add((supplier, number))


def is_denial(call: CallMade) -> bool:
    return isinstance(call.result, HttpReply) and b"order_not_found" in call.result.body


def _is_refusal(call: CallMade) -> bool:
    """Whether an order was refused for certain: then all there can be under its number is one that the supplier had denied."""
    return isinstance(call.result, HttpReply) and call.result.status < 500 and b'"ok":false' in call.result.body


def need_mark(number: str) -> str:
    """Every order number of a need tells which need it is for; no card is ordered without."""
    found = NEED.search(number)
    return found[0] if found else number


def mark_of(need_id: str) -> str:
    """A need's id as it stands in the numbers of its supplier orders."""
    return b32encode(UUID(need_id).bytes).decode().rstrip("=").lower()


def bought_cards_are_known(evidence: Evidence) -> Iterator[str]:
    """Each card that a supplier handed over was given to a need, became stock, or raised a claim.

    But for orders it denied, and those that a restore made us forget and nobody could look for.
    """
    denied: set[tuple[str, str]] = set()
    for call in evidence.calls:
        number = dict(call.request.query).get("downstream_order_no")
        if number and is_denial(call):
            denied.add((call.base_url, number))
    unasked = _not_looked_for(evidence)
    known: dict[str, set[str]] = defaultdict(set)
    for said in evidence.ever_said("inventory", "CardAllocated", "LateCardStocked"):
        known[said.values["supplier_code"]].add(said.values["card_id"])
    for said in evidence.ever_said("inventory", "TopUpSucceeded"):
        known[said.values["supplier_code"]].add(said.values["need_id"])
    claims = Counter(said.values["supplier_code"] for said in evidence.ever_said("inventory", "ClaimRaised"))
    for code, supplier in evidence.suppliers.items():
        excused = unasked | {number for _, number in denied}
        handed = [each for each in supplier.deliveries(evidence.ended_at) if each.downstream_order_no not in excused]
        if len(handed) > len(known[code]) + claims[code]:
            yield f"{code} handed over {len(handed)} cards, {len(known[code])} are known and {claims[code]} claimed"
        if len(known[code]) > len(supplier.deliveries(evidence.ended_at)):
            yield f"{len(known[code])} cards are known of {code}, which handed over {len(supplier.deliveries(evidence.ended_at))}"


def _not_looked_for(evidence: Evidence) -> set[str]:
    """Numbers of lost orders that nobody could look for.

    The supplier was left out when the need was searched for, since its offer was lost as well; or the need was not searched for at all,
    since the clocks date its payment after the restore.
    """
    lost = [(row, msgspec.json.decode(row.state)) for row, _ in evidence.lost("inventory")]
    offerers = {state["source"]["supplier_code"] for row, state in lost if row.topic == "inventory.Product.Offered"}
    asked: dict[UUID, set[str]] = {}
    for row in evidence.rows("inventory"):
        if row.topic == "inventory.Need.Sought":
            asked.setdefault(row.stream_id, set()).update(each["supplier_code"] for each in msgspec.json.decode(row.state)["searches"])
    recovery = evidence.stores["inventory"].recovery()
    paid = [(said.values["order_number"], said.row.at) for said in evidence.ever_said("order", "PaymentConfirmed")]
    seems_old = {number for number, at in paid if recovery is not None and at <= recovery.opened_at}
    forgotten: set[str] = set()
    for row, state in lost:
        if row.topic.partition("@")[0] == "inventory.Need.Ordered":
            is_left_out = row.stream_id in asked and state["supplier_code"] in offerers - asked[row.stream_id]
            if is_left_out or (row.stream_id not in asked and row.subject not in seems_old):
                forgotten.add(state["number"])
    return forgotten


def closed_needs_have_nothing_under_way(evidence: Evidence) -> Iterator[str]:
    """A need closes when its supplier orders are answered: a card after that can only be of a supplier that had denied the order.

    Or of one that a restored store remembers only when it is asked.
    """
    closed = {said.values["need_id"]: said.row.log_id for said in evidence.said("inventory", "NeedClosed")}
    denied = {call.base_url for call in evidence.calls if is_denial(call)}
    for said in evidence.said("inventory", "LateCardStocked", "SupplierCallFailed"):
        is_after = said.row.log_id > closed.get(said.values["need_id"], said.row.log_id)
        if is_after and said.row.epoch == 1 and not any(f"//{said.values['supplier_code']}." in base_url for base_url in denied):
            yield f"need {said.values['need_id']} was closed, and then: {said.name} of {said.values['supplier_code']}"


def late_cards_are_claimed(evidence: Evidence) -> Iterator[str]:
    """But for those that are found after a restore: nobody knows any more whether they were late."""
    claimed = {(said.values["need_id"], said.values["supplier_code"]) for said in evidence.said("inventory", "ClaimRaised")}
    for said in evidence.said("inventory", "LateCardStocked"):
        if said.row.epoch == 1 and (said.values["need_id"], said.values["supplier_code"]) not in claimed:
            yield f"late card {said.values['card_id']} of {said.values['supplier_code']} has no claim"
