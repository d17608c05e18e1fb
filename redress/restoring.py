"""What a restored store has lost, found before its epoch opens: read back from its topic, and asked of those who have heard it.

The topic still has the lost public records, unless it was lost as well; their content is laid down in the restored store, for the service
to recover. The other services' positions say how far they have heard. What they heard and the topic no longer has is *unread*: known
by its numbers, and by what the listeners did because of it. What a listener *said* because of it is an *echo*: where the service knows
what to make of that (a card delivered was a card given), it is laid down as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from chassis.logs import get_log
from chassis.records import feed_unit, public_row, record_unit
from chassis.recovering import Unread
from chassis.runtime.topics import partition_count
from chassis.store.columns import EVENT
from chassis.store.connections import connect
from chassis.store.failures import store_reached
from chassis.store.postgres import PostgresStore
from chassis.store.rows import EventRow, Position
from chassis.unit import RecordUnit
from contracts.envelope import UndecodableEnvelope, parts_of, topic_of
from redress.composition import SERVICES, Servers
from redress.errors import UserError

KAFKA_SECONDS = 10.0
SILENCE_SECONDS = 30.0
"""How long a broker that has more records may say nothing."""

CAUSED = "SELECT DISTINCT causation_id, subject FROM event WHERE causation_id LIKE %s ORDER BY causation_id"
SAID_BECAUSE = f"SELECT {EVENT.listed} FROM event WHERE slot IS NOT NULL AND causation_id = ANY(%b::text[]) ORDER BY log_id"
KNOWN = """
    SELECT stream_id, version FROM unnest(%b::uuid[], %b::int4[]) AS given (stream_id, version) JOIN event USING (stream_id, version)
"""

log = get_log("restoring")


@dataclass(slots=True)
class Found:
    """What a restored service has lost. `subjects`: the order number of a lost record by (epoch, slot, sequence), where it has one."""

    epoch: int
    seen_epoch: int
    lost: list[RecordUnit] = field(default_factory=list)
    subjects: dict[tuple[int, int, int], str] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)
    acted: list[str] = field(default_factory=list)
    """What others did because of events that this store no longer has, a sentence each."""
    echoes: list[RecordUnit] = field(default_factory=list)
    """Records of others, said because of lost ones that nobody could read back, that the service can recover from."""


def hearers_of(service: str) -> list[str]:
    """The services that react to a service's messages."""
    return [name for name, each in SERVICES.items() if service in each.sources]


async def find_lost(servers: Servers, service: str, hearers: Sequence[str], *, reads_topic: bool = True) -> Found:
    """Compare a restored store with its topic and its hearers, which must not be running. Raises UserError or StoreAway."""
    store = PostgresStore(servers.dsn_of(service), service)
    try:
        epoch, heads = await asyncio.to_thread(store.slot_heads)
    finally:
        await asyncio.to_thread(store.close)
    heeded = SERVICES[service].recoveries if service in SERVICES else ()
    found = Found(epoch, epoch)
    if reads_topic:
        await _read_back(servers.kafka_bootstrap, service, heads, found)
    for hearer in hearers:
        await asyncio.to_thread(_ask_hearer, servers, service, hearer, heads, found, heeded)
    found.unread.sort()
    return found


async def _read_back(bootstrap: str, service: str, heads: list[int], found: Found) -> None:
    """Read the whole topic once, for the records beyond the heads of the restored store."""
    units: dict[tuple[int, int, int], RecordUnit] = {}
    try:
        async for headers, value in records_of(bootstrap, topic_of(service)):
            try:
                unit = record_unit(headers, value)
            except UndecodableEnvelope as error:
                log.error("a record without a readable envelope", source=service, reason=error.reason)
                continue
            if unit.source != service or (unit.epoch, unit.sequence) <= (found.epoch, heads[unit.slot]):
                continue
            key = (unit.epoch, unit.slot, unit.sequence)
            units[key] = unit
            subject = next((text for name, text in headers if name == "ce_subject"), b"")
            if subject:
                found.subjects[key] = subject.decode()
    except (KafkaError, TimeoutError, OSError) as failure:
        raise UserError(
            f"The topic of {service} cannot be read at {bootstrap} ({type(failure).__name__}): what it still knows would be given up. "
            "Bring Kafka back, or say --without-topic."
        ) from None
    found.lost = [units[key] for key in sorted(units)]
    found.seen_epoch = max([found.seen_epoch, *(unit.epoch for unit in found.lost)])


