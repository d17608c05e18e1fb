"""Parking: poison does not block (docs/architecture.md).

A parked row keeps the unit's own form, so that it can be run again later exactly as it came, and names the source stream whose later
messages wait behind it. Timers and outcomes are parked too, under no stream: their own rows are gone by then, the parked row is the
mark that remains. `detail` says where it failed and never quotes a message or an exception's text.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from chassis.service import Service
from chassis.store.rows import IntentRow, ParkedReason, ParkedRow, ParkedStatus
from chassis.unit import (
    Cause,
    Handled,
    OutcomeUnit,
    ParkedOutcome,
    ParkedRecord,
    ParkedTimer,
    RecordUnit,
    Result,
    TimerUnit,
)
from chassis.work import Work

if TYPE_CHECKING:
    from chassis.group import Group

Parkable = RecordUnit | TimerUnit | OutcomeUnit

_encode = msgspec.json.Encoder().encode


def where(error: BaseException) -> str:
    """The type and the chain of places of an error, without its text: texts can hold values."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return type(error).__name__ + " at " + " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))


def bury(
    unit: Parkable,
    intent: IntentRow | None,
    parked_id: int,
    service: str,
    reason: ParkedReason,
    detail: str,
    at: datetime,
    awaits: UUID | None,
) -> ParkedRow:
    """The parked row of a unit; `intent` is the row of an outcome's intent."""
    match unit:
        case RecordUnit():
            kept = ParkedRecord(
                unit.time,
                unit.cause.correlation_id,
                unit.cause.causation_id,
                unit.cause.traceparent,
                unit.value,
                unit.shop_id,
            )
            return ParkedRow(
                parked_id, "record", unit.source, unit.stream, unit.slot, unit.epoch, unit.sequence, unit.type,
                reason, awaits, detail, _encode(kept), at, ParkedStatus.WAITING,
            )  # fmt: skip
        case TimerUnit():
            key, row = unit.row.key, unit.row
            timer = ParkedTimer(
                key.stream_id,
                key.name,
                key.version,
                row.payload,
                row.correlation_id,
                row.causation_id,
                row.shop_id,
                row.due_at,
            )
            return ParkedRow(
                parked_id,
                "timer",
                service,
                "",
                0,
                0,
                0,
                key.name,
                reason,
                None,
                detail,
                _encode(timer),
                at,
                ParkedStatus.WAITING,
            )
        case OutcomeUnit():
            assert intent is not None
            caused_by = f"{service}/intent/{intent.key}/{intent.attempt}"
            outcome = ParkedOutcome(intent.kind, intent.payload, unit.outcome, intent.correlation_id, caused_by)
            return ParkedRow(
                parked_id,
                "outcome",
                service,
                "",
                0,
                0,
                0,
                intent.kind,
                reason,
                None,
                detail,
                _encode(outcome),
                at,
                ParkedStatus.WAITING,
            )


def record_of(row: ParkedRow) -> RecordUnit:
    """The record of a parked row, as it came."""
    kept = msgspec.json.decode(row.body, type=ParkedRecord)
    cause = Cause(kept.correlation_id, kept.causation_id, kept.traceparent)
    return RecordUnit(
        row.source,
        row.slot,
        row.epoch,
        row.sequence,
        row.type,
        row.stream,
        kept.time,
        cause,
        kept.value,
        kept.shop_id,
    )


def unearth(row: ParkedRow, service: Service, group: Group, now: datetime) -> tuple[Work, Callable[[Work], Result]]:
    """The work and the reaction of a parked timer or outcome."""
    if row.what == "timer":
        timer = msgspec.json.decode(row.body, type=ParkedTimer)
        timer_class, on_timer = service.timers[timer.name]
        due = msgspec.json.decode(timer.payload, type=timer_class)
        cause = Cause(timer.correlation_id, f"{service.name}/timer/{timer.stream_id}/{timer.name}/{timer.version}")

        def fire(work: Work) -> Result:
            on_timer(due, work)
            return Handled()

        # It has been due: a clock that was put back since makes it no earlier.
        return Work(group, max(now, timer.due_at or now), cause, shop_id=timer.shop_id), fire

    kept = msgspec.json.decode(row.body, type=ParkedOutcome)
    intent_class, on_outcome = service.outcomes[kept.kind]
    intent = msgspec.json.decode(kept.payload, type=intent_class)

    def tell(work: Work) -> Result:
        on_outcome(kept.outcome, intent, work)
        return Handled()

    return Work(group, now, Cause(kept.correlation_id, kept.causation_id), shop_id=intent.shop_id, is_kept=True), tell
