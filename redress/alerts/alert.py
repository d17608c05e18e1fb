"""An alert as people are shown it, on the status page and by `redress alerts`."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class OpenAlert:
    """`kind`: code. `words`: what is so, in a sentence or two. `commands`: what mends it, or has it go from sight, the first first.

    `count`: how often it happened since a person saw it. `last_at`: when it happened last, ISO 8601. `is_pressing`: something stands
    still, or goes wrong, until it is mended.
    """

    kind: str
    shop_id: str
    words: str
    commands: tuple[str, ...]
    count: int
    last_at: str
    is_pressing: bool = True


def mending(shop_id: str, *words: str) -> str:
    """A command line of `redress mend` about something of a shop."""
    return shlex.join(("redress", "mend", *words, "--shop", shop_id))


def time_text(at: str | None) -> str:
    """A moment for people, to the minute; empty where there is none."""
    return "" if at is None else f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M} UTC"


def plain(code: str) -> str:
    """A code in words."""
    return code.replace("_", " ")
