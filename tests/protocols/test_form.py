"""Form decoding and the one reading of a signed text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import MalformedForm
from protocols.form import ambiguous_field, decode_form, joined


def test_a_form_is_decoded_once_and_keeps_empty_values() -> None:
    assert decode_form(b"a=1%2B1&b=&c=%E5%8D%A1+x&d=%2525") == {"a": "1+1", "b": "", "c": "卡 x", "d": "%25"}


@pytest.mark.parametrize(
    "raw",
    [
        b"a=1&a=1",
        b"out_trade_no=A&money=1&out_trade_no=B",
        b"a=%FF",
        b"\xff=1",
        b"a",
        b"a=1&&b",
        b"&".join([b"a=1"] * 101),
    ],
)
def test_duplicate_parameters_bad_text_and_endless_forms_are_refused(raw: bytes) -> None:
    with pytest.raises(MalformedForm):
        decode_form(raw)


_pieces = st.text(st.sampled_from("ab=&_1 "), max_size=8)


@given(st.dictionaries(_pieces, _pieces, max_size=3), st.dictionaries(_pieces, _pieces, max_size=3))
def test_two_unambiguous_forms_with_the_same_signed_text_are_the_same_form(one: dict[str, str], other: dict[str, str]) -> None:
    if ambiguous_field(one) is None and ambiguous_field(other) is None and joined(one) == joined(other):
        assert one == other


@given(st.dictionaries(st.sampled_from("abc"), _pieces, min_size=1, max_size=3))
def test_an_unambiguous_text_splits_back_into_its_form(form: dict[str, str]) -> None:
    if ambiguous_field(form) is not None:
        return
    text, read = "&" + joined(form), {}
    starts = sorted(text.index(f"&{name}=") for name in form)
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        name, _, value = text[start + 1 : end].partition("=")
        read[name] = value
    assert read == form
