"""Finding out how a card file is to be read: told by the sender, or from its name and its first lines.

What is not plain is not guessed: `UnclearFormat` asks the sender to say it. `numbered` is never guessed, since a whole line is a good
card as well and nothing of it is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice

from chassis.errors import ContractError
from services.inventory.stock.card_formats import ACG_SEPARATOR, SEPARATORS, CardFormat, Layout, columns_of, row_of
from services.inventory.stock.card_text import BLANKS, Encoding, survey, text_lines

SAMPLE_LINES = 100
_CSV_SEPARATORS = (",", ";", "\t")


class UnclearFormat(ContractError):
    """The file could be read in several ways, of which some lose part of the cards; nothing of it was imported."""

    code = "card-format-unclear"
    title = "The format of the card file is not clear: say which one it is"


def layout_of(
    chunks_of: Callable[[], Iterable[bytes]],
    *,
    name: str = "",
    format: CardFormat | None = None,
    encoding: Encoding | None = None,
    separator: str | None = None,
) -> Layout:
    """How to read the file that `chunks_of` gives the bytes of, each time anew; what is given is not looked for.

    Raises NotText, UnclearFormat.
    """
    surveyed = survey(chunks_of(), encoding)
    lines = (line for _, line in text_lines(chunks_of(), surveyed.encoding) if line and line.strip(BLANKS))
    sample = list(islice(lines, SAMPLE_LINES))
    if format is None:
        format = _format_of(sample, is_csv=name.casefold().endswith(".csv"))
    columns = None
    match format:
        case CardFormat.CSV:
            separator, columns = _csv_columns(sample, separator)
        case CardFormat.NUMBERED:
            separator = separator or _separator_of(sample)
        case _:
            separator = None
    return Layout(surveyed.encoding, surveyed.line_count, format, separator, columns)


def _format_of(sample: list[str], *, is_csv: bool) -> CardFormat:
    if sample and _csv_columns(sample, None)[1] is not None:
        return CardFormat.CSV
    if is_csv:
        if any(len(row_of(line, ",") or ()) != 1 for line in sample):
            raise UnclearFormat(reason="a CSV file with several columns, of which none is named secret")
        return CardFormat.CSV
    with_bars = sum(ACG_SEPARATOR in line for line in sample)
    if with_bars == 0:
        return CardFormat.LINES
    if with_bars < len(sample):
        raise UnclearFormat(reason=f"some lines hold {ACG_SEPARATOR} and some do not")
    return CardFormat.ACG


def _csv_columns(sample: list[str], separator: str | None) -> tuple[str, tuple[str | None, ...] | None]:
    for each in (separator,) if separator else _CSV_SEPARATORS:
        columns = columns_of(sample[0], each) if sample else None
        if columns is not None:
            return each, columns
    return separator or _CSV_SEPARATORS[0], None


def _separator_of(sample: list[str]) -> str:
    found = next((each for each in SEPARATORS if sample and each in sample[0]), None)
    if found is None:
        raise UnclearFormat(reason="nothing on the first line separates a number from a secret")
    return found
