"""What happened in a world, line by line, and one digest of it all: two runs of a seed are equal when their digests are."""

from __future__ import annotations

from zlib import crc32

from redress.simulation.clock import Clock


class Trace:
    """Lines `seconds who what`; kept only when asked for, counted into the digest always."""

    def __init__(self, clock: Clock, *, is_kept: bool = False) -> None:
        self._clock = clock
        self.lines: list[str] = []
        self.is_kept = is_kept
        self.digest = 0

    def note(self, who: str, what: str) -> None:
        line = f"{self._clock.seconds:11.4f} {who:<12} {what}"
        self.digest = crc32(line.encode(), self.digest)
        if self.is_kept:
            self.lines.append(line)
