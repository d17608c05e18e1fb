"""What stands around every public message: CloudEvents 1.0 attributes as Kafka record headers ("binary content mode").

The record's value is the message alone, as JSON; everything about the message is in the headers, one
attribute each, name `ce_<attribute>`, value UTF-8 text (source: CloudEvents 1.0.2, Kafka protocol binding,
section 3.2). Integers are decimal digits without sign or leading zero, times RFC 3339 in UTC with
microseconds. `content-type` and the W3C `traceparent` go without prefix.

    ce_id             <service>/<aggregate uuid>/<version>, from the second epoch on with @<epoch> behind it
    ce_type           redress.<service>.<Name>.v<version>
    ce_source         the service that says it; never a shard or a host
    ce_subject        the order number; absent where there is none
    ce_shopid         the shop it is about
    ce_partitionkey   the slot key (order: order number; inventory: product code), also the record's key
    ce_slot           0-255, see `slot_of`
    ce_sequence       1, 2, 3 … within (source, slot), without gaps; readers order by it
    ce_epoch          1, and one more after each restore of the service's store
    ce_correlationid  the same through everything one outside cause set off
    ce_causationid    the id of the message, command, timer or outcome that led here

`texts_of` and `envelope_of` run once a message on the hot path, so they check with plain comparisons and build
no parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import ClassVar
from uuid import UUID

import msgspec

MAX_VALUE_BYTES = 262_144
"""Largest record value that is published or read: 256 KiB."""

SLOT_COUNT = 256
CONTENT_TYPE = "application/json"

_LARGEST_NUMBER = 2**63 - 1
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_EVENT_ID = re.compile(
    r"(?P<source>[a-z][a-z0-9_]*)/(?P<aggregate_id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    r"/(?P<version>[1-9][0-9]{0,17})(?:@(?P<epoch>[1-9][0-9]{0,17}))?"
)


class UndecodableEnvelope(ValueError):
    """A record's headers are not an envelope; `reason` names the attribute at fault, never its value."""

    code: ClassVar[str] = "undecodable_envelope"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Envelope(msgspec.Struct, frozen=True):
    """Who said what, when, about which shop and order, and where it stands in its slot; see the module."""

    id: str
    type: str
    source: str
    time: datetime
    subject: str | None
    shop_id: str
    partition_key: str
    slot: int
    sequence: int
    epoch: int
    correlation_id: str
    causation_id: str
    traceparent: str | None


def headers_of(envelope: Envelope) -> list[tuple[str, bytes]]:
    """The record headers, always in one order; raises ValueError for an envelope no reader would accept."""
    return [(name, text.encode()) for name, text in texts_of(envelope).items()]


def texts_of(envelope: Envelope) -> dict[str, str]:
    """The record headers as text by name, in their order; raises ValueError for an envelope no reader would accept."""
    unfit = _unfit_attribute(envelope)
    if unfit is not None:
        raise ValueError(f"envelope not fit to be published: {unfit}")
    texts = {
        "ce_specversion": "1.0",
        "ce_id": envelope.id,
        "ce_type": envelope.type,
        "ce_source": envelope.source,
        "ce_time": rfc3339(envelope.time),
        "ce_shopid": envelope.shop_id,
        "ce_partitionkey": envelope.partition_key,
        "ce_slot": str(envelope.slot),
        "ce_sequence": str(envelope.sequence),
        "ce_epoch": str(envelope.epoch),
        "ce_correlationid": envelope.correlation_id,
        "ce_causationid": envelope.causation_id,
        "content-type": CONTENT_TYPE,
    }
    if envelope.subject is not None:
        texts["ce_subject"] = envelope.subject
    if envelope.traceparent is not None:
        texts["traceparent"] = envelope.traceparent
    return texts


def envelope_of(headers: Iterable[tuple[str, bytes]]) -> Envelope:
    """The envelope told by a record's headers; raises UndecodableEnvelope.

    Headers it does not know are passed over; an attribute given twice is refused, since readers would
    differ on which one counts.
    """
    pairs = list(headers)
    found = dict(pairs)
    if len(found) != len(pairs):
        _refuse_repeated_attributes(pairs)
    if found.get("ce_specversion") != b"1.0":
        _text(found, "ce_specversion")
        raise UndecodableEnvelope("ce_specversion is not 1.0")
    if found.get("content-type") != b"application/json" and not _is_json(_text(found, "content-type")):
        raise UndecodableEnvelope(f"content-type is not {CONTENT_TYPE}")
    envelope = Envelope(
        id=_text(found, "ce_id"),
        type=_text(found, "ce_type"),
        source=_text(found, "ce_source"),
        time=_time(found, "ce_time"),
        subject=_text(found, "ce_subject") if "ce_subject" in found else None,
        shop_id=_text(found, "ce_shopid"),
        partition_key=_text(found, "ce_partitionkey"),
        slot=_number(found, "ce_slot"),
        sequence=_number(found, "ce_sequence"),
        epoch=_number(found, "ce_epoch"),
        correlation_id=_text(found, "ce_correlationid"),
        causation_id=_text(found, "ce_causationid"),
        traceparent=_text(found, "traceparent") if found.get("traceparent") else None,
    )
    unfit = _unfit_attribute(envelope)
    if unfit is not None:
        raise UndecodableEnvelope(unfit)
    return envelope


