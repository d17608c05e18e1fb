"""A saga ends under the limits that its first event recorded, whatever the shop changed on the way. Told from the stored events alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from chassis.store.rows import EventRow
from redress.simulation.evidence import Evidence

ORDER_DEADLINES = {
    "order.Order.UnitAskedAgain": "redelivery_seconds",
    "order.Order.UnitOverdue": "overdue_seconds",
    "order.Order.UnitTimedOut": "give_up_seconds",
    "order.Order.UnitFailed": "give_up_seconds",
}
"""Event of an order → the limit, counted from its payment, before which it does not happen (a failure: by time alone)."""


def _fields(row: EventRow) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.json.decode(row.state)
    return fields


def orders_keep_their_limits(evidence: Evidence) -> Iterator[str]:
    paid: dict[UUID, tuple[datetime, dict[str, Any]]] = {}
    expires_at: dict[UUID, datetime] = {}
    lost = evidence.lost_streams("order")  # these end as was said before, whenever that is heard
    for row in evidence.rows("order"):
        if row.stream_id in lost:
            continue
        if row.topic == "order.Order.Placed":
            expires_at[row.stream_id] = datetime.fromisoformat(_fields(row)["expires_at"])
        elif row.topic.partition("@")[0] == "order.Order.Paid":
            paid[row.stream_id] = (row.at, _fields(row)["limits"])
        elif row.topic == "order.Order.Expired" and row.at < expires_at[row.stream_id]:
            yield f"order {row.subject} expired at {row.at:%H:%M:%S}, it was to be paid until {expires_at[row.stream_id]:%H:%M:%S}"
        elif row.topic in ORDER_DEADLINES and _fields(row).get("reason", "timeout") == "timeout":
            paid_at, limits = paid[row.stream_id]
            seconds = limits[ORDER_DEADLINES[row.topic]]
            if row.at < paid_at + timedelta(seconds=seconds):
                yield f"order {row.subject}: {row.topic} {row.at - paid_at} after the payment, promised were {seconds} s"


def needs_keep_their_limits(evidence: Evidence) -> Iterator[str]:
    """A supplier order is tried again as often as promised: no more, and, while a card is still wanted, no less."""
    limits: dict[UUID, dict[str, Any]] = {}
    closing: set[UUID] = set()
    again: Counter[str] = Counter()
    lost = evidence.lost_streams("inventory")
    for row in evidence.rows("inventory"):
        if row.stream_id in lost:
            continue
        match row.topic.partition("@")[0]:
            case "inventory.Need.Opened":
                limits[row.stream_id] = _fields(row)["limits"]
            case "inventory.Need.Ordered":
                again[_fields(row)["number"]] = 0  # put back after a restore, it is ordered anew under the same number
            case "inventory.Need.Closing" | "inventory.Need.Ending":
                closing.add(row.stream_id)
            case "inventory.Need.CalledAgain":
                number, most = _fields(row)["number"], limits[row.stream_id]["temporary_retry_count"]
                again[number] += 1
                if again[number] > most:
                    yield f"supplier order {number} was tried again {again[number]} times, promised were {most}"
            case "inventory.Need.CallFailed":
                failed, most = _fields(row), limits[row.stream_id]["temporary_retry_count"]
                is_given_up = failed["is_answered"] and failed["error_class"] == "temporary" and row.stream_id not in closing
                if is_given_up and again[failed["number"]] < most:
                    yield f"supplier order {failed['number']} was given up after {again[failed['number']]} tries, promised were {most}"


def notices_keep_their_limits(evidence: Evidence) -> Iterator[str]:
    """A provider that says "not paid" is asked as often as promised before that is believed."""
    awaited: dict[UUID, int] = {}
    checks: Counter[UUID] = Counter()
    for row in evidence.rows("order"):
        match row.topic:
            case "order.PaymentNotice.Awaited":
                awaited[row.stream_id], checks[row.stream_id] = _fields(row)["limits"]["confirmation_checks"], 0
            case "order.PaymentNotice.NotConfirmedYet":
                checks[row.stream_id] += 1
                if checks[row.stream_id] > awaited[row.stream_id]:
                    yield f"notice {row.stream_id} was checked {checks[row.stream_id]} times, promised were {awaited[row.stream_id]}"
            case "order.PaymentNotice.Refused" if _fields(row)["reason"] == "not_paid" and row.stream_id in awaited:
                if checks[row.stream_id] < awaited[row.stream_id]:
                    yield f"notice {row.stream_id} was refused after {checks[row.stream_id]} checks, promised were {awaited[row.stream_id]}"
