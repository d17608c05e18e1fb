"""The demo's figures, computed from the stores after everything has come to its end (duplicates: from what the sandbox sent).

`orders` and all counts are of this run; `double_issued` and `oversold` judge everything that the stores hold:

    double_issued    cards given to more than one unit, and units given or delivered more than one card
    oversold         of each product, cards given beyond those that ever were in stock

The seconds are those between payment and delivery as they really passed, whatever the time factor.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from chassis.store.postgres import PostgresStore
from chassis.store.rows import EventRow
from redress.composition import SERVICES, Servers
from redress.demo.scenes import PROVIDERS
from redress.history import PAGE_EVENTS, Happening
from services.inventory.stock.domain.card import Card


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
    double_issued: int
    oversold: int
    median_delivery_seconds: float
    p99_delivery_seconds: float


def figures_of(numbers: set[str], happenings: list[Happening], cards: Mapping[str, str], notices: Iterable[Mapping[str, Any]]) -> Figures:
    """Judge a run. `cards`: product code by card id, of every card that ever was stock; `notices`: what the sandbox sent."""
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
        double_issued=_double_issued(happenings),
        oversold=_oversold(happenings, cards),
        median_delivery_seconds=_at(seconds, 0.5),
        p99_delivery_seconds=_at(seconds, 0.99),
    )


def cards_in_stock(servers: Servers) -> dict[str, str]:
    """Product code by card id, of every card that the inventory's store ever took in. Raises StoreAway."""
    service, found, seen = SERVICES["inventory"], dict[str, str](), 0
    store = PostgresStore(servers.dsn_of("inventory"), "inventory")
    try:
        while page := store.events_after(seen, PAGE_EVENTS):
            stocked: list[EventRow] = [row for row in page if row.topic.partition("@")[0] == Card.Stocked.TOPIC]
            found |= {str(row.stream_id): service.codec.decode(row).product_code for row in stocked}
            seen = page[-1].log_id
    finally:
        store.close()
    return found


def _needs(messages: Iterable[Mapping[str, Any]]) -> set[str]:
    return {message["need_id"] for message in messages}


def _manual(by_name: Mapping[str, list[dict[str, Any]]]) -> set[str]:
    """Needs that ended in DeliveryFailed, and those that wait for a person and have no card yet."""
    waiting = _needs(by_name.get("NeedAwaitsPerson", [])) - _needs(by_name.get("CardAllocated", []))
    return waiting | _needs(by_name.get("DeliveryFailed", []))


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
    for each in happenings:
        if each.name in ("CardAllocated", "CardDelivered") and each.facts is not None:
            unit = (each.facts["order_number"], each.facts["line"], each.facts["unit"])
            units_of_card.setdefault(each.facts["card_id"], set()).add(unit)
            cards_of_unit.setdefault(unit, set()).add(each.facts["card_id"])
            deliveries[unit] += each.name == "CardDelivered"
    shared = sum(len(units) > 1 for units in units_of_card.values())
    surplus = sum(len(cards) > 1 or deliveries[unit] > 1 for unit, cards in cards_of_unit.items())
    return shared + surplus


def _oversold(happenings: list[Happening], cards: Mapping[str, str]) -> int:
    stocked = Counter(cards.values())
    given = Counter(each.facts["product_code"] for each in happenings if each.name == "CardAllocated" and each.facts is not None)
    unknown = sum(each.facts["card_id"] not in cards for each in happenings if each.name == "CardDelivered" and each.facts is not None)
    return unknown + sum(max(0, count - stocked[product]) for product, count in given.items())


def _at(ordered: list[float], share: float) -> float:
    """The nearest-rank percentile; 0 where nothing was delivered."""
    return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 3) if ordered else 0.0
