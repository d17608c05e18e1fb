"""`Retry-After`: how long a server wants to be left alone (RFC 9110, section 10.2.3).

The value is a number of whole seconds, or a date as HTTP writes it: `120`, `Fri, 31 Dec 1999 23:59:59 GMT`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from protocols.http import HttpReply


def retry_after_seconds(reply: HttpReply, now: datetime) -> float | None:
    """Seconds from now, 0 for a moment that is past; None where the answer does not say, or says nothing of sense."""
    value = (reply.header("retry-after") or "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max((aware - now).total_seconds(), 0.0)
