"""Which restores a seed has in store, and what the checker is told of one that was made."""

from __future__ import annotations

from dataclasses import dataclass
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


def restores_of(seed: int, hostile: float) -> tuple[RestorePlan, ...]:
    """The restores of a seed: none in three of four worlds, one, or two."""
    random = Random(f"restores {seed}")
    if random.random() >= 0.25:
        return ()
    first = _restore(random, 6.0, hostile)
    if random.random() < 0.6:
        return (first,)
    second = _restore(random, first.at + 1.0, max(hostile, first.at + 30.0))
    if second.service == first.service and random.random() < 0.5:
        back = first.backup_at + (first.at - first.backup_at) * random.choice((-0.5, 0.5))
        second = RestorePlan(second.service, max(0.2, back), second.at, second.down_seconds, second.said_again_after, second.released_after)
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
