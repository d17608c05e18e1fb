"""Card files: the cards and the faults of a file, line by line, in flat memory.

A line that is no card is a fault of that line alone, told by its number and a code, never by what it holds. A card that stands twice in a
file is found by the service, which knows every card there is; so nothing is kept of a line once it is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from services.inventory.stock.card_formats import CardFormat, Layout, fields_of
from services.inventory.stock.card_text import BLANKS, text_lines
from services.inventory.stock.domain.card_rules import card_fault
from services.inventory.stock.domain.remarks import CardRemarks


class CardLine(NamedTuple):
    """A card, as it stood on a line; the lines count from 1."""

    line: int
    secret: str
    remarks: CardRemarks | None = None
    expires_at: datetime | None = None

    def __repr__(self) -> str:
        return f"CardLine(line={self.line})"


class LineFault(NamedTuple):
    """Why a line is no card: a code of `card_fault` or of `fields_of`."""

    line: int
    code: str


def read_cards(chunks: Iterable[bytes], layout: Layout, pattern: str | None = None) -> Iterator[CardLine | LineFault]:
    """The cards and the faulty lines of a file, in order, from its bytes in chunks of any size; raises NotText."""
    has_header = layout.columns is not None
    is_quoted = False
    for number, text in text_lines(chunks, layout.encoding):
        if text is not None and not text.strip(BLANKS) and not is_quoted:
            continue
        if has_header:
            has_header = False
            continue
        if layout.format is CardFormat.CSV and text is not None:
            was_quoted, is_quoted = is_quoted, is_quoted != (text.count('"') % 2 == 1)
            if was_quoted or is_quoted:
                yield LineFault(number, "quotes")
                continue
        yield LineFault(number, "too-long") if text is None else _read(number, text, layout, pattern)


def _read(number: int, text: str, layout: Layout, pattern: str | None) -> CardLine | LineFault:
    fields = fields_of(text if layout.format is CardFormat.CSV else text.strip(BLANKS), layout)
    if isinstance(fields, str):
        return LineFault(number, fields)
    fault = card_fault(fields.secret, pattern)
    return CardLine(number, *fields) if fault is None else LineFault(number, fault)
