"""What a file says of a card beside the card itself. It may show whose card it is or part of it, so it is kept in the vault."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_NOTE_CHARACTERS = 64
MAX_PREVIEW_CHARACTERS = 255
_AMOUNT = re.compile(r"\d{1,10}(\.\d{1,2})?")


@dataclass(frozen=True, slots=True)
class CardRemarks:
    """`preview`: what buyers were shown of it; `surcharge` and `cost`: decimal amounts in the shop's currency; `note`: for the seller."""

    preview: str | None = None
    surcharge: str | None = None
    cost: str | None = None
    note: str | None = None

    def __repr__(self) -> str:
        return "CardRemarks(…)"


def remarks_fault(remarks: CardRemarks) -> str | None:
    """Why they cannot be kept: `note-too-long`, `preview-too-long`, `amount`; None where they can."""
    if len(remarks.note or "") > MAX_NOTE_CHARACTERS:
        return "note-too-long"
    if len(remarks.preview or "") > MAX_PREVIEW_CHARACTERS:
        return "preview-too-long"
    if any(_AMOUNT.fullmatch(each) is None for each in (remarks.surcharge, remarks.cost) if each is not None):
        return "amount"
    return None
