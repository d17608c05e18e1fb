"""The history of an order over all services, read from their stores and merged by time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from chassis.service import Service
from chassis.store.postgres import PostgresStore
from chassis.store.rows import EventRow
from redress.composition import SERVICES, Servers
from redress.wording import event_in_words, message_in_words

PAGE_EVENTS = 2_000


@dataclass(frozen=True)
class Happening:
    """One event: when, in which service, under which name, in words. `facts`: its published message, None for a private event."""

    at: datetime
    service: str
    log_id: int
    name: str
    words: str
    is_public: bool
    order_number: str | None
    facts: dict[str, Any] | None


def history_of(servers: Servers, shop_id: str, order_number: str) -> list[Happening]:
    """Everything about one order, oldest first; empty where nobody knows it. Raises StoreAway."""
    found: list[Happening] = []
    for name, service in SERVICES.items():
        store = PostgresStore(servers.dsn_of(name), name)
        try:
            found += [happening(service, row) for row in store.subject_events(shop_id, order_number)]
        finally:
            store.close()
    return in_order(found)


def published(servers: Servers) -> list[Happening]:
    """Every published message of every service, oldest first. Raises StoreAway."""
    found: list[Happening] = []
    for name, service in SERVICES.items():
        store = PostgresStore(servers.dsn_of(name), name)
        try:
            found += [happening(service, row) for row in _log(store) if row.type is not None]
        finally:
            store.close()
    return in_order(found)


def in_order(happenings: Iterable[Happening]) -> list[Happening]:
    return sorted(happenings, key=lambda each: (each.at, each.service, each.log_id))


def happening(service: Service, row: EventRow) -> Happening:
    """One stored event, told."""
    if row.type is not None and row.value is not None:
        facts: dict[str, Any] = msgspec.json.decode(row.value)
        name = row.type.split(".")[2]
        return Happening(row.at, service.name, row.log_id, name, message_in_words(name, facts), True, facts.get("order_number"), facts)
    topic = row.topic.partition("@")[0]
    words = event_in_words(topic, vars(service.codec.decode(row)))
    return Happening(row.at, service.name, row.log_id, topic.rpartition(".")[2], words, False, row.subject, None)


def _log(store: PostgresStore) -> Iterable[EventRow]:
    seen = 0
    while page := store.events_after(seen, PAGE_EVENTS):
        yield from page
        seen = page[-1].log_id
