"""One line of figures: what was measured, beside what, and whether its goal is met.

A module of `bench` prints its lines last on standard output, one JSON object a line, all else on standard error:

    {"figure": "hop-fresh-of-raw", "value": 4645.0, "unit": "messages/s", "peer": 8180.0, "beside": "aiokafka and COPY without logic",
     "ratio": 0.56, "goal": 0.5, "bound": "at least", "met": true, "spread": [0.56, 0.73], "rounds": 3}

One line has one goal and one peer. `value` is ours and `peer` the peer's in the same unit, `ratio` ours over the peer's; all three are
medians over the rounds, the ratio taken within each round. `spread` is the lowest and highest ratio. Where there is no peer, `peer`,
`beside` and `ratio` are null, and the goal and the spread are of `value` itself.
"""

from __future__ import annotations

import math
import statistics
import sys
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

Bound = Literal["at least", "at most"]


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A measured figure; see above for its fields."""

    figure: str
    value: float
    unit: str
    peer: float | None
    beside: str | None
    ratio: float | None
    goal: float
    bound: Bound
    met: bool
    spread: tuple[float, float]
    rounds: int


def beside(
    name: str,
    ours: Sequence[float],
    theirs: Sequence[float],
    *,
    peer: str,
    unit: str,
    goal: float,
    bound: Bound = "at least",
) -> Figure:
    """Ours beside a peer's of the same rounds, in the same order; the goal is one of the ratio."""
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    ratio = statistics.median(ratios)
    return Figure(
        figure=name,
        value=_rounded(statistics.median(ours)),
        unit=unit,
        peer=_rounded(statistics.median(theirs)),
        beside=peer,
        ratio=_rounded(ratio),
        goal=goal,
        bound=bound,
        met=_is_met(ratio, goal, bound),
        spread=(_rounded(min(ratios)), _rounded(max(ratios))),
        rounds=len(ratios),
    )


def alone(name: str, ours: Sequence[float], *, unit: str, goal: float, bound: Bound) -> Figure:
    """Ours of all rounds with nobody beside it; the goal is one of the value."""
    value = statistics.median(ours)
    return Figure(
        figure=name,
        value=_rounded(value),
        unit=unit,
        peer=None,
        beside=None,
        ratio=None,
        goal=goal,
        bound=bound,
        met=_is_met(value, goal, bound),
        spread=(_rounded(min(ours)), _rounded(max(ours))),
        rounds=len(ours),
    )


def line_of(figure: Figure) -> str:
    return msgspec.json.encode(figure).decode()


def show(figures: Iterable[Figure]) -> None:
    """Print the lines: the last thing a module does."""
    for figure in figures:
        print(line_of(figure), flush=True)


def read(text: str) -> list[Figure]:
    """The figures among the lines of a module's standard output; other lines are none of ours."""
    return [msgspec.json.decode(line, type=Figure) for line in text.splitlines() if line.startswith('{"figure":') and '"met":' in line]


def say(text: str) -> None:
    """Tell of progress."""
    print(text, file=sys.stderr, flush=True)


def table(figures: Iterable[Figure]) -> str:
    """The figures for people, aligned, one a line."""
    head = ("figure", "ours", "peer", "unit", "ratio", "spread", "goal", "met", "beside")
    rows = [head, *(_cells(each) for each in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def _cells(figure: Figure) -> tuple[str, ...]:
    lowest, highest = figure.spread
    return (
        figure.figure,
        f"{figure.value:,g}",
        "–" if figure.peer is None else f"{figure.peer:,g}",
        figure.unit,
        "–" if figure.ratio is None else f"{figure.ratio:,g}",
        f"{lowest:,g}–{highest:,g}",
        f"{'≥' if figure.bound == 'at least' else '≤'} {figure.goal:,g}",
        "yes" if figure.met else "NO",
        figure.beside or "–",
    )


def _is_met(number: float, goal: float, bound: Bound) -> bool:
    return number >= goal if bound == "at least" else number <= goal


def _rounded(number: float) -> float:
    """Four digits: no more are measured."""
    if number == 0 or not math.isfinite(number):
        return number
    return round(number, max(0, 3 - math.floor(math.log10(abs(number)))))
