"""Records between services: from a committed row to a Kafka record, and from a Kafka record or feed line to a unit.

The relay and the feed copy the frozen header map and value of a row and run no domain code. A record without a readable envelope
tells nothing about its place in a slot, so it cannot be parked by position: it is reported, and the heads poll finds what it stood for.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from chassis.store.rows import EventRow, PublicRow
from chassis.unit import Cause, RecordUnit
from contracts.envelope import aggregate_of, envelope_of, partition_of

_decode_headers = msgspec.json.Decoder(dict[str, str]).decode


def public_row(row: EventRow) -> PublicRow | None:
    """What relay and feed need of an event; None for a private one."""
    if row.slot is None:
        return None
    assert row.sequence is not None
    assert row.epoch is not None
    assert row.partition_key is not None
    assert row.headers is not None
    assert row.value is not None
    return PublicRow(row.log_id, row.slot, row.sequence, row.epoch, row.partition_key, row.headers, row.value)


def kafka_headers(row: PublicRow) -> list[tuple[str, bytes]]:
    """The record headers of a row, as they were frozen at its commit."""
    return [(name, value.encode()) for name, value in _decode_headers(row.headers).items()]


def partition_for(row: PublicRow, partition_count: int) -> int:
    """The partition a row's record goes to."""
    return partition_of(row.slot, partition_count)


def record_unit(headers: Iterable[tuple[str, bytes]], value: bytes) -> RecordUnit:
    """The unit of a record; raises contracts' UndecodableEnvelope."""
    envelope = envelope_of(headers)
    return RecordUnit(
        source=envelope.source,
        slot=envelope.slot,
        epoch=envelope.epoch,
        sequence=envelope.sequence,
        type=envelope.type,
        stream=aggregate_of(envelope.id),
        time=envelope.time,
        cause=Cause(envelope.correlation_id, envelope.id, envelope.traceparent),
        value=value,
        shop_id=envelope.shop_id,
    )


def feed_unit(row: PublicRow) -> RecordUnit:
    """The unit of a row that was read from a feed."""
    return record_unit(kafka_headers(row), row.value)
