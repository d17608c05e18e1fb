"""A record's value is a message or Undecodable, whatever it is, and no reason repeats a value."""

from __future__ import annotations

import contextlib
from typing import Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.decoding import Undecodable, decoder_of
from chassis.store.rows import ParkedReason, ParkedStatus
from chassis.unit import Handled, Parked
from contracts.values import Money
from tests.order.builders import a_bench, allocated, place

CANARY = "GAME-CANARY-0001"


class Parcel(msgspec.Struct, frozen=True):
    kind: Literal["card", "account"]
    price: Money
    note: str = ""


decode = decoder_of(Parcel)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "not JSON"),
        (b"GAME-CANARY-0001", "not JSON"),
        (b'{"kind": "card", "note": "GAME-CANARY-0001\xff"}', "not JSON"),
        (b'{"more": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"kind": "GAME-CANARY-0001"}', "unfit value - at `$.kind`"),
        (b'{"kind": 1}', "Expected `str`, got `int` - at `$.kind`"),
        (b'{"kind": "card"}', "Object missing required field `price`"),
        (b'{"kind": "card", "price": {"amount_minor": 1, "currency": "GAME-CANARY-0001"}}', "unfit value - at `$.price.currency`"),
        (b'{"note": "' + b"x" * 262_144 + b'"}', "larger than 262144 bytes"),
    ],
    ids=range(9),
)
def test_what_is_no_message_is_told_by_its_place(value: bytes, reason: str) -> None:
    with pytest.raises(Undecodable) as told:
        decode(value)
    assert str(told.value) == reason


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_else(value: bytes) -> None:
    with contextlib.suppress(Undecodable):
        assert isinstance(decode(value), Parcel)


@pytest.mark.parametrize(
    "value", [b"", b'{"shop_id": "\xff"}', b'{"more": ' + b"[" * 100_000, b"{}"], ids=["empty", "bytes", "deep", "bare"]
)
def test_a_message_whose_streams_would_be_fetched_ahead_stops_nobody_either(value: bytes) -> None:
    bench = a_bench()
    place(bench, "K1")
    poison, sound = bench.record(allocated(number="K1"), stream="a"), bench.record(allocated(number="K1"), stream="b")
    poison.value = value
    first, second = bench.commit(poison, sound)
    assert isinstance(first, Parked)
    assert isinstance(second, Handled)
    assert [row.reason for row in bench.store.parked(ParkedStatus.WAITING, 9)] == [ParkedReason.UNDECODABLE]
