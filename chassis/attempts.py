"""Attempts: what the activity worker does with an intent that is due. The same code runs for real and in the simulation.

    pending  → a StartUnit is committed, then `perform`
    unknown  → `ask`
    started, its deadline and margin past, no outcome → `lost`: its worker crashed or froze; from here on it is unknown

An attempt sends nothing past its deadline: the wall clock is read immediately before. That is why "absent" may count once deadline and
margin are past, also when the worker was only frozen and wakes up later.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from chassis.activity import Activity, Intent, Outcome, Performed, Refused, Unknown
from chassis.errors import Fault
from chassis.parking import where
from chassis.store.rows import IntentRow, VaultRow
from chassis.unit import OutcomeUnit
from chassis.vault import Sealed

OnBug = Callable[[IntentRow, BaseException], None]


def intent_of(row: IntentRow, activity: Activity[Any]) -> Intent:
    """The intent of a stored row."""
    return msgspec.json.decode(row.payload, type=activity.intent_class)


async def perform(activity: Activity[Any], row: IntentRow, now: Callable[[], datetime], on_bug: OnBug) -> OutcomeUnit:
    """Perform an attempt that is committed as started, and bring its outcome home."""
    assert row.deadline is not None
    if now() >= row.deadline:
        # Nothing was sent, and nothing will be: as good as a refusal.
        return OutcomeUnit(row.key, row.attempt, Refused("deadline_passed", is_temporary=True))
    try:
        brought = await activity.perform(intent_of(row, activity))
    except Fault as fault:
        brought = _cannot_now(fault)
    except Exception as bug:  # noqa: BLE001 - the top of an attempt: whatever was sent may have arrived
        on_bug(row, bug)
        brought = Unknown(where(bug))
    return outcome_unit(row, brought, now(), asked_at=None)


async def ask(activity: Activity[Any], row: IntentRow, now: Callable[[], datetime], on_bug: OnBug) -> OutcomeUnit:
    """Ask what became of an unknown attempt."""
    asked_at = now()
    try:
        brought = await activity.ask(intent_of(row, activity))
    except Fault as fault:
        brought = _cannot_now(fault)
    except Exception as bug:  # noqa: BLE001 - the top of a question: nothing is known by it
        on_bug(row, bug)
        brought = Unknown(where(bug))
    return outcome_unit(row, brought, now(), asked_at=asked_at)


def lost(row: IntentRow) -> OutcomeUnit:
    """An attempt whose worker never came back."""
    return OutcomeUnit(row.key, row.attempt, Unknown("no outcome by the deadline"))


def unanswered(row: IntentRow, *, asked_at: datetime | None) -> OutcomeUnit:
    """A call that was cut off at its time limit."""
    return OutcomeUnit(row.key, row.attempt, Unknown("no answer in time"), asked_at)


def outcome_unit(row: IntentRow, brought: Outcome | Performed, at: datetime, *, asked_at: datetime | None) -> OutcomeUnit:
    outcome, sealed = (brought.outcome, brought.sealed) if isinstance(brought, Performed) else (brought, ())
    return OutcomeUnit(row.key, row.attempt, outcome, asked_at, tuple(vault_row(each, at) for each in sealed))


def _cannot_now(fault: Fault) -> Unknown:
    """Our own side cannot now (the store is away): nothing against the target, and nobody's bug; it is asked about when we can again."""
    return Unknown(fault.code, has_answered=True)


def vault_row(sealed: Sealed, at: datetime) -> VaultRow:
    """A sealed value on its way into the store."""
    return VaultRow(sealed.reference, sealed.kind, sealed.shop_id, sealed.owner_id, sealed.key_version, sealed.ciphertext, at)


def sealed_of(row: VaultRow) -> Sealed:
    """A stored row as the vault opens it."""
    return Sealed(row.reference, row.kind, row.shop_id, row.owner_id, row.key_version, row.ciphertext)
