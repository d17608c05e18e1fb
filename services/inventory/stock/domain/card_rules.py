"""What a card's text must be like, wherever it comes from: a file, a chunk of an import, a supplier's answer."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

MAX_CARD_CHARACTERS = 760
"""As long as the column of the shops that cards are exported from; anything longer is no card but a broken file."""


def card_fault(secret: str, pattern: str | None) -> str | None:
    """Why a text is no card of a product: `empty`, `too-long`, `control-characters`, `pattern`; None where it is one.

    A tab is allowed, since accounts are often written as "name, tab, password".
    """
    if not secret:
        return "empty"
    if len(secret) > MAX_CARD_CHARACTERS:
        return "too-long"
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") and character != "\t" for character in secret):
        return "control-characters"
    if pattern is not None and _compiled(pattern).fullmatch(secret) is None:
        return "pattern"
    return None


@lru_cache(maxsize=1_000)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
