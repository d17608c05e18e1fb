"""Chance in a world: one stream of random numbers per kind of question, so that asking one does not shift the others."""

from __future__ import annotations

from random import Random


class Chance:
    """Answers "does it happen now?" from the seed; nothing evil happens once `is_hostile` is off."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._streams: dict[str, Random] = {}
        self.is_hostile = True

    def stream(self, name: str) -> Random:
        found = self._streams.get(name)
        if found is None:
            found = self._streams[name] = Random(f"{name} {self._seed}")
        return found

    def strikes(self, name: str, probability: float) -> bool:
        """Whether an evil of this probability happens now."""
        return self.is_hostile and probability > 0 and self.stream(name).random() < probability

    def between(self, name: str, low: float, high: float) -> float:
        return low + (high - low) * self.stream(name).random()

    def random_bytes(self, count: int) -> bytes:
        """For vaults, so that references repeat with the seed."""
        return self.stream("vault").randbytes(count)
