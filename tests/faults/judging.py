"""Judging the stores after the drills, with the laws of the simulation's checker, and with what the children wrote in their logs.

`Verdict.lost` holds what is paid and has no end, or was not handled; `double` what happened twice; `other` all else that must not be.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.store.port import StoreAway
from chassis.store.postgres import PostgresStore
from chassis.store.rows import EventRow, IntentStatus, ParkedRow, ParkedStatus, Position
from redress.composition import SERVICES
from redress.replaying import rebuild
from redress.simulation import laws_of_record as record
from redress.simulation import laws_of_trade as trade
from redress.simulation.checker import Law
from redress.simulation.evidence import EVERYTHING, Evidence
from redress.simulation.people import NoticeTaken
from tests.faults.buyers import Buyers
from tests.faults.house import House

QUIET_WITHIN_SECONDS = 120.0
STILL_SECONDS = 3.0
PATIENCE_WITH_TIMERS = timedelta(seconds=5)
OPEN = (IntentStatus.PENDING, IntentStatus.STARTED, IntentStatus.UNKNOWN)
BUGS = ("a unit ran into a bug", "a part failed and starts anew", "an activity raised", "the committing loop failed", "Traceback")

LOST: tuple[Law, ...] = (
    record.readers_are_level,
    record.logs_have_no_gaps,
    trade.accepted_payments_count,
    trade.paid_units_end_once,
    trade.messages_leave_their_mark,
    trade.bought_cards_are_known,
    trade.failed_needs_close_once,
)
DOUBLE: tuple[Law, ...] = (
    record.public_ids_are_unique,
    record.each_cause_took_effect_once,
    record.each_cause_says_a_thing_once,
    trade.no_card_goes_to_two,
    trade.own_stock_is_not_oversold,
    trade.nothing_is_said_twice,
)
OTHER: tuple[Law, ...] = (
    record.nothing_broke,
    trade.confirmed_payments_are_real,
    trade.delivered_is_what_was_allocated,
    trade.late_cards_are_claimed,
)


@dataclass(slots=True)
class Verdict:
    """What was found; `failed_units`: cards that ended with a person instead of a delivery."""

    lost: list[str] = field(default_factory=list)
    double: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    order_count: int = 0
    delivered_units: int = 0
    failed_units: int = 0

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.double or self.other)


class EndedStore:
    """A store's tables as they are at the end, read once."""

    def __init__(self, store: PostgresStore) -> None:
        self._rows: list[EventRow] = []
        while page := store.events_after(len(self._rows), 5_000):
            self._rows += page
        self._heads = store.slot_heads()
        self._positions = store.positions()
        self._parked = store.parked(ParkedStatus.WAITING, EVERYTHING)

    def events_after(self, log_id: int, limit: int) -> list[EventRow]:
        return self._rows[log_id : log_id + limit]

    def slot_heads(self) -> tuple[int, list[int]]:
        return self._heads

    def positions(self) -> dict[tuple[str, int], Position]:
        return self._positions

    def parked(self, _status: ParkedStatus | None, _limit: int) -> list[ParkedRow]:
        return self._parked


async def until_quiet(house: House) -> list[str]:
    """Wait until nothing is under way and both logs stand still; what was still under way when patience ended."""
    deadline, still_since, before, busy = time.monotonic() + QUIET_WITHIN_SECONDS, time.monotonic(), [-1], ["not looked at"]
    stores = _stores(house)
    try:
        while time.monotonic() < deadline:
            try:
                now = [await asyncio.to_thread(store.last_log_id) for store in stores.values()]
                busy = [each for name, store in stores.items() for each in await asyncio.to_thread(_under_way, stores, name, store)]
                providers = house.sandbox.sandbox.providers.items()
                busy += [f"{name} has notices to repeat" for name, each in providers if each.next_due_at() is not None]
            except StoreAway:
                now, busy = [-1], ["a store is away"]
            if now != before or busy:
                still_since, before = time.monotonic(), now
            elif time.monotonic() - still_since > STILL_SECONDS:
                return []
            await asyncio.sleep(0.3)
    finally:
        for store in stores.values():
            store.close()
    return busy or ["the logs do not stand still"]


