"""What must hold of attempts, told from every committed version of the intents and from what the suppliers heard.

An order that a supplier hears is signed with the second in which it was sent, so its own stamp tells whether it left in time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.store.rows import IntentStatus
from tests.faults.attempts import Histories, Version, starts_of
from tests.faults.hearing import Heard

ARRIVAL = timedelta(seconds=1)
"""How much later than it really came the sandbox, in a busy process, may note an order."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """`margin_of`: service → kind of intent → seconds after the deadline in which "absent" does not count yet."""

    histories: Mapping[str, Histories]
    margin_of: Mapping[str, Mapping[str, float]]
    heard: Sequence[Heard]


def attempts_are_numbered(attempts: Attempts) -> Iterator[str]:
    """Each attempt has the number after the one before it, and begins once."""
    for service, key, history in _each(attempts):
        numbers = [start.attempt for start in starts_of(history)]
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"{service}: the attempts of {key} are {numbers}"


def attempts_begin_before_their_deadline(attempts: Attempts) -> Iterator[str]:
    """One that waited too long for its commit sends nothing (`orders_are_of_an_attempt` sees to that), but counts as a failed attempt."""
    for service, key, history in _each(attempts):
        for start in starts_of(history):
            if start.deadline is None or start.at >= start.deadline:
                yield f"{service}: {key}/{start.attempt} was started at {start.at:%H:%M:%S.%f}, its deadline was {start.deadline}"


def attempts_do_not_overlap(attempts: Attempts) -> Iterator[str]:
    """After an attempt of which nothing was known, the next begins only when the deadline and the margin of the first are past."""
    for service, key, history in _each(attempts):
        for start, following in zip(starts_of(history), starts_of(history)[1:], strict=False):
            between = [version for version in history if start.id < version.id < following.id]
            if not any(version.status in (IntentStatus.PENDING, IntentStatus.REFUSED, IntentStatus.ABSENT) for version in between):
                yield f"{service}: {key}/{following.attempt} was started while {key}/{start.attempt} was under way"
            was_unknown = any(version.status == IntentStatus.UNKNOWN for version in between)
            margin = timedelta(seconds=attempts.margin_of[service][start.kind])
            if was_unknown and start.deadline is not None and following.at < start.deadline + margin:
                early = (start.deadline + margin - following.at).total_seconds()
                yield f"{service}: {key}/{following.attempt} was started {early:.3f} s before {key}/{start.attempt} was surely over"


def orders_are_of_an_attempt(attempts: Attempts) -> Iterator[str]:
    """What a supplier hears was sent by an attempt, inside its time; no attempt orders twice."""
    orders: dict[str, list[Heard]] = defaultdict(list)
    for call in attempts.heard:
        if call.is_order:
            orders[call.number].append(call)
    histories = attempts.histories["inventory"]
    for number, calls in orders.items():
        starts = starts_of(histories.get(number, []))
        if len(calls) > len(starts):
            yield f"{number} was ordered {len(calls)} times in {len(starts)} attempts"
        for call in calls:
            if not any(_is_inside(call, start, attempts.margin_of["inventory"][start.kind]) for start in starts):
                spans = ", ".join(f"{start.at:%H:%M:%S.%f} to {start.deadline:%H:%M:%S.%f}" for start in starts)
                yield f"{number} was ordered at {call.at:%H:%M:%S.%f}, sent at {call.sent_at:%H:%M:%S}; its attempts: {spans}"


def _is_inside(call: Heard, start: Version, margin_seconds: float) -> bool:
    assert start.deadline is not None
    latest: datetime = start.deadline + timedelta(seconds=margin_seconds) + ARRIVAL
    return start.at.replace(microsecond=0) <= call.sent_at <= start.deadline and start.at <= call.at <= latest


def _each(attempts: Attempts) -> Iterator[tuple[str, str, list[Version]]]:
    for service, histories in attempts.histories.items():
        for key, history in histories.items():
            yield service, key, history
