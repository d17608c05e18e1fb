"""The envelope on the wire: what is written is read back, what is malformed is refused by attribute name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from contracts.envelope import (
    SLOT_COUNT,
    Envelope,
    UndecodableEnvelope,
    aggregate_of,
    envelope_of,
    event_id,
    headers_of,
    partition_of,
    rfc3339,
    slot_of,
    topic_of,
)
from contracts.examples import EXAMPLE_ENVELOPE
from tests.contracts.strategies import envelopes, numbers, words

AGGREGATE = UUID("1b7a4f0e-6a55-5f0b-9d3c-0d6b1f5a7c11")


def headers(**changed: bytes | None) -> list[tuple[str, bytes]]:
    """Good headers with some replaced, or left out when None; a name's "-" is written "_dash_"."""
    found: dict[str, bytes | None] = dict(headers_of(EXAMPLE_ENVELOPE))
    found.update({name.replace("_dash_", "-"): value for name, value in changed.items()})
    return [(name, value) for name, value in found.items() if value is not None]


@given(envelopes())
def test_an_envelope_is_read_back_as_it_was_written(envelope: Envelope) -> None:
    assert envelope_of(headers_of(envelope)) == envelope


def test_the_attributes_are_those_of_cloudevents_in_kafka() -> None:
    assert dict(headers_of(EXAMPLE_ENVELOPE)) == {
        "ce_specversion": b"1.0",
        "ce_id": b"order/1b7a4f0e-6a55-5f0b-9d3c-0d6b1f5a7c11/1",
        "ce_type": b"redress.order.OrderPlaced.v1",
        "ce_source": b"order",
        "ce_time": b"2026-11-22T04:00:00.120000Z",
        "ce_subject": b"K20261122A7Q3",
        "ce_shopid": b"shop-1",
        "ce_partitionkey": b"K20261122A7Q3",
        "ce_slot": b"221",
        "ce_sequence": b"1",
        "ce_epoch": b"1",
        "ce_correlationid": b"6a7b8c9d-0e1f-5a2b-9c3d-4e5f6a7b8caa",
        "ce_causationid": b"6a7b8c9d-0e1f-5a2b-9c3d-4e5f6a7b8caa",
        "traceparent": b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "content-type": b"application/json",
    }


def test_subject_and_traceparent_may_be_absent() -> None:
    bare = replace(EXAMPLE_ENVELOPE, subject=None, traceparent=None)
    assert not {"ce_subject", "traceparent"} & dict(headers_of(bare)).keys()
    assert envelope_of(headers_of(bare)) == bare


def test_headers_nobody_told_us_about_are_passed_over_even_when_repeated() -> None:
    assert envelope_of([*headers(), ("b3", b"\xff"), ("b3", b"1")]) == EXAMPLE_ENVELOPE


def test_a_time_of_another_offset_is_the_same_moment_in_utc() -> None:
    in_china = envelope_of(headers(ce_time=b"2026-11-22T12:00:00.12+08:00"))
    assert in_china == EXAMPLE_ENVELOPE
    assert in_china.time.tzinfo is UTC


@pytest.mark.parametrize(
    "name",
    [name for name, _ in headers_of(EXAMPLE_ENVELOPE) if name not in ("ce_subject", "traceparent")],
)
@pytest.mark.parametrize("value", [None, b""])
def test_a_missing_or_empty_attribute_is_named(name: str, value: bytes | None) -> None:
    with pytest.raises(UndecodableEnvelope, match=name):
        envelope_of(headers(**{name.replace("-", "_dash_"): value}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_specversion", b"0.3"),
        ("ce_id", b"inventory/1b7a4f0e-6a55-5f0b-9d3c-0d6b1f5a7c11/1"),
        ("ce_id", b"order\xff"),
        ("ce_type", b"redress.refund.RefundRequested.v1"),
        ("ce_subject", b""),
        ("ce_time", b"2026-11-22T04:00:00.120000"),
        ("ce_time", b"2026-13-22T04:00:00Z"),
        ("ce_time", b"2026-W47-7T04:00:00Z"),
        ("ce_time", b"0001-01-01T00:00:00+08:00"),
        ("ce_time", "２０２６-11-22T04:00:00Z".encode()),
        ("ce_slot", b"256"),
        ("ce_slot", b"-1"),
        ("ce_slot", b"1.0"),
        ("ce_slot", b" 1"),
        ("ce_slot", b"007"),
        ("ce_sequence", b"0"),
        ("ce_sequence", b"1_000"),
        ("ce_sequence", b"9223372036854775808"),
        ("ce_sequence", b"9" * 5000),
        ("ce_epoch", b"0"),
        ("ce_epoch", "１".encode()),
        ("content-type", b"application/xml"),
    ],
)
def test_a_wrong_attribute_is_named_and_its_value_kept_quiet(name: str, value: bytes) -> None:
    with pytest.raises(UndecodableEnvelope, match=name) as refused:
        envelope_of(headers(**{name.replace("-", "_dash_"): value}))
    assert len(value) < 5 or value.decode(errors="replace") not in refused.value.reason


