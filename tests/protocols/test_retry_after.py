"""`Retry-After` in both of its forms, and in none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from protocols.http import HttpReply
from protocols.retry_after import retry_after_seconds

NOW = datetime(1999, 12, 31, 23, 58, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        (" 5 ", 5.0),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 60.0),
        ("Friday, 31-Dec-99 23:59:59 GMT", 60.0),
        ("Fri, 31 Dec 1999 23:00:00 GMT", 0.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("\u0663", None),
    ],
)
def test_a_value_is_read_as_seconds_from_now(value: str, seconds: float | None) -> None:
    assert retry_after_seconds(HttpReply(503, (("Retry-After", value),)), NOW) == seconds


def test_an_answer_without_it_says_nothing() -> None:
    assert retry_after_seconds(HttpReply(503), NOW) is None
