"""JSON whose numbers stay what they were: no float, no second name, no surprise."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import MalformedReply
from protocols.exact_json import JsonNumber, decode_object, encode_object, signed_texts


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("15.625", "15.625"),
        ("100", "100"),
        ("100.00", "100"),
        ("0.10", "0.1"),
        ("-0", "0"),
        ("0.000", "0"),
        ("1.55e1", "15.5"),
        ("1E-7", "0.0000001"),
        ("1e3", "1000"),
        ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
    ],
)
def test_a_number_has_one_plain_text(written: str, plain: str) -> None:
    content = decode_object(f'{{"amount": {written}}}'.encode(), MalformedReply)
    assert content["amount"] == written
    assert signed_texts(content, MalformedReply) == {"amount": plain}


@given(st.decimals(min_value=0, max_value=10**12, places=4))
def test_plain_numbers_keep_their_value_and_survive_another_round(value: Decimal) -> None:
    plain = JsonNumber(str(value)).plain
    assert Decimal(plain) == value
    assert JsonNumber(plain).plain == plain


@pytest.mark.parametrize("written", ["1e999999999", "1e31", "1e-31", "1" * 41])
def test_a_monstrous_number_is_refused_and_costs_nothing(written: str) -> None:
    with pytest.raises(MalformedReply) as refusal:
        signed_texts(decode_object(f'{{"amount": {written}}}'.encode(), MalformedReply), MalformedReply)
    assert refusal.value.field == "amount"


@pytest.mark.parametrize("text", ['{"a":1,"a":2}', '{"a":{"b":1,"b":2}}', "[]", '"a"', "NaN", '{"a":NaN}', '{"a":1', "", "[" * 9999])
def test_what_is_no_plain_object_is_refused(text: str) -> None:
    with pytest.raises(MalformedReply) as refusal:
        decode_object(text.encode(), MalformedReply)
    assert refusal.value.field == "body"


@pytest.mark.parametrize("text", ['{"a":true}', '{"a":[]}', '{"a":{}}'])
def test_a_value_without_one_text_is_refused_and_null_is_left_out(text: str) -> None:
    with pytest.raises(MalformedReply):
        signed_texts(decode_object(text.encode(), MalformedReply), MalformedReply)
    assert signed_texts({"a": None, "b": "x"}, MalformedReply) == {"b": "x"}


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=9), max_size=5))
def test_texts_are_written_so_that_every_reader_reads_them_back(members: dict[str, str]) -> None:
    assert json.loads(encode_object(members)) == members


def test_numbers_are_written_digit_by_digit() -> None:
    assert encode_object({"amount": JsonNumber("19.90"), "text": "19.90"}) == b'{"amount":19.90,"text":"19.90"}'
