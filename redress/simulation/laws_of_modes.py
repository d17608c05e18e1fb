"""What must hold beside a shop that delivers by itself, whoever delivers at the moment: told from its books and from our logs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from chassis.store.rows import EventRow
from redress.simulation.beside_shop import DELIVERED, PAID, BookedOrder, Books
from redress.simulation.evidence import Evidence

WATCH, FILL_IN, TAKE_OVER = "watch", "fill_in", "take_over"
ALONE = frozenset({"watch", "taking_over", "giving_back"})
"""Modes in which nobody of ours begins to deliver."""
FRESH = timedelta(seconds=31)
"""What a look says counts for 30 s."""
LOOKS_TO_FILL_IN = 2
"""One that finds it due, and one at which it is asked about."""
IN_STOCK = ("inventory.Card.Stocked", "inventory.Card.TakenOver")
NOT_OURS = ("inventory.Card.KnownAtShop", "inventory.Card.LeftToShop", "inventory.Card.SoldThere")


def no_card_has_two_buyers(evidence: Evidence) -> Iterator[str]:
    """By its content: what the shop has delivered was given to no order of ours, and no card to two."""
    books = evidence.beside
    if books is None:
        return
    secrets = {fingerprint: secret for secret, fingerprint in books.fingerprints.items()}
    sold, fingerprints = set(books.sold), _fingerprints(evidence, books)
    given: Counter[str] = Counter()
    for allocated in _said(evidence, books, "inventory", "CardAllocated"):
        fingerprint = fingerprints[UUID(allocated["card_id"])]
        given[fingerprint] += 1
        if fingerprint in sold:
            yield f"{secrets[fingerprint]} was sold by the shop, and given to our {allocated['order_number']}"
    yield from (f"{secrets.get(each, each)} was given {count} times" for each, count in given.items() if count > 1)


def what_the_shop_sold_is_marked(evidence: Evidence) -> Iterator[str]:
    """No card that the shop has sold can be given away any more."""
    books = evidence.beside
    if books is None:
        return
    last: dict[str, str] = {}
    fingerprints = _fingerprints(evidence, books)
    for row in _rows(evidence, books, "inventory"):
        if row.stream_id in fingerprints:
            state = msgspec.json.decode(row.state)
            last[fingerprints[row.stream_id]] = state.get("becomes", "sold_there" if _kind(row) == "inventory.Card.SoldThere" else "")
    for number, order in books.orders.items():
        for secret in order.cards:
            if last.get(books.fingerprints[secret]) != "sold_there":
                yield f"the shop has sold {secret} in {number}, and it stands otherwise with us"


def cards_of_the_shop_are_given_while_they_are_ours(evidence: Evidence) -> Iterator[str]:
    """They are taken over only while its delivery is off and both sides know it; what stands in its table otherwise is not given away."""
    books = evidence.beside
    if books is None:
        return
    is_taken_over = False
    is_ours: dict[UUID, bool] = {}
    for row in _rows(evidence, books, "inventory"):
        kind = _kind(row)
        if kind.startswith("inventory.ShopStock."):
            is_taken_over = msgspec.json.decode(row.state)["is_taken_over"]
        elif kind in NOT_OURS:
            is_ours[row.stream_id] = False
        elif kind in IN_STOCK:
            is_ours[row.stream_id] = True
            if kind == "inventory.Card.TakenOver":
                if not is_taken_over:
                    yield f"card {row.stream_id} was taken over at {row.at:%H:%M:%S}, the shop was not"
                if books.has_true_clocks and not any(off <= row.at and (on is None or row.at <= on) for off, on in books.off):
                    yield f"card {row.stream_id} was taken over at {row.at:%H:%M:%S}, while the shop sold it"
        elif kind == "inventory.Card.Allocated" and not is_ours.get(row.stream_id, False):
            yield f"card {row.stream_id} was given to {row.subject} at {row.at:%H:%M:%S}, and was the shop's"


def we_begin_only_where_the_mode_says(evidence: Evidence) -> Iterator[str]:
    """Watching, and between two modes, nobody of ours begins; filling in, only with what the shop would deliver by itself."""
    books = evidence.beside
    if books is None:
        return
    mode = WATCH
    for row in _rows(evidence, books, "order"):
        if row.topic == "order.Connection.ModeChanged":
            mode = msgspec.json.decode(row.state)["mode"]
        elif row.topic == "order.Order.FilledIn":
            order = books.orders[row.subject or ""]
            if mode in ALONE or order.is_craft or (mode == FILL_IN and not order.is_automatic):
                yield f"{order.number} was filled in at {row.at:%H:%M:%S}, in the mode {mode}"


def the_shop_is_asked_before_we_begin(evidence: Evidence) -> Iterator[str]:
    """A look into its tables said paid and undelivered; that was just before, and the shop had had its time."""
    books = evidence.beside
    if books is None:
        return
    seconds, paid_since = 0.0, dict[UUID, EventRow]()
    looks = defaultdict(list)
    for at, intent_key in books.looks:
        looks[intent_key].append(at)
    for row in _rows(evidence, books, "order"):
        if row.topic == "order.Connection.ModeChanged":
            changed = msgspec.json.decode(row.state)
            seconds = changed["fill_in_after_seconds"] if changed["mode"] == FILL_IN else 0.0
        elif row.topic in ("order.Order.Imported", "order.Order.ToldByShop"):
            paid_since[row.stream_id] = row
        elif row.topic == "order.Order.FilledIn":
            order, key = books.orders[row.subject or ""], row.causation_id.partition("/intent/")[2].rpartition("/")[0]
            seen = [at for at in looks[key] if order.state_at(at) == PAID]
            if not seen:
                yield f"{order.number} was filled in at {row.at:%H:%M:%S}, and no look said that it was paid and undelivered"
            elif books.has_true_clocks and not any(timedelta(0) <= row.at - at <= FRESH for at in seen):
                yield f"{order.number} was filled in at {row.at:%H:%M:%S}, on looks at {[f'{at:%H:%M:%S}' for at in seen]}"
            known_at = paid_since[row.stream_id].at
            if books.has_true_clocks and (row.at - known_at).total_seconds() < seconds - 1.0:
                yield f"{order.number} was filled in at {row.at:%H:%M:%S}, known as paid since {known_at:%H:%M:%S}"


def double_deliveries_are_told(evidence: Evidence) -> Iterator[str]:
    """What the shop has delivered is told once, and as a double where we had begun; what it has not is not told."""
    books = evidence.beside
    if books is None:
        return
    begun = {row.subject for row in _rows(evidence, books, "order") if row.topic == "order.Order.FilledIn"}
    told: dict[str, list[bool]] = defaultdict(list)
    for each in _said(evidence, books, "order", "OrderDeliveredOutside"):
        told[each["order_number"]].append(each["is_double"])
    for number, order in books.orders.items():
        expected = [number in begun] if order.state == DELIVERED else []
        if told[number] != expected:
            yield f"{number} is {order.state} in the shop, begun by us: {number in begun}; told as double: {told[number]}"
    for each in _said(evidence, books, "order", "CardDelivered"):
        if each["order_number"] not in begun:
            yield f"{each['order_number']} was delivered by us, and never filled in"


def paid_orders_end_or_wait_for_people(evidence: Evidence) -> Iterator[str]:
    """Each paid order ends delivered, or failed with a reason, by whoever delivers at last; the others wait for the shop's people."""
    books = evidence.beside
    if books is None:
        return
    rows = _rows(evidence, books, "order")
    begun = {row.subject for row in rows if row.topic == "order.Order.FilledIn"}
    known = {row.subject: row for row in rows if row.topic in ("order.Order.Imported", "order.Order.ToldByShop")}
    changes = [msgspec.json.decode(row.state) for row in rows if row.topic == "order.Connection.ModeChanged"]
    mode, patience = (changes[-1]["mode"], changes[-1]["fill_in_after_seconds"]) if changes else (WATCH, 0.0)
    ended: Counter[str] = Counter()
    for each in _said(evidence, books, "order", "CardDelivered", "DeliveryFailed"):
        ended[each["order_number"]] += 1
    for number, order in books.orders.items():
        if number not in known:
            yield f"{number} stands in the shop, and we never heard of it"
        elif number in begun:
            if ended[number] != order.quantity:
                yield f"{number} was filled in, and {ended[number]} of its {order.quantity} cards were delivered or have failed"
        elif order.state == PAID and _is_ours(order, mode):
            is_due = _looks_since(known[number].at + timedelta(seconds=patience), books) >= LOOKS_TO_FILL_IN
            if books.has_true_clocks or is_due:
                yield f"{number} is paid in the shop and undelivered, and nobody delivers it though the mode is {mode}"


def _looks_since(moment: datetime, books: Books) -> int:
    return sum(at >= moment for at, _ in books.looks)


def _is_ours(order: BookedOrder, mode: str) -> bool:
    return not order.is_craft and (mode == TAKE_OVER or (mode == FILL_IN and order.is_automatic))


def _rows(evidence: Evidence, books: Books, service: str) -> list[EventRow]:
    return [row for row in evidence.every_row(service) if row.shop_id == books.shop_id]


def _kind(row: EventRow) -> str:
    return row.topic.partition("@")[0]


def _said(evidence: Evidence, books: Books, service: str, *names: str) -> Iterator[dict[str, Any]]:
    """The public messages of these names about the shop, in log order."""
    for row in _rows(evidence, books, service):
        if row.type is not None and row.value is not None and row.type.split(".")[2] in names:
            yield msgspec.json.decode(row.value)


def _fingerprints(evidence: Evidence, books: Books) -> dict[UUID, str]:
    """Of every card that inventory knows of the shop."""
    made = ("inventory.Card.Stocked", "inventory.Card.KnownAtShop")
    rows = [row for row in _rows(evidence, books, "inventory") if _kind(row) in made]
    return {row.stream_id: msgspec.json.decode(row.state)["fingerprint"] for row in rows}
