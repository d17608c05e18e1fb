"""Where a card stands."""

from __future__ import annotations

from enum import StrEnum


class CardStatus(StrEnum):
    """Only a free one can be given away. at_shop: it stands unsold in the shop beside us, which may sell it at any moment; sold_there:
    the shop beside us has sold it."""

    FREE = "free"
    RESERVED = "reserved"
    ALLOCATED = "allocated"
    HELD = "held"
    VOID = "void"
    LOST = "lost"
    AT_SHOP = "at_shop"
    SOLD_THERE = "sold_there"