def _under_way(stores: dict[str, PostgresStore], name: str, store: PostgresStore) -> Iterable[str]:
    intents = store.intents(OPEN, 5)
    if intents:
        yield f"{name}: intents are open: " + ", ".join(f"{each.key} ({each.status})" for each in intents)
    overdue = store.due_timers(datetime.now(UTC) - PATIENCE_WITH_TIMERS, 5)
    if overdue:
        yield f"{name}: timers are overdue: " + ", ".join(str(each.key) for each in overdue)
    if store.relayed() < store.last_log_id():
        yield f"{name}: relayed {store.relayed()} of {store.last_log_id()}"
    for view in SERVICES[name].views:
        if store.view_position(view.NAME) < store.last_log_id():
            yield f"{name}: view {view.NAME} stands at {store.view_position(view.NAME)} of {store.last_log_id()}"
    for source in SERVICES[name].sources:
        reached = {slot: position.sequence for (of, slot), position in store.positions().items() if of == source}
        behind = [slot for slot, head in enumerate(stores[source].slot_heads()[1]) if reached.get(slot, 0) < head]
        if behind:
            yield f"{name}: {len(behind)} slots of {source} are behind: {behind[:5]}"


def judge(house: House, buyers: Buyers) -> Verdict:
    """Every law over the real stores, and every index and view against its rebuild."""
    opened = _stores(house)
    try:
        stores = {name: EndedStore(store) for name, store in opened.items()}
    finally:
        for store in opened.values():
            store.close()
    sandbox = house.sandbox.sandbox
    taken = [
        NoticeTaken(each.sent_at, each.party, each.order_number)
        for each in sandbox.attempts
        if each.is_accepted and each.party in sandbox.providers
    ]
    known: dict[str, Any] = {
        "stores": stores,
        "providers": sandbox.providers,
        "suppliers": sandbox.suppliers,
        "taken": taken,
        "calls": [],
        "bugs": _bugs(house),
        "ended_at": datetime.now(UTC),
        "subscribed": {name: set(service.subscriptions) for name, service in SERVICES.items()},
    }
    # What only a simulated world writes down stays empty; the laws about it are not asked.
    evidence = Evidence(**{each.name: known.get(each.name) for each in fields(Evidence)})  # type: ignore[arg-type]
    names = Counter(said.name for said in evidence.said("order"))
    verdict = Verdict(
        lost=_broken(LOST, evidence) + _unpaid(evidence, buyers),
        double=_broken(DOUBLE, evidence),
        other=_broken(OTHER, evidence) + _rebuilt_differently(house) + [f"a buyer was refused: {each}" for each in buyers.failures],
        order_count=names["OrderPlaced"],
        delivered_units=names["CardDelivered"],
        failed_units=names["DeliveryFailed"],
    )
    if names["CardDelivered"] < 0.9 * (names["CardDelivered"] + names["DeliveryFailed"]):
        verdict.other.append(f"only {names['CardDelivered']} cards were delivered, {names['DeliveryFailed']} failed")
    return verdict


def _unpaid(evidence: Evidence, buyers: Buyers) -> list[str]:
    """Orders that were paid, and whose payment was told to nobody."""
    heard = {said.values["order_number"] for said in evidence.said("order", "PaymentConfirmed", "PaymentRejected", "PaymentDuplicated")}
    return [f"{number} was paid, and the payment is nowhere" for number in buyers.paid_at if number not in heard]


def _broken(laws: Iterable[Law], evidence: Evidence) -> list[str]:
    return [f"{law.__name__}: {violation}" for law in laws for violation in law(evidence)]


def _rebuilt_differently(house: House) -> list[str]:
    return [
        f"{each.service}: {each.what} {each.name} differs from its rebuild in {each.differing[:3]} (settled: {each.is_settled})"
        for each in rebuild(house.stage.servers, lambda _: None)
        if each.differing or not each.is_settled
    ]


def _bugs(house: House) -> list[str]:
    """Lines of the children's logs that tell of a bug."""
    return [
        f"{name}: {line[:600]}"
        for name in house.theatre.names
        for line in (house.folder / f"{name}.log").read_text(errors="replace").splitlines()
        if any(mark in line for mark in BUGS)
    ]


def _stores(house: House) -> dict[str, PostgresStore]:
    return {name: PostgresStore(house.stage.servers.dsn_of(name), name, pool_size=1) for name in SERVICES}
