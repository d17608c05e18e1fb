"""Rows with everything filled in that the test is not about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

from chassis.store.exchange import Batch
from chassis.store.rows import (
    EventRow,
    InboxKey,
    InboxRow,
    IndexRow,
    IntentRow,
    IntentStatus,
    ParkedReason,
    ParkedRow,
    ParkedStatus,
    TimerKey,
    TimerRow,
    VaultRow,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def stream(name: str) -> UUID:
    return uuid5(NAMESPACE_OID, name)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def event(
    log_id: int,
    stream_name: str = "order-1",
    version: int = 1,
    *,
    slot: int | None = None,
    sequence: int = 1,
    epoch: int = 1,
    subject: str | None = "NO-1",
    value: bytes = b'{"order_number":"NO-1"}',
) -> EventRow:
    """A private event, or a published one when a slot is given."""
    private = EventRow(
        log_id=log_id,
        stream_id=stream(stream_name),
        version=version,
        kind="Order",
        topic="order.OrderPlaced",
        shop_id="shop-1",
        at=NOW,
        state=b"{}",
        subject=subject,
        correlation_id="correlation",
        causation_id="causation",
        slot=None,
        sequence=None,
        epoch=None,
        type=None,
        partition_key=None,
        headers=None,
        value=None,
    )
    if slot is None:
        return private
    return private._replace(
        slot=slot,
        sequence=sequence,
        epoch=epoch,
        type="redress.order.OrderPlaced.v1",
        partition_key="NO-1",
        headers=b'{"ce_specversion":"1.0"}',
        value=value,
    )


def published(count: int, slot: int = 7, *, value: bytes = b"{}") -> Batch:
    """Published events of one slot, from log id and sequence 1, each of a stream of its own."""
    rows = [event(n, f"order-{n}", slot=slot, sequence=n, value=value) for n in range(1, count + 1)]
    return Batch(events=rows, slot_heads={slot: count})


def timer(stream_name: str = "order-1", name: str = "overdue", version: int = 1, *, due_seconds: float = 0) -> TimerRow:
    key = TimerKey(stream(stream_name), name, version)
    return TimerRow(key, at(due_seconds), b"{}", "correlation", "causation", "shop-1")


def timers(*rows: TimerRow) -> dict[TimerKey, TimerRow]:
    return {row.key: row for row in rows}


def intent(key: str = "pay-1", status: IntentStatus = IntentStatus.PENDING, *, attempt: int = 0, due_seconds: float = 0) -> IntentRow:
    return IntentRow(
        key=key,
        kind="PayOut",
        target="alipay",
        shop_id="shop-1",
        payload=b"{}",
        status=status,
        attempt=attempt,
        asked=0,
        owner=None,
        deadline=None,
        due_at=at(due_seconds),
        correlation_id="correlation",
        causation_id="causation",
        created_at=NOW,
    )


def intents(*rows: IntentRow) -> dict[str, IntentRow]:
    return {row.key: row for row in rows}


def index_row(row_id: str, key: str = "product-1", rank: int = 0, *, index: str = "free-cards") -> IndexRow:
    return IndexRow(index, row_id, key, rank, stream(row_id), "")


def index(*rows: IndexRow) -> dict[tuple[str, str], IndexRow]:
    return {(row.index, row.row_id): row for row in rows}


def inbox(key: str = "key-1", *, days_old: int = 0) -> InboxRow:
    return InboxRow(InboxKey("shop-1", "orders", key), b"\x01", 202, b"{}", NOW - timedelta(days=days_old))


def parked(parked_id: int = 1, *, awaits: UUID | None = None, stream_name: str = "NO-1") -> ParkedRow:
    return ParkedRow(
        parked_id=parked_id,
        what="record",
        source="order",
        stream=stream_name,
        slot=3,
        epoch=1,
        sequence=9,
        type="redress.order.OrderPlaced.v1",
        reason=ParkedReason.EARLY if awaits else ParkedReason.BUG,
        awaits=awaits,
        detail="KeyError",
        body=b"{}",
        at=NOW,
        status=ParkedStatus.WAITING,
    )


def sealed(reference: str = "contact/1") -> VaultRow:
    return VaultRow(reference, "contact", "shop-1", "order-1", 1, b"\x00\x01", NOW)
