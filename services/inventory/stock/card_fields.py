"""Cards of several fields: taken apart by their product's pattern, whose named groups are the fields, and previewed field by field."""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct

from chassis.secret import HIDDEN, mask_card
from services.inventory.stock.domain.product_kind import FIELD_SEPARATOR


class CardField(Struct, frozen=True):
    """One field of a card in the open."""

    name: str
    value: str

    def __repr__(self) -> str:
        return f"CardField(name={self.name!r})"


def card_fields(secret: str, pattern: str | None) -> tuple[CardField, ...]:
    """The fields of a card, in their order; none where its product has no fields, or the card does not look like the product's."""
    compiled = _compiled(pattern) if pattern is not None else None
    if compiled is None or not compiled.groupindex or (match := compiled.fullmatch(secret)) is None:
        return ()
    return tuple(CardField(name, value) for name in compiled.groupindex if (value := match[name]) is not None)


def preview_of(secret: str, pattern: str | None) -> str:
    """The masked preview of a card. Of one with fields only the first is previewed: the others are passwords and the like."""
    fields = card_fields(secret, pattern)
    if not fields:
        return mask_card(secret)
    return FIELD_SEPARATOR.join([mask_card(fields[0].value), *(HIDDEN for _ in fields[1:])])


@lru_cache(maxsize=1_000)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
