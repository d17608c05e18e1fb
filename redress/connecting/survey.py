"""What a shop holds, counted, before anything of it is taken over: `redress connect … --dry-run`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

from chassis.fingerprint import normalised_card
from protocols.shops.port import CardState, ShopOrderState, Unread
from protocols.shops.reading import ShopReading


@dataclass
class Survey:
    """Counts; `unread`: by table and reason. `duplicates`: cards whose secret stands on an earlier row, too."""

    goods: int = 0
    by_hand: int = 0
    cards: Counter[CardState] = field(default_factory=Counter)
    duplicates: int = 0
    orders: Counter[ShopOrderState] = field(default_factory=Counter)
    sold_cards: int = 0
    unread: Counter[tuple[str, str]] = field(default_factory=Counter)


def survey(reading: ShopReading, since: datetime, tell: Callable[[str, int], None]) -> Survey:
    """Read everything once, in flat memory but for 8 bytes of each card's hash; `tell` hears how many rows of what were read."""
    found = Survey()
    for number, good in enumerate(reading.goods(), 1):
        tell("goods", number)
        if isinstance(good, Unread):
            found.unread["goods", good.reason] += 1
        else:
            found.goods += 1
            found.by_hand += not good.is_automatic
    seen: set[int] = set()
    for number, card in enumerate(reading.cards(), 1):
        tell("cards", number)
        if isinstance(card, Unread):
            found.unread["cards", card.reason] += 1
            continue
        mark = int.from_bytes(blake2b(normalised_card(card.secret).encode(), digest_size=8).digest())
        found.duplicates += mark in seen
        seen.add(mark)
        found.cards[card.state] += 1
    for number, order in enumerate(reading.orders(reading.last_order_before(since)), 1):
        tell("orders", number)
        if isinstance(order, Unread):
            found.unread["orders", order.reason] += 1
        else:
            found.orders[order.state] += 1
            found.sold_cards += len(order.cards)
    return found