def event_id(source: str, aggregate_id: UUID, version: int, epoch: int) -> str:
    """The `ce_id` of one event: unique for ever, also after a restore, which starts a new epoch."""
    return f"{source}/{aggregate_id}/{version}" if epoch == 1 else f"{source}/{aggregate_id}/{version}@{epoch}"


def aggregate_of(text: str) -> str:
    """The aggregate id in a `ce_id`, as text; raises UndecodableEnvelope."""
    match = _EVENT_ID.fullmatch(text)
    if match is None or match["epoch"] == "1":
        raise UndecodableEnvelope("ce_id is not <service>/<aggregate uuid>/<version>[@<epoch from 2>]")
    return match["aggregate_id"]


def parts_of(text: str) -> tuple[UUID, int] | None:
    """Aggregate id and version of a `ce_id`; None for anything else, such as the causation id of a timer."""
    match = _EVENT_ID.fullmatch(text)
    return (UUID(match["aggregate_id"]), int(match["version"])) if match is not None else None


@lru_cache(maxsize=4_096)
def slot_of(shop_id: str, key: str) -> int:
    """The slot, 0-255, of everything one shop says about one key (order number, product code).

    First byte of SHA-256 over: length of the shop id in UTF-8 bytes as four bytes big-endian, the shop id
    in UTF-8, the key in UTF-8. The length in front makes the join unambiguous: ("ab", "c") and ("a", "bc")
    are different bytes.
    """
    shop = shop_id.encode()
    return sha256(len(shop).to_bytes(4, "big") + shop + key.encode()).digest()[0]


def partition_of(slot: int, partition_count: int) -> int:
    """The partition that carries a slot, in a topic of so many partitions."""
    return slot % partition_count


def topic_of(service: str) -> str:
    """The one topic a service publishes on."""
    return f"{service}.events.v1"


def rfc3339(moment: datetime) -> str:
    """An aware moment as RFC 3339 in UTC with microseconds: `2026-01-02T03:04:05.000006Z`."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")[:-6] + "Z"


def _unfit_attribute(envelope: Envelope) -> str | None:
    """What is wrong with an envelope, in words that name the attribute; None when a reader may rely on it."""
    if not envelope.id.startswith(envelope.source + "/"):
        return "ce_id does not start with ce_source"
    if not envelope.type.startswith(f"redress.{envelope.source}."):
        return "ce_type is not redress.<ce_source>.<Name>.v<version>"
    if envelope.time.utcoffset() is None:
        return "ce_time has no offset"
    if not 0 <= envelope.slot < SLOT_COUNT:
        return "ce_slot is outside 0-255"
    if not 1 <= envelope.sequence <= _LARGEST_NUMBER:
        return "ce_sequence is outside 1 to 2^63-1"
    if not 1 <= envelope.epoch <= _LARGEST_NUMBER:
        return "ce_epoch is outside 1 to 2^63-1"
    if envelope.subject == "":
        return "ce_subject is empty"
    if not (envelope.source and envelope.shop_id and envelope.partition_key and envelope.correlation_id and envelope.causation_id):
        return "one of ce_source, ce_shopid, ce_partitionkey, ce_correlationid, ce_causationid is empty"
    return None


def _is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == CONTENT_TYPE


def _text(found: dict[str, bytes], name: str) -> str:
    value = found.get(name)
    if not value:
        raise UndecodableEnvelope(f"{name} is missing or empty")
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise UndecodableEnvelope(f"{name} is not UTF-8") from None


def _number(found: dict[str, bytes], name: str) -> int:
    value = found.get(name)
    if not value:
        raise UndecodableEnvelope(f"{name} is missing or empty")
    if not value.isdigit() or len(value) > 19 or (value[0] == ord("0") and len(value) > 1):
        raise UndecodableEnvelope(f"{name} is not a decimal number")
    return int(value)


def _time(found: dict[str, bytes], name: str) -> datetime:
    text = _text(found, name)
    if _RFC3339.fullmatch(text) is None:
        raise UndecodableEnvelope(f"{name} is not an RFC 3339 time")
    try:
        moment = datetime.fromisoformat(text.upper())
        return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UndecodableEnvelope(f"{name} is not an RFC 3339 time") from None


def _refuse_repeated_attributes(pairs: list[tuple[str, bytes]]) -> None:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen and (name.startswith("ce_") or name == "content-type"):
            raise UndecodableEnvelope(f"{name} is given twice")
        seen.add(name)
