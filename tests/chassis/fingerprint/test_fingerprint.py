"""Equal values have equal fingerprints, however they were typed, and nothing can be read from one."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.fingerprint import Fingerprints, normalised_card, normalised_contact

KEY = bytes(range(32))
FINGERPRINTS = Fingerprints({1: KEY})
CANARY = "canary-77@example.org"


def test_a_fingerprint_is_a_versioned_hmac_over_kind_and_value() -> None:
    expected = hmac.new(KEY, b"\x00\x00\x00\x07contacta@b.cn", hashlib.sha256).hexdigest()
    assert FINGERPRINTS.of("contact", "a@b.cn") == f"v1:{expected}"


@given(st.text(max_size=50), st.text(max_size=50), st.text(max_size=9), st.text(max_size=9))
def test_fingerprints_are_equal_only_for_the_same_kind_and_value(a: str, b: str, kind_a: str, kind_b: str) -> None:
    is_same = FINGERPRINTS.of(kind_a, a) == FINGERPRINTS.of(kind_b, b)
    assert is_same == ((kind_a, a) == (kind_b, b))


def test_a_fingerprint_shows_nothing_of_its_value() -> None:
    assert CANARY not in FINGERPRINTS.of("contact", CANARY)
    assert FINGERPRINTS.of("contact", CANARY) != Fingerprints({1: bytes(32)}).of("contact", CANARY)


def test_what_an_older_key_version_made_can_still_be_looked_for() -> None:
    newer = Fingerprints({1: KEY, 2: bytes(32)})
    old = FINGERPRINTS.of("contact", CANARY)
    assert newer.of("contact", CANARY).startswith("v2:")
    assert newer.all_of("contact", CANARY) == [newer.of("contact", CANARY), old]


@pytest.mark.parametrize("keys", [{}, {1: b"short"}])
def test_a_missing_or_short_key_is_a_bug(keys: dict[int, bytes]) -> None:
    with pytest.raises(AssertionError):
        Fingerprints(keys)


@pytest.mark.parametrize(
    ("typed", "normalised"),
    [
        ("  Buyer@Example.ORG\t", "buyer@example.org"),
        ("ｂｕｙｅｒ＠ｅｘａｍｐｌｅ．ｏｒｇ", "buyer@example.org"),
        ("buyer\u200b@example.org\ufeff", "buyer@example.org"),
        ("\xa0buyer@example.org\u3000", "buyer@example.org"),
        ("138 1234 5678", "13812345678"),
        ("+86 138-1234-5678", "13812345678"),
        ("0086 13812345678", "13812345678"),
        ("１３８１２３４５６７８", "13812345678"),
        ("+44 (20) 7946 0000", "442079460000"),
        ("10001", "10001"),
        ("@Chat_Name", "@chat_name"),
        ("", ""),
    ],
)
def test_a_contact_has_one_form_however_it_is_typed(typed: str, normalised: str) -> None:
    assert normalised_contact(typed) == normalised


@pytest.mark.parametrize(
    ("typed", "normalised"),
    [
        (" AbC-123\r\n", "AbC-123"),
        ("AbC\u200b-123\ufeff", "AbC-123"),
        ("user\xa0pass", "user pass"),
        ("ＡＢＣ－１２３", "ABC-123"),
    ],
)
def test_a_card_has_one_form_and_keeps_its_case(typed: str, normalised: str) -> None:
    assert normalised_card(typed) == normalised


@given(st.text(alphabet=st.characters(), max_size=60))
def test_normalising_twice_is_normalising_once(typed: str) -> None:
    assert normalised_contact(normalised_contact(typed)) == normalised_contact(typed)
    assert normalised_card(normalised_card(typed)) == normalised_card(typed)


@given(st.text(max_size=60))
def test_the_case_of_a_contact_does_not_matter(typed: str) -> None:
    assert normalised_contact(typed) == normalised_contact(typed.casefold())


@given(st.text(max_size=30), st.integers(0, 30), st.sampled_from("\u200b\u200d\u2060\ufeff\u00ad"))
def test_invisible_characters_do_not_matter(typed: str, position: int, invisible: str) -> None:
    marked = typed[:position] + invisible + typed[position:]
    assert normalised_contact(marked) == normalised_contact(typed)
    assert normalised_card(f" {marked}\xa0") == normalised_card(typed)
