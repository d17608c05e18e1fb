"""What a campaign came to: counts, findings and recovery times, as text and as one line of JSON.

A long campaign is played in several houses, one after the other; their summaries add up.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any

import msgspec

from tests.faults.judging import Verdict

TOGETHER, SOON = "two at once", "a process not back yet"
"""What else may be amiss at a drill: then its recovery says little about its own fault."""
MOST_SHOWN = 50
ALWAYS_COUNTED = ("kill", "freeze", "wipe", "other", "restores", "frozen in: COPY", "frozen in: transaction", "frozen in: unheard COMMIT")


@dataclass(slots=True)
class Summary:
    """`counts`: kinds of drills, and what the aimed ones hit; `recoveries`: name of the drill → seconds, one for each time it ran alone."""

    drill_count: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    recoveries: dict[str, list[float]] = field(default_factory=dict)
    takeovers: list[float] = field(default_factory=list)
    """Seconds from each freeze inside a transaction until another was the writer."""
    orders: int = 0
    delivered: int = 0
    failed: int = 0
    answers: int = 0
    asked_again: int = 0
    callbacks: int = 0
    findings: dict[str, list[str]] = field(default_factory=lambda: {"lost": [], "double": [], "unfinished": [], "broken": []})
    longest_standstill_seconds: float = 0.0
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        return not any(self.findings.values())

    def count(self, *names: str) -> None:
        for name in names:
            self.counts[name] = self.counts.get(name, 0) + 1

    def take(self, verdict: Verdict) -> None:
        self.orders, self.delivered, self.failed = verdict.order_count, verdict.delivered_units, verdict.failed_units
        found = {"lost": verdict.lost, "double": verdict.double, "unfinished": verdict.unfinished, "broken": verdict.other}
        for kind, every in found.items():
            self.findings[kind] += every

    def add(self, other: Summary) -> None:
        """Take another house's figures in."""
        for name in ("drill_count", "orders", "delivered", "failed", "answers", "asked_again", "callbacks", "seconds"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name, count in other.counts.items():
            self.counts[name] = self.counts.get(name, 0) + count
        for name, times in other.recoveries.items():
            self.recoveries.setdefault(name, []).extend(times)
        for kind, every in other.findings.items():
            self.findings.setdefault(kind, []).extend(every)
        self.takeovers += other.takeovers
        self.longest_standstill_seconds = max(self.longest_standstill_seconds, other.longest_standstill_seconds)

    @property
    def line(self) -> str:
        """The counts in one line, as they are so far."""
        kinds = ", ".join(f"{self.counts.get(kind, 0)} {kind}s" for kind in ("kill", "freeze", "wipe"))
        kinds += f", {self.counts.get('restores', 0)} restores"
        hits = ", ".join(f"{count} {name}" for name, count in sorted(self.counts.items()) if name.startswith("frozen in"))
        found = ", ".join(f"{len(every)} {kind}" for kind, every in self.findings.items())
        return f"{self.drill_count} drills ({kinds}; {hits or 'none aimed'}), {self.orders} orders: {found}"

    def text(self) -> list[str]:
        """All of it, for people."""
        lines = [f"{kind}: {each}" for kind, every in self.findings.items() for each in every[:MOST_SHOWN]]
        width = max((len(name) for name in self.recoveries), default=0)
        lines += ["", f"{'recovery after':<{width}}  times  median     p95     max"]
        for name, times in sorted(self.recoveries.items()):
            lines.append(f"{name:<{width}}  {len(times):>5}  " + "  ".join(f"{each:5.1f}s" for each in _figures(times).values()))
        if self.takeovers:
            figures = ", ".join(f"{name} {value:.1f} s" for name, value in _figures(self.takeovers).items())
            lines.append(f"taken over from a writer that was frozen in a transaction after: {figures}")
        lines.append("counts: " + ", ".join(f"{count} {name}" for name, count in sorted(self._counts().items())))
        lines.append(
            f"{self.orders} orders, {self.delivered} cards delivered, {self.failed} with a person; {self.callbacks} callbacks accepted; "
            f"{self.answers} answers compared with what is stored, {self.asked_again} requests repeated; "
            f"longest standstill {self.longest_standstill_seconds:.1f} s; {self.seconds / 60:.1f} minutes"
        )
        return [*lines, self.line]

    def json_line(self, **known: Any) -> str:
        """All figures in one line of JSON."""
        figures = {name: {"count": len(times), **_figures(times)} for name, times in sorted(self.recoveries.items())}
        content = msgspec.to_builtins(self) | known
        content |= {"counts": self._counts(), "recovery_seconds": figures, "takeover_seconds": _figures(self.takeovers)}
        content |= {kind: len(every) for kind, every in self.findings.items()}
        for name in ("recoveries", "takeovers", "findings"):
            del content[name]
        return msgspec.json.encode(content).decode()

    def _counts(self) -> dict[str, int]:
        return dict.fromkeys(ALWAYS_COUNTED, 0) | self.counts


class Entry(msgspec.Struct):
    """A line of the journal: which house of which campaign, and what it came to."""

    campaign: str
    house: int
    summary: Summary


def read_journal(file: Path | None, campaign: str) -> dict[int, Summary]:
    """The houses of this campaign that are done; a line that was not written to its end does not count."""
    done: dict[int, Summary] = {}
    for line in file.read_bytes().split(b"\n")[:-1] if file is not None and file.exists() else ():
        entry = msgspec.json.decode(line, type=Entry)
        if entry.campaign == campaign:
            done[entry.house] = entry.summary
    return done


def write_journal(file: Path, campaign: str, house: int, summary: Summary) -> None:
    with file.open("ab") as journal:
        journal.write(msgspec.json.encode(Entry(campaign, house, summary)) + b"\n")


def total(summaries: Iterable[Summary]) -> Summary:
    every = Summary()
    for summary in summaries:
        every.add(summary)
    return every


def _figures(times: Sequence[float]) -> dict[str, float]:
    if not times:
        return {}
    every = sorted(times)
    return {"median": round(statistics.median(every), 3), "p95": round(every[ceil(0.95 * len(every)) - 1], 3), "max": round(every[-1], 3)}
