"""A secret can be carried, but not shown, copied out or encoded; a preview shows little."""

import base64
import copy
import json
import pickle
import secrets

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.secret import HIDDEN, Secret, key_bytes, mask_card, mask_contact

CANARY = "CANARY-9f3a-77aa"


def test_a_secret_never_shows_its_value() -> None:
    secret = Secret(CANARY)
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret:>40}",
        f"{secret!r}",
        "".join(map(str, [secret])),
        str([secret]),
    ]
    assert not any(CANARY in text for text in shown)
    assert secret.reveal() == CANARY


def test_a_secret_has_no_attributes_to_walk_over() -> None:
    with pytest.raises(TypeError):
        vars(Secret(CANARY))


def test_a_secret_cannot_be_pickled() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(CANARY))


def test_a_secret_cannot_be_encoded_as_json() -> None:
    with pytest.raises(TypeError):
        json.dumps({"value": Secret(CANARY)})
    with pytest.raises(TypeError):
        msgspec.json.encode({"value": Secret(CANARY)})


def test_a_copy_of_a_secret_is_the_secret() -> None:
    secret = Secret(CANARY)
    assert copy.copy(secret) is secret
    assert copy.deepcopy([secret])[0] is secret


def test_secrets_are_equal_by_value_and_never_a_key() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert not Secret("")
    with pytest.raises(TypeError):
        hash(Secret("a"))


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_key_is_read_from_either_base64_alphabet(encode: object) -> None:
    key = secrets.token_bytes(32)
    assert callable(encode)
    text = encode(key).decode()
    assert key_bytes(Secret(text)) == key
    assert key_bytes(Secret(text.rstrip("=") + "\n")) == key


@pytest.mark.parametrize("text", ["", "short", "!" * 44, base64.b64encode(b"x" * 31).decode(), "é" * 44])
def test_a_key_that_is_not_32_bytes_of_base64_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        key_bytes(Secret(text))
    assert not text or text not in str(caught.value)


def test_the_preview_of_a_card_shows_its_first_four_and_last_two_characters() -> None:
    assert mask_card("GAME-AAAA-BBBB-CCCC") == f"GAME{HIDDEN}CC"


@pytest.mark.parametrize("card", ["", "A", "1234567", "  123456 ", "\x00" * 20])
def test_a_short_or_unprintable_card_is_hidden_whole(card: str) -> None:
    assert mask_card(card) == HIDDEN


@given(st.text(min_size=0, max_size=200))
def test_a_preview_never_shows_more_than_a_third(card: str) -> None:
    shown = mask_card(card).replace(HIDDEN, "", 1)
    assert len(shown) <= len(card) / 3
    assert len(shown) <= 6


@pytest.mark.parametrize(
    ("contact", "preview"),
    [
        ("buyer@example.org", f"b{HIDDEN}@e{HIDDEN}.org"),
        ("a@b.cn", f"{HIDDEN}@{HIDDEN}"),
        ("13812345678", f"1{HIDDEN}78"),
        ("10001", HIDDEN),
        ("@handle_of_chat", f"@{HIDDEN}at"),
    ],
)
def test_the_preview_of_a_contact_is_recognisable(contact: str, preview: str) -> None:
    assert mask_contact(contact) == preview


@given(st.text(max_size=60))
def test_the_preview_of_a_contact_never_shows_much(contact: str) -> None:
    shown = mask_contact(contact).replace(HIDDEN, "").replace("@", "")
    assert len(shown) <= max(0, len(contact.strip())) / 2
