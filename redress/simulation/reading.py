"""Whether a reader has read all that a source says: across restores the number alone does not tell."""

from __future__ import annotations

from chassis.store.memory import MemoryStore
from chassis.store.rows import Position


def is_level(position: Position, slot: int, store: MemoryStore) -> bool:
    """Whether a reader at `position` has read all of a slot: no further, and nothing of what the slot has lost."""
    tables = store.tables
    if position.sequence != tables.slot_heads[slot]:
        return False
    return all(fork.sequence >= position.sequence for fork in tables.forks if fork.slot == slot and fork.epoch > position.epoch)
