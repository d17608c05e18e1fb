"""Which restores a seed has in store, and what the checker is told of one that was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from chassis.store.rows import EventRow, InboxKey


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """Seconds from the start: when the backup was taken, and when it takes the store's place. The others are counted from there."""

    service: str
    backup_at: float
    at: float
    down_seconds: float
    said_again_after: float
    released_after: float


@dataclass(frozen=True, slots=True)
class RestoreMade:
    """A restore as the checker knows it. Records are (epoch, slot, sequence)."""

    service: str
    epoch: int
    """The one it opened."""
    backup_at: datetime
    made_at: datetime
    kept_log_id: int
    """The last event that is still there."""
    lost_rows: list[EventRow]
    """What was in the log and is not any more; with what an earlier restore had lost, where this one went back to before it."""
    read_back: frozenset[tuple[int, int, int]]
    """Lost records that the topic still had."""
    forgotten_keys: frozenset[InboxKey]
    """Requests that were answered, and of which that answer is not known any more."""


def restores_of(seed: int, hostile: float, payments: Sequence[float]) -> tuple[RestorePlan, ...]:
    """The restores of a seed: none in three of four worlds, one, or two. Half of the backups are of the moments after a payment."""
    random = Random(f"restores {seed}")
    if random.random() >= 0.25:
        return ()
    first = _restore(random, 6.0, hostile)
    if payments and random.random() < 0.5:
        paid_at = random.choice(payments)
        span = first.at - first.backup_at
        backup_at = max(0.2, paid_at + random.random() ** 2 * 0.6)
        first = replace(first, backup_at=backup_at, at=backup_at + span)
    if random.random() < 0.6:
        return (first,)
    second = _restore(random, first.at + 20.0, max(hostile, first.at + 60.0))
    if second.service == first.service:
        second = replace(second, backup_at=max(second.backup_at, first.at + 0.01))
    return first, second


def _restore(random: Random, earliest: float, latest: float) -> RestorePlan:
    at = earliest + random.random() * max(1.0, latest - earliest) * 0.95
    span = random.choice((0.5, 3.0, 10.0, 60.0)) * (0.5 + random.random() / 2)
    return RestorePlan(
        service=random.choice(("order", "order", "inventory", "inventory", "witness")),
        backup_at=max(0.2, at - span),
        at=at,
        down_seconds=random.choice((0.2, 2.0, 10.0)),
        said_again_after=random.choice((0.5, 5.0, 60.0)),
        released_after=random.choice((5.0, 30.0, 200.0, 600.0)),
    )
