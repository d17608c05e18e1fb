"""What must hold for watched payment channels: one that fails is hidden, takes no new payment and is offered to nobody; it comes back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec

from chassis.store.rows import EventRow
from redress.simulation.evidence import Evidence

_CHECKOUT, _PERIOD, _WATCH = "order.Checkout.", "order.ChannelPeriod.", "order.ChannelWatch."
_WANTED = (_CHECKOUT + "Requested", _CHECKOUT + "RequestedAgain")
_OF_ORDER = ("unfit_order", "known_already")
"""Why a provider may refuse to create a payment, which says nothing against it."""
PAID, FAILED, UNPAID = "paid", "failed", "unpaid"
OPEN, HIDDEN, PROBATION = "open", "hidden", "probation"


@dataclass(slots=True)
class _Record:
    """A channel as its own events tell it."""

    state: str = OPEN
    newest: list[str] = field(default_factory=list)
    limits: dict[str, Any] = field(default_factory=dict)
    until: datetime | None = None


def channels_are_hidden_by_their_results(evidence: Evidence) -> Iterator[str]:
    """A channel is hidden when its newest results say so, and only then."""
    records: dict[str, _Record] = {}
    for _, rows in groupby(_steps(evidence), lambda step: step[0].causation_id):
        steps = list(rows)
        before = {provider: record.state for provider, record in records.items()}
        noted = {provider for row, provider, _ in steps if row.topic == _PERIOD + "Noted"}
        for row, provider, state in steps:
            _take(records.setdefault(provider, _Record()), row, state)
        for provider in sorted(noted):
            record = records[provider]
            was, is_hidden = before.get(provider, OPEN), record.state == HIDDEN
            if was != HIDDEN and is_hidden != _is_failing(was, record):
                yield f"{provider} was {was}, is {record.state}, and its newest results are {record.newest} under {record.limits}"


def failures_are_counted(evidence: Evidence) -> Iterator[str]:
    """Each payment that could not be created, and each whose creation was not answered, counts once against its channel."""
    counted = Counter(provider for row, provider, state in _steps(evidence) if row.topic == _PERIOD + "Noted" and state["result"] == FAILED)
    failed: Counter[str] = Counter()
    silent: set[UUID] = set()
    for row, provider, state in _steps(evidence):
        if row.topic == _CHECKOUT + "RequestedAgain":
            silent.discard(row.stream_id)
        elif row.topic == _CHECKOUT + "FellSilent":
            silent.add(row.stream_id)
            failed[provider] += 1
        elif row.topic == _CHECKOUT + "Refused" and row.stream_id not in silent and state["reason"] not in _OF_ORDER:
            failed[provider] += 1
    for provider in sorted(failed.keys() | counted.keys()):
        if failed[provider] != counted[provider]:
            yield f"{provider}: {failed[provider]} payments could not be created, {counted[provider]} were counted"


def hidden_channels_take_no_new_payments(evidence: Evidence) -> Iterator[str]:
    """No payment is wanted of a channel while it is hidden; what is begun and at once only followed was created by others, or by nobody."""
    followed = {(row.stream_id, row.version - 1, row.causation_id) for row, _, _ in _steps(evidence) if row.topic == _CHECKOUT + "Followed"}
    hidden: set[str] = set()
    for row, provider, _ in _steps(evidence):
        if row.topic == _WATCH + "Hidden":
            hidden.add(provider)
        elif row.topic == _WATCH + "Offered":
            hidden.discard(provider)
        elif provider in hidden and row.topic in _WANTED and (row.stream_id, row.version, row.causation_id) not in followed:
            yield f"{row.subject}: a payment was wanted of {provider}, which is hidden"


def hidden_channels_come_back(evidence: Evidence) -> Iterator[str]:
    """On probation, when their pause is over and not before."""
    records: dict[str, _Record] = {}
    for row, provider, state in _steps(evidence):
        record = records.setdefault(provider, _Record())
        if row.topic == _WATCH + "Offered" and state["reason"] == PROBATION and (record.until is None or row.at < record.until):
            yield f"{provider} came back at {row.at}, and was hidden until {record.until}"
        _take(record, row, state)
    yield from (f"{provider} is hidden for ever" for provider, record in records.items() if record.state == HIDDEN)


def buyers_are_offered_what_is_not_hidden(evidence: Evidence) -> Iterator[str]:
    """Whoever looked by what to pay saw every channel that was not hidden then, and no other; so also another than one that failed.

    After a restore of order nobody knows any more what was there.
    """
    if evidence.is_restored("order"):
        return
    steps, hidden = [step for step in _steps(evidence) if step[0].topic.startswith(_WATCH)], set[str]()
    for choice in sorted(evidence.choices, key=lambda choice: choice.log_id):
        while steps and steps[0][0].log_id <= choice.log_id:
            row, provider, _ = steps.pop(0)
            if row.topic == _WATCH + "Hidden":
                hidden.add(provider)
            elif row.topic == _WATCH + "Offered":
                hidden.discard(provider)
        if choice.is_payable and set(choice.channels) != evidence.providers.keys() - hidden:
            yield f"{choice.order_number}: {sorted(choice.channels)} were offered while {sorted(hidden)} were hidden"


def _steps(evidence: Evidence) -> Iterator[tuple[EventRow, str, dict[str, Any]]]:
    """The events of channels and of payments that are created, each with its provider and what it says."""
    provider_of: dict[UUID, str] = {}
    for row in evidence.rows("order"):
        if row.topic.startswith((_CHECKOUT, _PERIOD, _WATCH)):
            state = msgspec.json.decode(row.state)
            provider_of.setdefault(row.stream_id, state.get("provider", ""))
            yield row, provider_of[row.stream_id], state


def _take(record: _Record, row: EventRow, state: dict[str, Any]) -> None:
    match row.topic:
        case "order.ChannelPeriod.Begun":
            record.newest, record.limits = list(state["carried"]), state["limits"]
        case "order.ChannelPeriod.Noted":
            record.newest.append(state["result"])
        case "order.ChannelPeriod.Emptied":
            record.newest = []
        case "order.ChannelWatch.Hidden":
            record.state, record.until = HIDDEN, datetime.fromisoformat(state["until"])
        case "order.ChannelWatch.Offered":
            record.state, record.until = PROBATION if state["reason"] == PROBATION else OPEN, None


def _is_failing(state: str, record: _Record) -> bool:
    limits, newest = record.limits, record.newest
    if state == PROBATION:
        return FAILED in newest or newest.count(UNPAID) >= limits["channel_probation_unpaid"]
    failed = newest[-limits["channel_failed_window"] :].count(FAILED)
    unpaid_window = limits["channel_unpaid_window"]
    return failed >= limits["channel_most_failed"] or (len(newest) >= unpaid_window and PAID not in newest[-unpaid_window:])