async def records_of(bootstrap: str, topic: str) -> AsyncIterator[tuple[list[tuple[str, bytes]], bytes]]:
    """Headers and value of every record that the topic holds now; none where there is no such topic."""
    places = [TopicPartition(topic, number) for number in range(await partition_count(bootstrap, topic))]
    if not places:
        return
    # aiokafka finds a place to begin by itself as soon as partitions are assigned, and that answer may come after a seek's and win: at the
    # end of the topic, its default, nothing would be read at all.
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, request_timeout_ms=5_000, auto_offset_reset="earliest"
    )
    try:
        async with asyncio.timeout(KAFKA_SECONDS):
            await consumer.start()
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        while any([await consumer.position(place) < ends[place] for place in places]):
            async with asyncio.timeout(SILENCE_SECONDS):
                batches = await consumer.getmany(timeout_ms=1_000)
            for batch in batches.values():
                for record in batch:
                    yield list(record.headers), record.value or b""
    finally:
        await consumer.stop()


def _ask_hearer(servers: Servers, service: str, hearer: str, heads: list[int], found: Found, heeded: Container[str]) -> None:
    """How far a hearer got beyond the restored heads, and what it did and said because of events that are gone."""
    store = PostgresStore(servers.dsn_of(hearer), hearer)
    try:
        positions = {slot: position for (source, slot), position in store.positions().items() if source == service}
    finally:
        store.close()
    found.seen_epoch = max([found.seen_epoch, *(position.epoch for position in positions.values())])
    found.unread += unread_by(positions, heads, found, hearer)
    gone = _gone_causes(servers, service, hearer)
    for cause, subject in sorted(gone.items(), key=lambda each: (str(each[1]), each[0])):
        found.acted.append(f"{hearer} acted on {cause}{f', order {subject}' if subject else ''}, which is no longer there")
    with store_reached(), connect(servers.dsn_of(hearer), lock_seconds=2, statement_seconds=600) as connection:
        rows = map(EventRow._make, connection.execute(SAID_BECAUSE, [list(gone)], binary=True))
        found.echoes += echoes_in(rows, found, heeded)


def unread_by(positions: Mapping[int, Position], heads: list[int], found: Found, hearer: str) -> Iterator[Unread]:
    """One for each stretch of numbers that a hearer has handled and the topic no longer has; `sequence` is its last."""
    read = {(unit.epoch, unit.slot, unit.sequence) for unit in found.lost}
    for slot, position in sorted(positions.items()):
        if position <= (found.epoch, heads[slot]):
            continue
        missing = [number for number in range(heads[slot] + 1, position.sequence + 1) if (position.epoch, slot, number) not in read]
        if missing:
            numbers = f"record {missing[0]}" if len(missing) == 1 else f"{len(missing)} records, {missing[0]} to {missing[-1]}"
            yield Unread(slot, position.epoch, missing[-1], f"{hearer} has heard {numbers}; the topic no longer has the content")


def echoes_in(rows: Iterable[EventRow], found: Found, heeded: Container[str]) -> Iterator[RecordUnit]:
    """What a hearer's rows say because of lost records, of the types that are heeded, where the record itself was not read back."""
    read = {unit.cause.causation_id for unit in found.lost}
    for row in rows:
        public = public_row(row)
        if public is not None and row.type in heeded and row.causation_id not in read:
            yield feed_unit(public)


def _gone_causes(servers: Servers, service: str, hearer: str) -> dict[str, str | None]:
    """Ids of the service's events that a hearer acted on and that are no longer there, each with an order number where there is one."""
    with store_reached(), connect(servers.dsn_of(hearer), lock_seconds=2, statement_seconds=600) as connection:
        caused = {parts: (cause, subject) for cause, subject in connection.execute(CAUSED, [f"{service}/%"]) if (parts := parts_of(cause))}
    with store_reached(), connect(servers.dsn_of(service), lock_seconds=2, statement_seconds=600) as connection:
        streams, versions = [stream for stream, _ in caused], [version for _, version in caused]
        known = set(connection.execute(KNOWN, [streams, versions]))
    return dict(each for parts, each in caused.items() if parts not in known)
