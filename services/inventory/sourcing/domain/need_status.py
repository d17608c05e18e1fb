"""Where a need stands; `need.py` draws the ways between."""

from __future__ import annotations

from enum import StrEnum


class NeedStatus(StrEnum):
    """Where a need stands."""

    OPEN = "open"
    SOURCING = "sourcing"
    ALLOCATED = "allocated"
    MANUAL = "manual"
    ENDING = "ending"
    CLOSING = "closing"
    CLOSED = "closed"
    LAPSED = "lapsed"
