"""When a card expires, as people write it.

A time without a zone is one in China, where the shops are. A bare date is its first moment there: a card is not issued on the day that
is printed on it, since nobody can tell whether that day is still meant.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))
_WRITTEN = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ](\d{2}:\d{2}(?::\d{2})?)\s*(Z|[+-]\d{2}:?\d{2})?)?")


def expiry_of(written: str) -> datetime | None:
    """The moment (aware, UTC), or None where the text is no date such as `2027-01-31` or `2027/1/31 18:00`."""
    match = _WRITTEN.fullmatch(written.strip())
    if match is None:
        return None
    year, month, day, time, zone = match.groups()
    text = f"{year}-{int(month):02d}-{int(day):02d}T{time or '00:00'}{zone or '+08:00'}"
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):  # the latter for a moment before the year 1
        return None
