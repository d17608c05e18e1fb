"""What must hold of claims, deposits and settlements, told from inventory's own log, in its order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from redress.simulation.evidence import Evidence

OWED = ("accepted", "silent", "upheld")
IN_SETTLEMENT = "due"


def _events(evidence: Evidence, kind: str) -> Iterator[tuple[UUID, str, dict[str, Any]]]:
    """(stream, event, fields) of one kind of aggregate."""
    for row in evidence.rows("inventory"):
        if row.topic.startswith(f"inventory.{kind}."):
            yield row.stream_id, row.topic.partition("@")[0].rpartition(".")[2], msgspec.json.decode(row.state)


def claims_end_once(evidence: Evidence) -> Iterator[str]:
    """Each claim is settled once; or it waits on a live timer, or, rejected, for a person."""
    waiting: dict[UUID, str] = {}
    settled: Counter[UUID] = Counter()
    for claim_id, event, state in _events(evidence, "Claim"):
        match event:
            case "Raised":
                waiting[claim_id] = "timer"
            case "Answered" if not state["is_accepted"]:
                waiting[claim_id] = "person"
            case "Settled":
                settled[claim_id] += 1
                waiting.pop(claim_id, None)
    timers = {key.stream_id for key in evidence.stores["inventory"].tables.timers}
    for claim_id, count in settled.items():
        if count > 1:
            yield f"claim {claim_id} was settled {count} times"
    for claim_id, what in waiting.items():
        if what == "timer" and claim_id not in timers:
            yield f"claim {claim_id} waits for an answer, and nothing ends that"
    said = Counter(each.values["claim_id"] for each in evidence.said("inventory", "ClaimSettled"))
    for told, count in said.items():
        if count > 1:
            yield f"that claim {told} is settled was said {count} times"


def deposits_add_up(evidence: Evidence) -> Iterator[str]:
    """Each balance is the one before with the entry, from period to period; no entry is made twice; claims are deducted as settled.

    Also as one was settled whose records a restore and the topic have both lost, while that of the deposit was read back.
    """
    balances: dict[UUID, int] = {}
    closed: dict[tuple[str, str, int], int] = {}
    keys: set[str] = set()
    settled = _settled_and_forgotten(evidence)
    settled |= {f"claim-{claim_id}": state for claim_id, event, state in _events(evidence, "Claim") if event == "Settled"}
    for stream_id, event, state in _events(evidence, "Deposit"):
        match event:
            case "Opened":
                account = (state["supplier_code"], state["currency"])
                carried = closed.get((*account, state["ordinal"] - 1), 0)
                if state["carried_minor"] != carried:
                    yield f"the deposit of {account} begins period {state['ordinal']} with {state['carried_minor']}, left were {carried}"
                balances[stream_id] = state["carried_minor"]
            case "Entered":
                balances[stream_id] += state["amount_minor"]
                if balances[stream_id] != state["balance_minor"]:
                    yield f"deposit entry {state['key']} leaves {state['balance_minor']}, it should be {balances[stream_id]}"
                if state["key"] in keys:
                    yield f"deposit entry {state['key']} was made twice"
                keys.add(state["key"])
                if state["kind"] == "claim":
                    claim = settled.get(state["key"])
                    if claim is None or claim["outcome"] not in OWED or claim["amount"]["amount_minor"] != -state["amount_minor"]:
                        yield f"{-state['amount_minor']} was deducted for {state['key']}, which says otherwise"
            case "Closed":
                closed[_account_of(evidence, stream_id)] = state["balance_minor"]


def _settled_and_forgotten(evidence: Evidence) -> dict[str, dict[str, Any]]:
    lost = (row for row, is_read in evidence.lost("inventory") if not is_read)
    return {f"claim-{row.stream_id}": msgspec.json.decode(row.state) for row in lost if row.topic == "inventory.Claim.Settled"}


def _account_of(evidence: Evidence, deposit_id: UUID) -> tuple[str, str, int]:
    opened = next(state for stream_id, event, state in _events(evidence, "Deposit") if stream_id == deposit_id and event == "Opened")
    return opened["supplier_code"], opened["currency"], opened["ordinal"]


def stopped_suppliers_get_no_orders(evidence: Evidence) -> Iterator[str]:
    """None behind the commit in which a deposit fell below its floor, until it is above it again."""
    codes: dict[UUID, str] = {}
    stopped: dict[str, set[str]] = defaultdict(set)
    for row in evidence.rows("inventory"):
        match row.topic.partition("@")[0]:
            case "inventory.Supplier.Registered":
                codes[row.stream_id] = msgspec.json.decode(row.state)["supplier_code"]
            case "inventory.Supplier.StoppedForDeposit":
                stopped[codes[row.stream_id]].add(msgspec.json.decode(row.state)["currency"])
            case "inventory.Supplier.WentOnWithDeposit":
                stopped[codes[row.stream_id]].discard(msgspec.json.decode(row.state)["currency"])
            case "inventory.Need.Ordered":
                ordered = msgspec.json.decode(row.state)
                if stopped[ordered["supplier_code"]]:
                    yield f"{ordered['supplier_code']} was ordered from under {ordered['number']}, its deposit below the floor"


@dataclass(slots=True)
class _Books:
    """Of one supplier and currency."""

    sales: int = 0
    commission: int = 0
    places: Counter[str] = field(default_factory=Counter)
    """Net amounts by where their lines stand; those in a settlement by what stands there."""

    @property
    def difference(self) -> int:
        return self.sales - self.commission - sum(self.places.values())


def settlement_difference_is_nothing(evidence: Evidence) -> Iterator[str]:
    """Sales are commission and what is pending, frozen, withheld, due, in pay-out or paid; what is in settlements is told by these."""
    books: dict[tuple[str, str], _Books] = defaultdict(_Books)
    for _, event, state in _events(evidence, "SaleLine"):
        if event == "Priced":
            price = state["price"]
            book = books[state["supplier_code"], price["currency"]]
            book.sales += price["sale_minor"]
            book.commission += price["commission_minor"]
            book.places[state["becomes"]] += price["sale_minor"] - price["commission_minor"]
        elif event == "Moved":
            book = books[state["supplier_code"], state["currency"]]
            book.places[state["was"]] -= state["net_minor"]
            book.places[state["becomes"]] += state["net_minor"]
    for book in books.values():
        del book.places[IN_SETTLEMENT]
    for _, event, state in _events(evidence, "Settlement"):
        book = books[state["supplier_code"], state["currency"]]
        if event == "LineTaken":
            book.places["settled"] += state["line"]["net_minor"]
        elif event == "LineReturned":
            book.places["settled"] -= state["net_minor"]
    for account, book in books.items():
        if book.difference:
            yield f"the books of {account} differ by {book.difference}"


def sales_are_settled_once(evidence: Evidence) -> Iterator[str]:
    """Each card that a consignor or a supplier on account sold, and each top-up it made, has one line; none is paid for in two settlements.

    A top-up goes by the id of its need.
    """
    kinds: dict[UUID, str] = {}
    later: dict[str, bool] = {}
    owed: dict[str, str] = {}
    opened: Counter[str] = Counter()
    for row in evidence.rows("inventory"):
        topic = row.topic.partition("@")[0]
        if topic == "inventory.Supplier.Registered":
            state = msgspec.json.decode(row.state)
            kinds[row.stream_id] = state["supplier_code"]
            later[state["supplier_code"]] = state["kind"] == "consignor"
        elif topic == "inventory.Supplier.TermsSet":
            code = kinds[row.stream_id]
            later[code] = later[code] or msgspec.json.decode(row.state)["is_on_account"]
        elif topic == "inventory.Need.Allocated":
            state = msgspec.json.decode(row.state)
            if later.get(state["supplier_code"], False):
                owed[state["card_id"]] = state["supplier_code"]
        elif topic == "inventory.Need.ToppedUp":
            code = msgspec.json.decode(row.state)["supplier_code"]
            if later.get(code, False):
                owed[str(row.stream_id)] = code
        elif topic == "inventory.SaleLine.Opened":
            opened[msgspec.json.decode(row.state)["card_id"]] += 1
    for card_id, code in owed.items():
        if opened[card_id] != 1:
            yield f"card {card_id} of {code} was sold, and has {opened[card_id]} lines"
    taken: dict[UUID, set[str]] = defaultdict(set)
    paid: Counter[str] = Counter()
    for settlement_id, event, state in _events(evidence, "Settlement"):
        match event:
            case "LineTaken":
                taken[settlement_id].add(state["line"]["card_id"])
            case "LineReturned":
                taken[settlement_id].discard(state["card_id"])
            case "Stepped" if state["becomes"] == "paid":
                paid.update(taken[settlement_id])
    for card_id, count in paid.items():
        if count > 1:
            yield f"card {card_id} was paid for {count} times"
