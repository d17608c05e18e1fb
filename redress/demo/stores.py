"""What the stores know and no message tells: which cards ever were stock, who was offered what to pay by, what a person tried again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from chassis.store.postgres import PostgresStore
from redress.composition import SERVICES, Servers
from redress.history import PAGE_EVENTS
from services.inventory.settlement.reconciling import reconcile
from services.inventory.settlement.views import SettlementSums
from services.inventory.sourcing.domain.need import Need
from services.inventory.stock.domain.card import Card
from services.order.domain.checkout import Checkout

MOST_ACCOUNTS = 10_000


@dataclass(frozen=True)
class Stores:
    """`stocked`: product code by card id, of every card that ever was stock. `copies`: ids of what was given of reusable cards.

    `first_channels`: by order number, the provider that was first wanted for a payment created by us. `rerun_needs`: ids of needs that a
    person had tried again. `settlement_difference`: what the books of all shops do not agree on.
    """

    stocked: Mapping[str, str] = field(default_factory=dict)
    copies: frozenset[str] = frozenset()
    first_channels: Mapping[str, str] = field(default_factory=dict)
    rerun_needs: frozenset[str] = frozenset()
    settlement_difference: int = 0


def read_stores(servers: Servers) -> Stores:
    """Read both logs from their beginning; raises StoreAway."""
    stocked: dict[str, str] = {}
    copies: set[str] = set()
    rerun: set[str] = set()
    for event in _events(servers, "inventory", Card.Stocked, Card.Copied, Need.RunAgain):
        match event:
            case Card.Stocked():
                stocked[str(event.originator_id)] = event.product_code
            case Card.Copied():
                copies.add(str(event.originator_id))
            case _:
                rerun.add(str(event.originator_id))
    return Stores(stocked, frozenset(copies), _first_channels(servers), frozenset(rerun), _settlement_difference(servers))


def _first_channels(servers: Servers) -> dict[str, str]:
    """What is only followed was created by others, and nobody wanted it of us."""
    requested: dict[str, Any] = {}
    for event in _events(servers, "order", Checkout.Requested, Checkout.Followed):
        if isinstance(event, Checkout.Followed):
            requested.pop(str(event.originator_id), None)
        else:
            requested.setdefault(str(event.originator_id), event)
    first: dict[str, str] = {}
    for event in requested.values():
        first.setdefault(event.order_number, event.provider)
    return first


def _settlement_difference(servers: Servers) -> int:
    return _with_store(
        servers,
        "inventory",
        lambda store: (
            reconcile(
                msgspec.json.decode(data) for _, data in store.view_rows(SettlementSums.NAME, "", MOST_ACCOUNTS)
            ).settlement_difference
        ),
    )


def _events(servers: Servers, name: str, *kinds: Any) -> Iterator[Any]:
    """The events of these kinds, oldest first."""
    codec, topics = SERVICES[name].codec, {kind.TOPIC for kind in kinds}
    store = PostgresStore(servers.dsn_of(name), name)
    try:
        seen = 0
        while page := store.events_after(seen, PAGE_EVENTS):
            yield from (codec.decode(row) for row in page if row.topic.partition("@")[0] in topics)
            seen = page[-1].log_id
    finally:
        store.close()


def _with_store(servers: Servers, name: str, read: Callable[[PostgresStore], int]) -> int:
    store = PostgresStore(servers.dsn_of(name), name)
    try:
        return read(store)
    finally:
        store.close()
