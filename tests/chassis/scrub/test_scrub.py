"""Nothing secret, personal or unknown gets through the scrubber; what operators need does."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Refusal
from chassis.scrub import REMOVED, described, is_literal_in, scrubbed, scrubbed_text
from chassis.secret import Secret

CANARY = "CANARY5d1e9"

# fmt: off
DENIED = [
    "card", "cards", "card_secret", "cardSecret", "card_code", "card_number", "cardNo", "carmi",
    "secret", "secrets", "client_secret", "contact", "contacts", "buyer_contact", "email",
    "e_mail", "buyerEmail", "EMAIL", "phone", "phoneNumber", "mobile", "qq", "wechat", "telegram", "ip",
    "ips", "ip_address", "remote_ip", "client-ip", "device", "device_id", "deviceFingerprint",
    "user_agent", "password", "passwd", "search_pwd", "pwd", "key", "api_key", "apiKey", "Api-Key",
    "access_key", "token", "access_token", "case_token", "authorization", "Authorization",
    "proxy_authorization", "cookie", "set-cookie", "session", "signature", "sign",
    "credential", "dsn", "postgres_dsn", "url", "webhook_url", "uri", "body", "request_body",
    "payload", "raw", "reply", "response", "query", "params", "args", "text", "free_text", "message",
    "comment", "note", "content", "description", "detail", "value", "data", "header", "headers", "form",
    "line", "row", "title", "subject", "pin", "otp", "username", "address", "plaintext", "traceback",
    "sql",
]

ALLOWED = [
    "order_number", "refund_id", "card_id", "token_id", "contact_reference",
    "contact_fingerprint", "card_preview", "message_id", "topic", "partition", "slot",
    "sequence", "epoch", "service", "logger", "kind", "result", "status", "state", "reason", "code",
    "attempt_count", "group_size", "amount_minor", "currency", "shop_id", "correlation_id",
    "causation_id", "product_code", "supplier", "traceparent", "record_count",
]
# fmt: on


class Colour(StrEnum):
    RED = "red"


@dataclass
class Card:
    text: str


class RefundTooLate(Refusal):
    code = "refund-too-late"
    title = "Too late"


def text_of(value: object) -> str:
    return msgspec.json.encode(value).decode()


@pytest.mark.parametrize("name", DENIED)
@pytest.mark.parametrize("shape", ["plain", "list", "nested", "bytes"])
def test_a_denied_field_shows_nothing_at_any_depth(name: str, shape: str) -> None:
    value: Any = {
        "plain": CANARY,
        "list": [CANARY],
        "nested": {"id": {"id": CANARY}},
        "bytes": CANARY.encode(),
    }[shape]
    for fields in ({name: value}, {"outer": {name: value}}, {"outer": [{"inner": ({name: value},)}]}):
        assert CANARY not in text_of(scrubbed(fields))


@pytest.mark.parametrize("name", ALLOWED)
def test_a_field_that_operators_need_is_printed(name: str) -> None:
    assert scrubbed({name: "abc-1"}) == {name: "abc-1"}


def test_quantities_of_denied_things_are_printed_only_as_numbers() -> None:
    assert scrubbed({"card_count": 7, "key_version": 2, "is_card": True, "card": None}) == {
        "card_count": 7,
        "key_version": 2,
        "is_card": True,
        "card": None,
    }
    assert scrubbed({"card_count": CANARY, "card": 4, "card_id": CANARY.encode()}) == {
        "card_count": REMOVED,
        "card": REMOVED,
        "card_id": "[bytes]",
    }


def test_harmless_values_are_printed_plainly() -> None:
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    assert scrubbed({"at": moment, "order_id": UUID(int=1), "colour": Colour.RED, "share": 0.5}) == {
        "at": "2026-11-22T00:00:00+00:00",
        "order_id": str(UUID(int=1)),
        "colour": "red",
        "share": 0.5,
    }


@pytest.mark.parametrize(
    "value",
    [
        Secret(CANARY),
        Card(CANARY),
        SimpleNamespace(a=CANARY),
        CANARY.encode(),
        {CANARY + "!": 1},
        {CANARY.encode(): 1},
        {(CANARY,): 1},
        object,
        ValueError(CANARY),
        [Secret(CANARY), [Card(CANARY)]],
    ],
)
def test_unknown_objects_show_only_their_type(value: object) -> None:
    assert CANARY not in text_of(scrubbed({"thing": value}))


def test_endless_and_huge_structures_are_cut() -> None:
    endless: dict[str, object] = {"many": list(range(1_000)), "wide": {f"n{i}": i for i in range(1_000)}}
    endless["self"] = endless
    endless["long"] = "x" * 10_000
    assert len(text_of(scrubbed(endless))) < 12_000


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mail to buyer@example.org failed", "mail to [address] failed"),
        ("postgresql://user:pw@host/db", "postgresql://[removed]@host/db"),
        ("GET /orders?contact=a%40b HTTP", "GET /orders?[removed] HTTP"),
        ("Bearer abc.def and more", "Bearer [removed] and more"),
        ("call 13812345678 or +86 138-1234-5678", "call [phone] or [phone]"),
        ("token rdc1.aaa.bbb", f"token {REMOVED}"),
        ("order 20261122040000123 paid", "order 20261122040000123 paid"),
    ],
)
def test_what_looks_personal_in_text_is_masked(text: str, shown: str) -> None:
    assert scrubbed_text(text) == shown


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    with pytest.raises(type(error)) as caught:
        raise error from cause
    return caught.value


def refusal_with_causes() -> BaseException:
    """A refusal caused by a foreign error that was raised while another was handled."""
    foreign = ValueError(f"DETAIL: Key (contact)=({CANARY})")
    foreign.add_note(CANARY)
    raised(foreign)
    foreign.__context__, foreign.__suppress_context__ = raised(KeyError(CANARY)), False
    return raised(RefundTooLate(refund_id="r-1", contact=CANARY), foreign)


def test_our_errors_show_code_and_facts_and_their_causes_show_only_type_and_place() -> None:
    chain: Any = described(refusal_with_causes())
    assert CANARY not in text_of(chain)
    assert [one["type"] for one in chain] == [
        f"{__name__}.RefundTooLate",
        "builtins.ValueError",
        "builtins.KeyError",
    ]
    assert chain[0]["code"] == "refund-too-late"
    assert chain[0]["facts"] == {"refund_id": "r-1", "contact": REMOVED}
    assert chain[1]["at"][0].startswith("chassis/scrub/test_scrub.py:")
    assert chain[1]["at"][0].endswith(" raised")


@pytest.mark.parametrize(
    "error",
    [
        ExceptionGroup(CANARY, [ValueError(CANARY), ExceptionGroup(CANARY, [KeyError(CANARY)])]),
        OSError(2, CANARY, CANARY),
        UnicodeDecodeError("utf-8", CANARY.encode(), 0, 1, CANARY),
        AssertionError(CANARY),
        SystemExit(CANARY),
    ],
)
def test_no_foreign_message_is_shown(error: BaseException) -> None:
    shown = described(raised(error))
    assert CANARY not in text_of(shown)
    assert type(error).__name__ in text_of(shown)


@pytest.mark.parametrize("name", ["error", "value", "card_secret"])
def test_an_exception_is_described_without_its_message_whatever_its_field_is_called(name: str) -> None:
    shown = scrubbed({name: raised(ValueError(CANARY))})
    assert CANARY not in text_of(shown)
    assert "builtins.ValueError" in text_of(shown)


def test_a_database_error_shows_its_state() -> None:
    error = RuntimeError(CANARY)
    error.sqlstate = "23505"  # type: ignore[attr-defined]
    assert '"sqlstate":"23505"' in text_of(described(error))
    error.sqlstate = CANARY  # type: ignore[attr-defined]
    assert CANARY not in text_of(described(error))


def test_a_circle_of_causes_ends() -> None:
    one, two = ValueError(CANARY), KeyError(CANARY)
    one.__cause__, two.__cause__ = two, one
    assert len(described(one)) == 2


def test_a_literal_is_told_from_text_made_at_run_time() -> None:
    def literal() -> str:
        return "written out"

    assert is_literal_in(literal(), literal.__code__)
    assert not is_literal_in(f"written out {CANARY}", literal.__code__)


names = st.text(max_size=12) | st.sampled_from(DENIED + ALLOWED)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(names, values, max_size=6))
def test_anything_can_be_scrubbed_and_becomes_plain_json(fields: dict[str, object]) -> None:
    msgspec.json.decode(msgspec.json.encode(scrubbed(fields)))


@given(st.sampled_from(DENIED), values.filter(lambda value: value not in (None, True, False)))
def test_no_value_gets_through_a_denied_name(name: str, value: object) -> None:
    assert scrubbed({name: value}) == {name: REMOVED}


@given(st.dictionaries(names, values, max_size=6))
def test_scrubbing_twice_is_scrubbing_once(fields: dict[str, object]) -> None:
    once = scrubbed(fields)
    assert text_of(scrubbed(once)) == text_of(once)
