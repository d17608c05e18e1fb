"""Health from progress: a part is well while it advances or has nothing to do.

A ping only shows that a process answers: a consumer whose loop has died still answers. So each part that must move
(committer, relay, each source, timers, activities) keeps a `Progress`, and health is read off them:

* *live* is what a restart can mend: false once a part has work waiting and has stood still for longer than its limit.
* *ready* is whether to send work here: live, and every part has advanced at least once and none is refusing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """How one part stands.

    `advanced_at` is when it last finished something or found nothing to do (aware UTC), None before the first
    time; `started_at` is when it began. `work_waiting_since` is when the oldest work not taken up arrived, None if
    there is none: a part that slept long for want of work gets its full limit once some arrives. `refusing` says
    in words why it takes no work although it moves, such as "stand-by: another process is the writer".
    """

    name: str
    started_at: datetime
    limit_seconds: float
    advanced_at: datetime | None = None
    work_waiting_since: datetime | None = None
    refusing: str | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """Whether to restart and whether to send work, with the reasons against it in words."""

    is_live: bool
    is_ready: bool
    reasons: tuple[str, ...]


def health_of(progresses: Iterable[Progress], now: datetime) -> Health:
    """The health of a process at `now`, from all its parts; pure. No parts at all means nothing has started."""
    parts = list(progresses)
    stuck = [reason for part in parts if (reason := _standstill(part, now))]
    waiting = [f"{part.name}: has not advanced yet" for part in parts if part.advanced_at is None]
    refusing = [f"{part.name}: {part.refusing}" for part in parts if part.refusing]
    nothing = [] if parts else ["nothing has started yet"]
    reasons = (*stuck, *waiting, *refusing, *nothing)
    return Health(is_live=not stuck, is_ready=not reasons, reasons=reasons)


def _standstill(part: Progress, now: datetime) -> str | None:
    if part.advanced_at is not None and part.work_waiting_since is None:
        return None
    marks = [mark for mark in (part.started_at, part.advanced_at, part.work_waiting_since) if mark is not None]
    still_seconds = (now - max(marks)).total_seconds()
    if still_seconds <= part.limit_seconds:
        return None
    doing = "has work waiting and has not advanced" if part.advanced_at else "has not advanced since it started"
    return f"{part.name}: {doing} for {still_seconds:.0f} s (limit {part.limit_seconds:.0f} s)"
