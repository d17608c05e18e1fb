"""The demo's figures, computed from the stores after everything has come to its end (duplicates: from what the sandbox sent).

`orders` and all counts are of this run; `double_issued`, `oversold` and `settlement_difference` judge everything that the stores hold:

    double_issued           cards given to more than one unit, and units given, delivered or topped up more than once
    oversold                of each product, cards given beyond those that ever were in stock; of a reusable card every buyer has a copy
    settlement_difference   what the books of suppliers who are paid afterwards do not agree on, in minor units

    top_ups                 units for which a supplier has made a top-up
    manual_deliveries       units that a person delivered by hand
    channels_switched       orders paid by another channel than the first by which their buyer was offered a payment
    stuck_rerun             units that had a card, or their top-up, after a person had them tried again

The seconds are those between payment and delivery as they really passed, whatever the time factor.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from redress.demo.part import PROVIDERS
from redress.demo.stores import Stores
from redress.history import Happening
from services.inventory.by_hand.handlers import BY_HAND
from services.inventory.stock.domain.product_kind import REUSABLE


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The line that `redress demo --json` ends with."""

    orders: int
    delivered: int
    failed_over: int
    redelivered: int
    manual: int
    claims: int
    duplicates_ignored: int
    refused_notices: int
    late_accepted: int
    unpaid: int
    top_ups: int
    manual_deliveries: int
    channels_switched: int
    stuck_rerun: int
    settlement_difference: int
    double_issued: int
    oversold: int
    median_delivery_seconds: float
    p99_delivery_seconds: float


def figures_of(numbers: set[str], happenings: list[Happening], stores: Stores, notices: Iterable[Mapping[str, Any]]) -> Figures:
    """Judge a run. `happenings`: every published message; `notices`: what the sandbox sent."""
    mine = [each for each in happenings if each.order_number in numbers]
    by_name: dict[str, list[dict[str, Any]]] = {}
    for each in mine:
        by_name.setdefault(each.name, []).append(each.facts or {})
    delivered = by_name.get("CardDelivered", [])
    confirmed = by_name.get("PaymentConfirmed", [])
    seconds = sorted(facts["delivery_milliseconds"] / 1_000 for facts in delivered)
    return Figures(
        orders=len(by_name.get("OrderPlaced", [])),
        delivered=len(_delivered_in_full(confirmed, delivered)),
        failed_over=len(_needs(by_name.get("SupplierFailedOver", []))),
        redelivered=len(_needs(by_name.get("RedeliveryRequested", []))),
        manual=len(_manual(by_name)),
        claims=len(by_name.get("ClaimRaised", [])),
        duplicates_ignored=_duplicates(numbers, notices),
        refused_notices=len(by_name.get("PaymentRejected", [])),
        late_accepted=sum(facts["is_late"] for facts in confirmed),
        unpaid=len(numbers - {facts["order_number"] for facts in confirmed}),
        top_ups=len(_needs(by_name.get("TopUpSucceeded", []))),
        manual_deliveries=len(_needs(facts for facts in by_name.get("CardAllocated", []) if facts["supplier_code"] == BY_HAND)),
        channels_switched=sum(
            facts["provider"] != stores.first_channels.get(facts["order_number"], facts["provider"]) for facts in confirmed
        ),
        stuck_rerun=len(_served(by_name) & stores.rerun_needs),
        settlement_difference=stores.settlement_difference,
        double_issued=_double_issued(happenings),
        oversold=_oversold(happenings, stores),
        median_delivery_seconds=_at(seconds, 0.5),
        p99_delivery_seconds=_at(seconds, 0.99),
    )


def _needs(messages: Iterable[Mapping[str, Any]]) -> set[str]:
    return {message["need_id"] for message in messages}


def _served(by_name: Mapping[str, list[dict[str, Any]]]) -> set[str]:
    """Needs that have a card, or whose top-up has succeeded."""
    return _needs(by_name.get("CardAllocated", [])) | _needs(by_name.get("TopUpSucceeded", []))


def _manual(by_name: Mapping[str, list[dict[str, Any]]]) -> set[str]:
    """Needs that ended in DeliveryFailed, and those that wait for a person and were not served yet."""
    waiting = _needs(by_name.get("NeedAwaitsPerson", [])) | _needs(by_name.get("HandDeliveryAwaited", []))
    return (waiting - _served(by_name)) | _needs(by_name.get("DeliveryFailed", []))


def _delivered_in_full(confirmed: list[dict[str, Any]], delivered: list[dict[str, Any]]) -> list[str]:
    counts = Counter(facts["order_number"] for facts in delivered)
    wanted = {facts["order_number"]: sum(line["quantity"] for line in facts["lines"]) for facts in confirmed}
    return [number for number, count in wanted.items() if counts[number] >= count]


def _duplicates(numbers: set[str], notices: Iterable[Mapping[str, Any]]) -> int:
    """Notices that were answered with the success word although an earlier one of the same payment was."""
    accepted = Counter(
        (notice["party"], notice["order_number"])
        for notice in notices
        if notice["is_accepted"] and notice["order_number"] in numbers and notice["party"] in PROVIDERS
    )
    return sum(count - 1 for count in accepted.values())


def _double_issued(happenings: list[Happening]) -> int:
    units_of_card: dict[str, set[tuple[str, int, int]]] = {}
    cards_of_unit: dict[tuple[str, int, int], set[str]] = {}
    deliveries: Counter[tuple[str, int, int]] = Counter()
    top_ups: Counter[tuple[str, int, int]] = Counter()
    for each in happenings:
        if each.name in ("CardAllocated", "CardDelivered", "TopUpSucceeded") and each.facts is not None:
            unit = (each.facts["order_number"], each.facts["line"], each.facts["unit"])
            # A top-up has no card: its need stands for one, as in CardDelivered.
            card_id = each.facts["need_id"] if each.name == "TopUpSucceeded" else each.facts["card_id"]
            units_of_card.setdefault(card_id, set()).add(unit)
            cards_of_unit.setdefault(unit, set()).add(card_id)
            deliveries[unit] += each.name == "CardDelivered"
            top_ups[unit] += each.name == "TopUpSucceeded"
    shared = sum(len(units) > 1 for units in units_of_card.values())
    surplus = sum(len(cards) > 1 or deliveries[unit] > 1 or top_ups[unit] > 1 for unit, cards in cards_of_unit.items())
    return shared + surplus


def _oversold(happenings: list[Happening], stores: Stores) -> int:
    said = {name: [each.facts for each in happenings if each.name == name and each.facts is not None] for name in _TOLD}
    reusable = {facts["product_code"] for facts in said["ProductListed"] if facts["kind"] == REUSABLE}
    known = stores.stocked.keys() | stores.copies | _needs(said["TopUpSucceeded"])
    unknown = sum(facts["card_id"] not in known for facts in said["CardDelivered"])
    stocked = Counter(stores.stocked.values())
    given = Counter(facts["product_code"] for facts in said["CardAllocated"] if facts["product_code"] not in reusable)
    return unknown + sum(max(0, count - stocked[product]) for product, count in given.items())


_TOLD = ("ProductListed", "CardAllocated", "CardDelivered", "TopUpSucceeded")


def _at(ordered: list[float], share: float) -> float:
    """The nearest-rank percentile; 0 where nothing was delivered."""
    return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 3) if ordered else 0.0
