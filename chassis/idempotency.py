"""The `Idempotency-Key` of a request: by it a client names a request of its own, so that sent again it is answered again, not done again.

It is part of a primary key in the inbox, so its length is bounded; the header's text has no line breaks and no zero bytes by HTTP's own
rules.
"""

from __future__ import annotations

from starlette.requests import Request

from chassis.problem import InvalidRequest

LONGEST_KEY = 255


def idempotency_key(request: Request) -> str | None:
    """The key that the client gave, None where there is none; raises InvalidRequest for one that is empty or too long."""
    key = request.headers.get("idempotency-key")
    if key is not None and not 1 <= len(key) <= LONGEST_KEY:
        raise InvalidRequest([("header.idempotency-key", f"must have 1 to {LONGEST_KEY} characters")])
    return key
