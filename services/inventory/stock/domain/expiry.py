"""When a card expires, as people write it, and until when it may be issued.

A card that expires is handed out before those that do not, the one first that may be issued least long: its rank in the index of free
cards is below zero and tells that moment, in whole seconds. So who looks at the index alone knows which cards are overdue, and those
stand in front.

A time without a zone is one in China, where the shops are. A bare date is its first moment there: a card is not issued on the day that
is printed on it, since nobody can tell whether that day is still meant.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

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


_BEFORE_ALL_OTHERS = -(10**14)
_PLACES = 100


def issuable_until(expires_at: datetime, margin_days: int) -> datetime:
    """The moment from which on the card is issued no more: so many days before it expires; at the earliest in the year 1."""
    earliest = datetime.min.replace(tzinfo=UTC)
    margin = timedelta(days=margin_days)
    return expires_at - margin if expires_at - earliest > margin else earliest


def expiring_rank(until: datetime, position: int = 0) -> int:
    """The rank of a card that may be issued until then; `position` (below 100): its place among the cards of one unit of work."""
    return _BEFORE_ALL_OTHERS + int(until.replace(microsecond=0).timestamp()) * _PLACES + position


def until_of(rank: int) -> datetime | None:
    """Until when a card of this rank may be issued; None where it does not expire."""
    return datetime.fromtimestamp((rank - _BEFORE_ALL_OTHERS) // _PLACES, UTC) if rank < 0 else None


def is_overdue(rank: int, now: datetime) -> bool:
    """Whether a card of this rank may not be issued any more."""
    until = until_of(rank)
    return until is not None and until <= now
