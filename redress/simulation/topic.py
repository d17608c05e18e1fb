"""A simulated Kafka topic: partitions that forget their oldest records, and that can be wiped or made anew.

A reader keeps a cursor per partition. A topic that was deleted and made anew has another incarnation and begins at offset 0, so a
cursor into the old one falls back; a cursor before the oldest record that is kept jumps forward. Nobody is told what was lost.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

PARTITION_COUNT = 4
"""To begin with."""


@dataclass(slots=True)
class Record:
    """One record as Kafka keeps it."""

    headers: list[tuple[str, bytes]]
    value: bytes


@dataclass(slots=True)
class Partition:
    base: int = 0
    records: deque[Record] = field(default_factory=deque)

    @property
    def end(self) -> int:
        return self.base + len(self.records)


@dataclass(slots=True)
class Cursor:
    """Where a reader of one partition is."""

    incarnation: int = 0
    offset: int = 0


class Topic:
    """One service's topic. `on_append(partition)` is called for each record that got in."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.incarnation = 0
        self.partitions = [Partition() for _ in range(PARTITION_COUNT)]
        self.kept_count: int | None = None
        """How many records a partition keeps; None: all."""
        self.listeners: dict[str, Callable[[int], None]] = {}
        """By the name of the process that listens: whoever comes up anew listens in place of what it was."""
        self.acknowledged: set[tuple[int, int, int]] = set()
        """(epoch, slot, sequence) of every record that the broker said yes to, whatever became of it."""

    def append(self, partition: int, record: Record) -> None:
        kept = self.partitions[partition]
        kept.records.append(record)
        self._forget(kept)
        for listener in self.listeners.values():
            listener(partition)

    def read(self, partition: int, cursor: Cursor, limit: int) -> list[Record]:
        """The next records; moves the cursor behind them."""
        kept = self.partitions[partition]
        if cursor.incarnation != self.incarnation or cursor.offset > kept.end:
            cursor.incarnation, cursor.offset = self.incarnation, 0
        cursor.offset = max(cursor.offset, kept.base)
        start = cursor.offset - kept.base
        records = [kept.records[index] for index in range(start, min(start + limit, len(kept.records)))]
        cursor.offset += len(records)
        return records

    def retain(self, count: int | None) -> None:
        """Keep only so many records a partition from now on."""
        self.kept_count = count
        for kept in self.partitions:
            self._forget(kept)

    def wipe_partition(self, partition: int) -> None:
        """Everything in it is gone; offsets go on (what `delete-records` does)."""
        kept = self.partitions[partition]
        kept.base = kept.end
        kept.records.clear()

    def recreate(self, partition_count: int | None = None) -> None:
        """Deleted and made anew: empty, offsets from 0, perhaps with another count of partitions."""
        self.incarnation += 1
        self.partitions = [Partition() for _ in range(partition_count or len(self.partitions))]

    def raise_partitions(self, by: int) -> None:
        """More partitions from now on; what is in the old ones stays there."""
        self.partitions += [Partition() for _ in range(by)]

    def _forget(self, kept: Partition) -> None:
        while self.kept_count is not None and len(kept.records) > self.kept_count:
            kept.records.popleft()
            kept.base += 1
