"""The key by which a client names its request."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from chassis.idempotency import LONGEST_KEY, idempotency_key
from chassis.problem import InvalidRequest


def request_with(**headers: str) -> Request:
    return Request({"type": "http", "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]})


def test_a_key_is_taken_as_it_is_and_none_is_none() -> None:
    assert idempotency_key(request_with()) is None
    assert idempotency_key(request_with(idempotency_key="k" * LONGEST_KEY)) == "k" * LONGEST_KEY


@pytest.mark.parametrize("key", ["", "k" * (LONGEST_KEY + 1)])
def test_a_key_that_no_index_would_hold_is_refused(key: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        idempotency_key(request_with(idempotency_key=key))
    assert refused.value.errors[0][0] == "header.idempotency-key"