def test_an_attribute_given_twice_is_refused() -> None:
    with pytest.raises(UndecodableEnvelope, match="ce_sequence is given twice"):
        envelope_of([*headers(), ("ce_sequence", b"2")])


@given(st.lists(st.tuples(st.sampled_from([n for n, _ in headers()]), st.binary(max_size=30))))
def test_any_headers_are_an_envelope_or_refused(pairs: list[tuple[str, bytes]]) -> None:
    try:
        envelope_of([*headers(), *pairs])
        envelope_of(dict([*headers(), *pairs]).items())
    except UndecodableEnvelope:
        pass


@pytest.mark.parametrize(
    "unfit",
    [
        replace(EXAMPLE_ENVELOPE, slot=256),
        replace(EXAMPLE_ENVELOPE, sequence=0),
        replace(EXAMPLE_ENVELOPE, epoch=0),
        replace(EXAMPLE_ENVELOPE, sequence=2**63),
        replace(EXAMPLE_ENVELOPE, subject=""),
        replace(EXAMPLE_ENVELOPE, shop_id=""),
        replace(EXAMPLE_ENVELOPE, source="inventory"),
        replace(EXAMPLE_ENVELOPE, time=EXAMPLE_ENVELOPE.time.replace(tzinfo=None)),
        replace(EXAMPLE_ENVELOPE, correlation_id="\ud800"),
    ],
)
def test_an_envelope_no_reader_would_accept_is_never_written(unfit: Envelope) -> None:
    with pytest.raises(ValueError):
        headers_of(unfit)


@given(
    st.sampled_from(["order", "inventory"]),
    st.uuids(),
    numbers.filter(lambda n: n < 10**18),
    st.integers(1, 10**18 - 1),
)
def test_an_event_id_tells_its_aggregate(source: str, aggregate_id: UUID, version: int, epoch: int) -> None:
    assert aggregate_of(event_id(source, aggregate_id, version, epoch)) == str(aggregate_id)


def test_the_epoch_shows_in_an_event_id_from_the_second_on() -> None:
    assert event_id("order", AGGREGATE, 3, 1) == f"order/{AGGREGATE}/3"
    assert event_id("order", AGGREGATE, 3, 2) == f"order/{AGGREGATE}/3@2"


@pytest.mark.parametrize(
    "text",
    ["", "order", "order/7/1", f"order/{AGGREGATE}", f"order/{AGGREGATE}/0", f"order/{AGGREGATE}/1@1",
     f"order/{AGGREGATE}/1@", f"order/{AGGREGATE}/1\n", f"Order/{AGGREGATE}/1",
     f"order/{str(AGGREGATE).upper()}/1"],
)  # fmt: skip
def test_another_text_is_no_event_id(text: str) -> None:
    with pytest.raises(UndecodableEnvelope, match="ce_id"):
        aggregate_of(text)


def test_a_slot_is_the_first_byte_of_the_hash_over_length_shop_and_key() -> None:
    assert slot_of("店", "K1") == sha256(b"\x00\x00\x00\x03\xe5\xba\x97K1").digest()[0]


def test_shop_and_key_are_joined_without_ambiguity() -> None:
    joins = {slot_of("shop" + "x" * left, "x" * (40 - left) + "key") for left in range(40)}
    assert len(joins) > 20


@given(words, words, st.integers(1, 64))
def test_every_slot_has_its_partition(shop_id: str, key: str, partition_count: int) -> None:
    slot = slot_of(shop_id, key)
    assert 0 <= slot < SLOT_COUNT
    assert partition_of(slot, partition_count) == slot % partition_count


def test_a_service_has_one_topic() -> None:
    assert topic_of("order") == "order.events.v1"


def test_a_moment_is_written_in_utc_with_microseconds() -> None:
    in_china = datetime(2026, 11, 22, 12, 0, tzinfo=timezone(timedelta(hours=8)))
    assert rfc3339(in_china) == "2026-11-22T04:00:00.000000Z"
