"""Runs worlds, on one process or several, and reports: `simulate(seeds=200, start=0, jobs=2)`.

A failing seed prints its violations and the command that replays it; the last line is always `N seeds, M violations`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from time import monotonic

from chassis.logs import restore_logs, silence_logs
from chassis.parking import where
from redress.simulation.plan import plan_of
from redress.simulation.poison import EndlessCommit
from redress.simulation.progress import keep, progress_of
from redress.simulation.shop import install_services
from redress.simulation.world import InstallationOf, Verdict, World

SHOWN_VIOLATIONS = 8
KEPT_EVERY = 20
"""Seeds between two writings of the file that a run goes on from."""


@dataclass(slots=True)
class Report:
    """What came of a run of seeds."""

    seed_count: int = 0
    violation_count: int = 0
    event_count: int = 0
    failed: list[Verdict] = field(default_factory=list)

    @property
    def last_line(self) -> str:
        return f"{self.seed_count} seeds, {self.violation_count} violations"


def run_seed(seed: int, *, is_traced: bool = False, install: InstallationOf = install_services) -> Verdict:
    """The world of one seed, with the real services unless others are installed."""
    world = World(plan_of(seed), install, is_traced=is_traced)
    try:
        return world.run()
    except (Exception, EndlessCommit) as broken:  # noqa: BLE001 - the top of a world: its seed must be told, and the others go on
        trace = world.scene.trace
        return Verdict(seed, [f"the world broke: {where(broken)}: {broken!s:.200}"], trace.digest, world.clock.seconds, 0, trace.lines)


def simulate(
    seeds: int,
    start: int = 0,
    jobs: int = 1,
    trace: bool = False,
    say: Callable[[str], None] = print,
    *,
    resume: Path | None = None,
    advance: Callable[[int, int], None] = lambda done, violations: None,
) -> Report:
    """Run `seeds` worlds from `start` on; `say` gets every line. With `trace` each world tells all that happened in it.

    `advance` hears after each world how many are done and how many violations there were. With a file in `resume` the run goes on
    where that file says that it was (see `progress.py`); raises ValueError where it tells of another run.
    """
    progress = progress_of(resume, start, seeds)
    report = Report(progress.next_seed - start, progress.violation_count, progress.event_count)
    began = monotonic() - progress.seconds
    for verdict in _verdicts(range(progress.next_seed, start + seeds), jobs, trace):
        report.seed_count += 1
        report.violation_count += len(verdict.violations)
        report.event_count += verdict.event_count
        for line in verdict.lines:
            say(line)
        if verdict.violations:
            report.failed.append(verdict)
            progress.failed.append(verdict.seed)
            for line in _story(verdict):
                say(line)
        if resume is not None and (verdict.violations or report.seed_count % KEPT_EVERY == 0 or report.seed_count == seeds):
            progress.next_seed, progress.seconds = verdict.seed + 1, round(monotonic() - began, 1)
            progress.violation_count, progress.event_count = report.violation_count, report.event_count
            keep(progress, resume)
        advance(report.seed_count, report.violation_count)
    say(report.last_line)
    return report


def _verdicts(seeds: Iterable[int], jobs: int, trace: bool) -> Iterator[Verdict]:
    run = partial(run_seed, is_traced=trace)
    if jobs <= 1:
        level = silence_logs()
        try:
            yield from map(run, seeds)
        finally:
            restore_logs(level)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=silence_logs) as pool:
        yield from pool.map(run, seeds, chunksize=5)


def _story(verdict: Verdict) -> Iterator[str]:
    yield f"seed {verdict.seed}: {len(verdict.violations)} violations (digest {verdict.digest:08x})"
    for violation in verdict.violations[:SHOWN_VIOLATIONS]:
        yield f"  {violation}"
    if len(verdict.violations) > SHOWN_VIOLATIONS:
        yield f"  and {len(verdict.violations) - SHOWN_VIOLATIONS} more"
    yield f"  replay: redress simulate --seeds 1 --start {verdict.seed} --trace"
