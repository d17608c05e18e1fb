"""How far a run of seeds has got, kept in a file, so that a run that was cut off goes on where it was.

One JSON object, written anew beside the file and moved over it, so that it is whole whenever the run is killed. Seeds are counted in
order: all below `next_seed` are done. A run with other seeds does not go on from it.
"""

from __future__ import annotations

from pathlib import Path

import msgspec


class Progress(msgspec.Struct):
    """`start`, `seeds`: the run that was asked for. `failed`: its seeds with violations. `seconds`: time spent."""

    start: int
    seeds: int
    next_seed: int
    violation_count: int = 0
    event_count: int = 0
    failed: list[int] = []
    seconds: float = 0.0


def progress_of(file: Path | None, start: int, seeds: int) -> Progress:
    """Where the run of these seeds stands; raises ValueError for a file of another run."""
    if file is None or not file.exists():
        return Progress(start, seeds, start)
    known = msgspec.json.decode(file.read_bytes(), type=Progress)
    if (known.start, known.seeds) != (start, seeds):
        raise ValueError(f"{file.name} tells of {known.seeds} seeds from {known.start}")
    return known


def keep(progress: Progress, file: Path) -> None:
    beside = file.with_name(file.name + ".new")
    beside.write_bytes(msgspec.json.encode(progress))
    beside.replace(file)
