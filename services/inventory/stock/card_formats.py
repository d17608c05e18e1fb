"""The formats of card files, a line at a time. Each is what one of the shop systems writes or takes (CONVENTIONS.md, section 4.3).

`lines`     the whole line is the card (dujiaoka, acg-faka, dujiao-next's text files)
`acg`       `secret║preview║surcharge║cost`, two fields or more (acg-faka; U+2551)
`csv`       a column `secret`, named in the first line in any case; without such a line the first column is the card (dujiao-next).
            Also known: `preview`, `surcharge`, `cost`, `note`, `expires_at`. A card has no line break, so a quoted field that goes over
            lines makes faults of all of them.
`numbered`  a number, a separator and a secret (qs-faka); both are the card, written `number----secret` whatever stood between them, so
            that the same card in another file is known again
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from services.inventory.stock.card_text import Encoding
from services.inventory.stock.domain.expiry import expiry_of
from services.inventory.stock.domain.remarks import CardRemarks, remarks_fault

ACG_SEPARATOR = "\u2551"
SEPARATORS = (" ", ",", "|", "----")
"""Between number and secret, in the order in which they are looked for."""
WRITTEN_SEPARATOR = "----"

_COLUMNS = {
    "secret": "secret", "卡密": "secret",
    "preview": "preview", "draft": "preview",
    "surcharge": "surcharge", "cost": "cost",
    "note": "note", "remark": "note", "备注": "note",
    "expires_at": "expires_at", "expires": "expires_at", "expiry": "expires_at", "有效期": "expires_at",
}  # fmt: skip


class CardFormat(StrEnum):
    LINES = "lines"
    ACG = "acg"
    CSV = "csv"
    NUMBERED = "numbered"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is read. `columns`: of a CSV file with a first line that names them, the known name or None of each."""

    encoding: Encoding
    line_count: int
    format: CardFormat
    separator: str | None = None
    columns: tuple[str | None, ...] | None = None


class CardFields(NamedTuple):
    """What a line says; `repr` shows none of it."""

    secret: str
    remarks: CardRemarks | None = None
    expires_at: datetime | None = None

    def __repr__(self) -> str:
        return "CardFields(…)"


def fields_of(text: str, layout: Layout) -> CardFields | str:
    """The card of a line that is not blank, or the code of its fault.

    Codes: `separator`, `fields`, `quotes`, `expiry`, and those of `remarks_fault`.
    """
    match layout.format:
        case CardFormat.LINES:
            return CardFields(text)
        case CardFormat.ACG:
            return _acg(text)
        case CardFormat.NUMBERED:
            return _numbered(text, layout.separator or SEPARATORS[0])
        case CardFormat.CSV:
            return _csv(text, layout)


def columns_of(text: str, separator: str) -> tuple[str | None, ...] | None:
    """The columns that a CSV file's first line names; None where it names no `secret` column."""
    cells = row_of(text, separator)
    names = tuple(_COLUMNS.get(cell.strip().casefold()) for cell in cells or ())
    return names if names.count("secret") == 1 else None


def row_of(text: str, separator: str) -> list[str] | None:
    """The cells of one line; None where a quoted one does not end on it."""
    try:
        return next(csv.reader([text], delimiter=separator, strict=True), [])
    except csv.Error:
        return None


def _acg(text: str) -> CardFields | str:
    fields = [field.strip() or None for field in text.split(ACG_SEPARATOR)]
    secret = fields[0]
    if secret is None or not 2 <= len(fields) <= 4:
        return "fields"
    preview, surcharge, cost = (*fields[1:], None, None)[:3]
    return _with_remarks(secret, CardRemarks(preview, surcharge, cost), None)


def _numbered(text: str, separator: str) -> CardFields | str:
    number, found, secret = text.partition(separator)
    number, secret = number.strip(), secret.strip()
    if not (number and found and secret):
        return "separator"
    return CardFields(f"{number}{WRITTEN_SEPARATOR}{secret}")


def _csv(text: str, layout: Layout) -> CardFields | str:
    cells = row_of(text, layout.separator or ",")
    if cells is None:
        return "quotes"
    if layout.columns is None:
        return CardFields(cells[0].strip())
    if len(cells) > len(layout.columns):
        return "fields"
    named = {name: cell.strip() for name, cell in zip(layout.columns, cells, strict=False) if name is not None and cell.strip()}
    expires_at = expiry_of(named["expires_at"]) if "expires_at" in named else None
    if "expires_at" in named and expires_at is None:
        return "expiry"
    remarks = CardRemarks(named.get("preview"), named.get("surcharge"), named.get("cost"), named.get("note"))
    return _with_remarks(named.get("secret", ""), remarks, expires_at)


def _with_remarks(secret: str, remarks: CardRemarks, expires_at: datetime | None) -> CardFields | str:
    fault = remarks_fault(remarks)
    if fault is not None:
        return fault
    return CardFields(secret, remarks if remarks != CardRemarks() else None, expires_at)
